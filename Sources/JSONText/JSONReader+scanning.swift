extension JSONReader {
    /// The byte that starts the next token; the cursor stands on it.
    @inlinable
    mutating func nextByte() throws -> UInt8 {
        while self.cursor < self.end {
            let byte = self.base[self.cursor]
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
            self.cursor += 1
        }
        throw self.unexpected()
    }

    @usableFromInline
    func unexpected() -> JSONError {
        self.cursor < self.end
            ? self.error(.malformed, "unexpected control character")
            : self.error(.malformed, "unexpected end of the text")
    }

    @usableFromInline
    mutating func typeError(_ expected: String) -> JSONError {
        do {
            return self.error(.wrongType, "expected \(expected), found \(try self.peek())")
        } catch let error as JSONError {
            return error
        } catch {
            return self.error(.malformed, "expected \(expected)")
        }
    }

    @inlinable
    mutating func expect(_ byte: UInt8, _ name: StaticString) throws {
        guard try self.nextByte() == byte else { throw self.error(.malformed, "expected \(name)") }
        self.cursor += 1
    }

    @inlinable
    mutating func enter(_ bracket: UInt8, _ name: String) throws {
        guard try self.nextByte() == bracket else { throw self.typeError(name) }
        guard self.depth < self.maximumDepth else {
            throw self.error(.tooLarge, "nested deeper than \(self.maximumDepth) levels")
        }
        self.depth += 1
        self.cursor += 1
    }

    /// Whether the container is empty.
    @inlinable
    mutating func leave(_ bracket: UInt8) throws -> Bool {
        guard try self.nextByte() == bracket else { return false }
        self.depth -= 1
        self.cursor += 1
        return true
    }

    /// Whether another member or element follows.
    @inlinable
    mutating func goesOn(_ bracket: UInt8) throws -> Bool {
        switch try self.nextByte() {
        case UInt8(ascii: ","):
            self.cursor += 1
            return true
        case bracket:
            self.depth -= 1
            self.cursor += 1
            return false
        default:
            throw self.error(.malformed, "expected ',' or the end of the container")
        }
    }

    @usableFromInline
    mutating func finish() throws {
        while self.cursor < self.end {
            switch self.base[self.cursor] {
            case 0x20, 0x0A, 0x0D, 0x09: self.cursor += 1
            default: throw self.error(.malformed, "text goes on after its value")
            }
        }
    }

    @usableFromInline
    mutating func readLiteral(_ literal: StaticString) throws {
        let count = literal.utf8CodeUnitCount
        guard self.cursor + count <= self.end,
            (0..<count).allSatisfy({ self.base[self.cursor + $0] == literal.utf8Start[$0] })
        else { throw self.error(.malformed, "expected \(literal)") }
        self.cursor += count
    }

    /// The string whose opening quote the cursor stands on.
    @usableFromInline
    mutating func scanString() throws -> JSONString {
        let start = self.cursor + 1
        var index = start
        var hasEscapes = false
        while index < self.end {
            let byte = self.base[index]
            switch byte {
            case UInt8(ascii: "\""):
                self.cursor = index + 1
                return JSONString(
                    raw: UnsafeBufferPointer(start: self.base + start, count: index - start),
                    hasEscapes: hasEscapes
                )
            case UInt8(ascii: "\\"):
                hasEscapes = true
                index = try self.checkEscape(at: index)
            case 0x20..<0x80:
                index += 1
            case 0x80...:
                index = try self.checkUTF8(at: index)
            default:
                throw JSONError(.malformed, "control character in a string", offset: index)
            }
        }
        throw JSONError(.malformed, "string without its closing quote", offset: self.cursor)
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

    /// The number whose first byte the cursor stands on.
    @usableFromInline
    mutating func scanNumber() throws -> JSONNumber {
        let start = self.cursor
        var index = start
        if self.base[index] == UInt8(ascii: "-") { index += 1 }
        let integer = index
        index = self.endOfDigits(from: index)
        guard index > integer else { throw JSONError(.malformed, "number without digits", offset: start) }
        guard index == integer + 1 || self.base[integer] != UInt8(ascii: "0") else {
            throw JSONError(.malformed, "number with a leading zero", offset: start)
        }
        if index < self.end, self.base[index] == UInt8(ascii: ".") {
            let fraction = index + 1
            index = self.endOfDigits(from: fraction)
            guard index > fraction else { throw JSONError(.malformed, "fraction without digits", offset: start) }
        }
        if index < self.end, self.base[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < self.end, self.base[index] == UInt8(ascii: "+") || self.base[index] == UInt8(ascii: "-") {
                index += 1
            }
            let exponent = index
            index = self.endOfDigits(from: exponent)
            guard index > exponent else { throw JSONError(.malformed, "exponent without digits", offset: start) }
        }
        self.cursor = index
        return JSONNumber(raw: UnsafeBufferPointer(start: self.base + start, count: index - start))
    }

    private func endOfDigits(from start: Int) -> Int {
        var index = start
        while index < self.end, self.base[index] &- UInt8(ascii: "0") <= 9 { index += 1 }
        return index
    }
}
