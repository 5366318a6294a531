/// What an event asks the probe to do: one of these words in its text.
enum ProbeCommand {
    case fail
    case big
    case context
    case none
    case crash

    /// The command of the first word in `event`; nil: it asks for nothing.
    ///
    /// A benchmark's event is large and asks for nothing, so it is searched in blocks.
    static func first(in event: [UInt8]) -> ProbeCommand? {
        event.withUnsafeBytes { bytes in
            var index = 0
            // Two bytes behind a block are looked at too.
            while let start = bytes.baseAddress, index + self.block + 2 <= bytes.count {
                let block = (start + index).assumingMemoryBound(to: UInt8.self)
                if self.mayBegin(block),
                    let found = self.first(in: bytes, max(0, index - self.reach)..<(index + self.block))
                {
                    return found
                }
                index += self.block
            }
            return self.first(in: bytes, max(0, index - self.reach)..<bytes.count)
        }
    }

    private var word: StaticString {
        switch self {
        case .fail: "fail-before"
        case .big: "big"
        case .context: "ctx"
        case .none: "none"
        case .crash: "crash"
        }
    }

    /// Whether a word may have its b, c or n in the block at `start`: false is certain.
    ///
    /// Loops without exits, which the compiler turns into vector instructions.
    private static func mayBegin(_ start: UnsafePointer<UInt8>) -> Bool {
        var found: UInt8 = 0
        for index in 0..<self.block {
            let first = start[index]
            found |= self.flag(first, "b") | self.flag(first, "c") | self.flag(first, "n")
        }
        if found == 0 { return false }
        // Ordinary text is full of these letters, so another one of each word has to stand where it belongs.
        found = 0
        for index in 0..<self.block {
            let first = start[index]
            let second = start[index &+ 1]
            let third = start[index &+ 2]
            found |= self.flag(first, "b") & (self.flag(third, "g") | self.flag(second, "e"))
            found |= self.flag(first, "c") & (self.flag(third, "x") | self.flag(third, "a"))
            found |= self.flag(first, "n") & self.flag(third, "n")
        }
        return found != 0
    }

    @inline(__always)
    private static func flag(_ byte: UInt8, _ letter: Unicode.Scalar) -> UInt8 {
        byte == UInt8(ascii: letter) ? 1 : 0
    }

    private static let block = 64
    /// How far before its b a word begins: `fail-before`.
    private static let reach = 5

    private static func first(in bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> ProbeCommand? {
        for index in range {
            for command in [Self.fail, .big, .context, .none, .crash]
            where bytes[index] == command.word.utf8Start[0] && self.matches(bytes, at: index, command.word) {
                return command
            }
        }
        return nil
    }

    private static func matches(_ bytes: UnsafeRawBufferPointer, at index: Int, _ word: StaticString) -> Bool {
        guard bytes.count - index >= word.utf8CodeUnitCount else { return false }
        for offset in 0..<word.utf8CodeUnitCount where bytes[index + offset] != word.utf8Start[offset] {
            return false
        }
        return true
    }
}
