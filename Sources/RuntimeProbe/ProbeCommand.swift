/// What an event asks the probe to do: the first of these words that its text contains.
enum ProbeCommand: CaseIterable {
    case echo
    case fail
    case big
    case context
    case none
    case crash
    case sleep

    init(in event: [UInt8]) {
        // A benchmark's event is large and asks for nothing, so it is scanned once, for first letters.
        self = .echo
        for index in event.indices {
            for command in Self.allCases where command != .echo && event[index] == command.word.utf8Start[0] {
                if Self.matches(event, at: index, command.word) {
                    self = command
                    return
                }
            }
        }
    }

    private var word: StaticString {
        switch self {
        case .echo: ""
        case .fail: "fail-before"
        case .big: "big"
        case .context: "ctx"
        case .none: "none"
        case .crash: "crash"
        case .sleep: "sleep-"
        }
    }

    private static func matches(_ event: [UInt8], at index: Int, _ word: StaticString) -> Bool {
        guard event.count - index >= word.utf8CodeUnitCount else { return false }
        for offset in 0..<word.utf8CodeUnitCount where event[index + offset] != word.utf8Start[offset] {
            return false
        }
        return true
    }
}
