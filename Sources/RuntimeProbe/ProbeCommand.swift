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
            // A byte before and one behind a block are looked at too, so blocks begin with the second byte.
            if let found = self.first(in: bytes, 0..<min(1, bytes.count)) { return found }
            var index = 1
            while let start = bytes.baseAddress, index + self.block + 1 <= bytes.count {
                let block = (start + index).assumingMemoryBound(to: UInt8.self)
                if self.mayHoldAnchor(block),
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

    /// Whether the block at `start` may hold the c, g or o of a word: false is certain.
    ///
    /// In vectors, and with one comparison that finds c, g, k and o: with one for each of three letters, an echo of 256 KB
    /// took 145 µs instead of 138.
    private static func mayHoldAnchor(_ start: UnsafePointer<UInt8>) -> Bool {
        var seen = SIMD4<UInt64>()
        for offset in stride(from: 0, to: self.block, by: 32) {
            let bytes = UnsafeRawPointer(start + offset).loadUnaligned(as: SIMD4<UInt64>.self)
            let difference = (bytes & SIMD4(repeating: 0xF3F3_F3F3_F3F3_F3F3)) ^ SIMD4(repeating: 0x6363_6363_6363_6363)
            // Sets the high bit of a byte that was 0, and of some others: of every one that is not ASCII.
            seen |= difference &- SIMD4(repeating: 0x0101_0101_0101_0101)
        }
        if (seen[0] | seen[1] | seen[2] | seen[3]) & 0x8080_8080_8080_8080 == 0 { return false }
        // Ordinary text is full of these letters, so a neighbour has to be right too.
        var found: UInt8 = 0
        for index in 0..<self.block {
            let before = start[index &- 1]
            let letter = start[index]
            let after = start[index &+ 1]
            found |= self.flag(letter, "c") & (self.flag(after, "t") | self.flag(after, "r"))
            found |= self.flag(letter, "g") & self.flag(before, "i")
            found |= self.flag(letter, "o") & (self.flag(after, "n") | self.flag(after, "r"))
        }
        return found != 0
    }

    @inline(__always)
    private static func flag(_ byte: UInt8, _ letter: Unicode.Scalar) -> UInt8 {
        byte == UInt8(ascii: letter) ? 1 : 0
    }

    private static let block = 1_024
    /// How far before its c, g or o a word begins: `fail-before`.
    private static let reach = 8

    private static func first(in bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> ProbeCommand? {
        for index in range {
            let commands: [ProbeCommand]
            switch bytes[index] {
            case UInt8(ascii: "f"): commands = [.fail]
            case UInt8(ascii: "b"): commands = [.big]
            case UInt8(ascii: "c"): commands = [.context, .crash]
            case UInt8(ascii: "n"): commands = [.none]
            default: continue
            }
            if let found = commands.first(where: { self.matches(bytes, at: index, $0.word) }) { return found }
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
