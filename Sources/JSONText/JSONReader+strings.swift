extension JSONReader {
    /// The string whose opening quote the cursor stands on.
    @usableFromInline
    mutating func scanString() throws -> JSONString {
        let start = self.cursor &+ 1
        var index = start
        var hasEscapes = false
        while true {
            index = self.endOfPlainText(from: index)
            guard index < self.end else {
                throw JSONError(.malformed, "string without its closing quote", offset: self.cursor)
            }
            switch self.base[index] {
            case UInt8(ascii: "\""):
                self.cursor = index &+ 1
                return JSONString(
                    raw: UnsafeBufferPointer(start: self.base + start, count: index &- start),
                    hasEscapes: hasEscapes
                )
            case UInt8(ascii: "\\"):
                hasEscapes = true
                index = try self.checkEscape(at: index)
            case 0x80...:
                index = try self.checkUTF8(at: index)
            default:
                throw JSONError(.malformed, "control character in a string", offset: index)
            }
        }
    }

    /// The index of the next byte that is not plain: a quote, a backslash, a control character, not ASCII; or the end.
    ///
    /// Eight bytes at a time, and 32 where the string turns out to be long (the standard library has vector arithmetic, but
    /// its vector comparisons are loops over lanes).
    private func endOfPlainText(from start: Int) -> Int {
        let base = UnsafeRawPointer(self.base)
        var index = start
        // Most strings of an event end within three words.
        let short = min(start &+ 24, self.end)
        while index &+ 8 <= short {
            let found = Self.notPlain(base.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian)
            if found != 0 { return index &+ found.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index &+ 32 <= self.end {
            let words = base.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self)
            let found = Self.notPlain(words)
            if found[0] | found[1] | found[2] | found[3] != 0 { break }
            index &+= 32
        }
        while index &+ 8 <= self.end {
            let found = Self.notPlain(base.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian)
            if found != 0 { return index &+ found.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < self.end {
            let byte = self.base[index]
            if byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5C { return index }
            index &+= 1
        }
        return index
    }

    private static let highBits: UInt64 = 0x8080_8080_8080_8080
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let spaces: UInt64 = 0x2020_2020_2020_2020
    private static let quotes: UInt64 = 0x2222_2222_2222_2222
    private static let backslashes: UInt64 = 0x5C5C_5C5C_5C5C_5C5C

    /// The high bit of each byte that is not plain; right up to the first such byte, which is all that is asked for.
    ///
    /// Subtracting turns a byte's high bit on if it is less: than a space, or after `^` than one, which is to be equal. A
    /// borrow reaches only bytes behind one that is found. Bytes beyond ASCII have their high bit by themselves.
    @inline(__always)
    private static func notPlain(_ word: UInt64) -> UInt64 {
        (word | (word &- self.spaces) | ((word ^ self.quotes) &- self.ones)
            | ((word ^ self.backslashes) &- self.ones)) & self.highBits
    }

    @inline(__always)
    private static func notPlain(_ words: SIMD4<UInt64>) -> SIMD4<UInt64> {
        (words | (words &- SIMD4(repeating: self.spaces))
            | ((words ^ SIMD4(repeating: self.quotes)) &- SIMD4(repeating: self.ones))
            | ((words ^ SIMD4(repeating: self.backslashes)) &- SIMD4(repeating: self.ones)))
            & SIMD4(repeating: self.highBits)
    }

    private func checkEscape(at start: Int) throws -> Int {
        guard start + 1 < self.end else { throw JSONError(.malformed, "unfinished escape", offset: start) }
        switch self.base[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            guard start + 6 <= self.end, (start + 2..<start + 6).allSatisfy({ Self.isHexadecimal(self.base[$0]) })
            else { throw JSONError(.malformed, "\\u needs four hexadecimal digits", offset: start) }
            return start + 6
        default:
            throw JSONError(.malformed, "unknown escape", offset: start)
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    /// The index behind one well-formed sequence of two to four bytes (Unicode, table 3-7).
    private func checkUTF8(at start: Int) throws -> Int {
        let first = self.base[start]
        let (count, second): (Int, ClosedRange<UInt8>) =
            switch first {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: throw JSONError(.malformed, "invalid UTF-8", offset: start)
            }
        guard start + count <= self.end, second.contains(self.base[start + 1]),
            (start + 2..<start + count).allSatisfy({ self.base[$0] & 0xC0 == 0x80 })
        else { throw JSONError(.malformed, "invalid UTF-8", offset: start) }
        return start + count
    }
}
