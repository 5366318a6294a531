/// Checks of a header field's bytes, eight at a time: each invocation has half a kilobyte of them.
enum HeaderBytes {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Whether all are visible ASCII, as in a field's name.
    static func areName(_ bytes: UnsafeRawBufferPointer) -> Bool {
        self.allSatisfy(bytes) { word in
            self.flagsBelow(0x21, word) | self.flagsDelete(word) | (word & self.highBits) == 0
        } bytewise: { byte in
            (0x21...0x7E).contains(byte)
        }
    }

    /// Whether none is a control character other than a tab.
    static func areValue(_ bytes: UnsafeRawBufferPointer) -> Bool {
        self.allSatisfy(bytes) { word in
            self.flagsBelow(0x20, word) | self.flagsDelete(word) == 0
        } bytewise: { byte in
            (byte >= 0x20 && byte != 0x7F) || byte == 0x09
        }
    }

    /// Whether two names of the same length are equal without regard to case: they are letters, digits and hyphens, of
    /// which only letters change with the bit for lower case.
    static func areEqualNames(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index + 8 <= left.count {
            let difference = self.word(left, index) ^ self.word(right, index)
            if difference & ~(self.ones << 5) != 0 { return false }
            index += 8
        }
        while index < left.count {
            if left[index] | 0x20 != right[index] | 0x20 { return false }
            index += 1
        }
        return true
    }

    /// `wordwise` may be false for eight bytes that are right: then all are looked at one by one.
    @inline(__always)
    private static func allSatisfy(
        _ bytes: UnsafeRawBufferPointer,
        wordwise: (UInt64) -> Bool,
        bytewise: (UInt8) -> Bool
    ) -> Bool {
        let last = bytes.count - 8
        if last >= 0 {
            var index = 0
            while index < last, wordwise(self.word(bytes, index)) { index += 8 }
            // The last eight overlap those before them.
            if index >= last, wordwise(self.word(bytes, last)) { return true }
        }
        for byte in bytes where !bytewise(byte) { return false }
        return true
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt64 {
        bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    }

    /// Zero exactly if no byte is below `limit`, which is at most 0x80.
    @inline(__always)
    private static func flagsBelow(_ limit: UInt64, _ word: UInt64) -> UInt64 {
        (word &- self.ones &* limit) & ~word & self.highBits
    }

    /// Zero exactly if no byte is 0x7F.
    @inline(__always)
    private static func flagsDelete(_ word: UInt64) -> UInt64 {
        self.flagsBelow(1, word ^ self.ones &* 0x7F)
    }
}
