internal import Platform

extension JSONReader {
    /// The string whose opening quote the cursor stands on.
    ///
    /// Inlined, as the steps of `readObject` are (docs/performance.md).
    @inlinable
    @inline(__always)
    mutating func scanString() throws -> JSONString {
        let start = self.cursor &+ 1
        let index = self.window.endOfPlainText(from: start, in: self.base, end: self.end)
        guard index < self.end, self.base[index] == UInt8(ascii: "\"") else {
            return try self.scanString(from: start, goingOnAt: index)
        }
        self.cursor = index &+ 1
        return self.plainString(from: start, to: index)
    }

    @inlinable
    @inline(__always)
    func plainString(from start: Int, to end: Int) -> JSONString {
        JSONString(raw: UnsafeBufferPointer(start: self.base + start, count: end &- start), hasEscapes: false)
    }

    /// The string that begins at `start` and is plain up to `index`.
    @usableFromInline
    @inline(never)
    mutating func scanString(from start: Int, goingOnAt index: Int) throws -> JSONString {
        var index = index
        var hasEscapes = false
        while true {
            index = self.window.endOfPlainText(from: index, in: self.base, end: self.end)
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

    private func checkEscape(at start: Int) throws -> Int {
        guard start + 1 < self.end else { throw JSONError(.malformed, "unfinished escape", offset: start) }
        switch self.base[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            let digits = start + 2..<start + 6
            guard digits.upperBound <= self.end, digits.allSatisfy({ Hexadecimal.value(of: self.base[$0]) != nil })
            else { throw JSONError(.malformed, "\\u needs four hexadecimal digits", offset: start) }
            return start + 6
        default:
            throw JSONError(.malformed, "unknown escape", offset: start)
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
