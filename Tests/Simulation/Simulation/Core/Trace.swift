/// What happened in a run: a hash of all of it, and its story in words where somebody wants to read it.
package struct Trace {
    /// Depends on every event of the run, its time and its content.
    package private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    /// Whether the story is written down.
    package let isNarrated: Bool
    package private(set) var lines: [String] = []

    package init(isNarrated: Bool) { self.isNarrated = isNarrated }

    /// Notes an event; `words` are only asked for where the story is written down.
    package mutating func note(
        _ time: VirtualTime.Nanoseconds,
        _ kind: StaticString,
        _ content: UInt64 = 0,
        _ words: () -> String
    ) {
        self.mix(UInt64(bitPattern: time))
        kind.withUTF8Buffer { self.mix(Self.hash(of: $0)) }
        self.mix(content)
        if self.isNarrated { self.lines.append("\(Self.clock(time))  \(words())") }
    }

    /// A hash of bytes, eight at a time.
    package static func hash(of bytes: some Collection<UInt8>) -> UInt64 {
        bytes.withContiguousStorageIfAvailable { Self.hash(of: UnsafeRawBufferPointer($0)) }
            ?? Array(bytes).withUnsafeBytes { Self.hash(of: $0) }
    }

    private static func hash(of bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
        var offset = 0
        while offset + 8 <= bytes.count {
            hash = (hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 29
            offset += 8
        }
        while offset < bytes.count {
            hash = (hash ^ UInt64(bytes[offset])) &* 0x0000_0100_0000_01B3
            offset += 1
        }
        return hash ^ hash >> 32
    }

    /// Adds to the story what is no event.
    package mutating func tell(_ words: String) {
        if self.isNarrated { self.lines.append(words) }
    }

    /// Notes what a function logged, which its narration does not repeat.
    package mutating func mixLog(_ bytes: UnsafeRawBufferPointer) { self.mix(Self.hash(of: bytes)) }

    private mutating func mix(_ value: UInt64) {
        self.hash = (self.hash ^ value) &* 0xFF51_AFD7_ED55_8CCD
        self.hash ^= self.hash >> 31
    }

    /// `records 3, 4, 7`, or `record 3`.
    static func words(_ noun: String, _ numbers: some Collection<Int>) -> String {
        "\(noun)\(numbers.count == 1 ? "" : "s") \(numbers.map { String($0) }.joined(separator: ", "))"
    }

    /// `+0:01:02.345`: since the run began.
    package static func clock(_ time: VirtualTime.Nanoseconds) -> String {
        let milliseconds = time / 1_000_000
        func digits(_ value: Int64, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        return "+\(milliseconds / 3_600_000):\(digits(milliseconds / 60_000 % 60, 2)):"
            + "\(digits(milliseconds / 1_000 % 60, 2)).\(digits(milliseconds % 1_000, 3))"
    }
}
