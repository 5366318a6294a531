/// What an event asks the probe to do: one of these words in its text.
enum ProbeCommand: CaseIterable {
    case fail
    case big
    case context
    case none
    case crash

    /// A command stands in a short event: a longer one, such as a benchmark's, is only echoed, so that what is measured
    /// is the runtime.
    private static let longestEvent = 256

    /// The command of the first word in `event`; nil: it asks for nothing.
    static func first(in event: [UInt8]) -> ProbeCommand? {
        guard event.count <= self.longestEvent else { return nil }
        for start in event.indices {
            for command in self.allCases where event[start...].starts(with: command.word.utf8) { return command }
        }
        return nil
    }

    private var word: String {
        switch self {
        case .fail: "fail-before"
        case .big: "big"
        case .context: "ctx"
        case .none: "none"
        case .crash: "crash"
        }
    }
}
