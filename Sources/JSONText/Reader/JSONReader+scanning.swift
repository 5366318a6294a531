extension JSONReader {
    /// The byte that starts the next token; the cursor stands on it.
    ///
    /// Most texts have no white space, so that the first look finds the byte. This and the small steps below are inlined into
    /// every loop over members and elements (docs/performance.md).
    @inlinable
    @inline(__always)
    mutating func nextByte() throws -> UInt8 {
        if self.cursor < self.end {
            let byte = self.base[self.cursor]
            if byte > 0x20 { return byte }
        }
        return try self.nextByteBehindWhiteSpace()
    }

    @usableFromInline
    mutating func nextByteBehindWhiteSpace() throws -> UInt8 {
        while self.cursor < self.end {
            let byte = self.base[self.cursor]
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
            self.cursor &+= 1
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
    mutating func typeError(_ expected: StaticString) -> JSONError {
        do {
            let kind = try self.peek()
            // `not json` begins as null does, and is none.
            if kind == .null || kind == .bool { try self.checkScalar() }
            return self.error(.wrongType, "expected \(expected), found \(kind)")
        } catch let error as JSONError {
            return error
        } catch {
            return self.error(.malformed, "expected \(expected)")
        }
    }

    @usableFromInline
    func depthError() -> JSONError {
        self.error(.tooLarge, "nested deeper than \(self.maximumDepth) levels")
    }

    /// The key whose opening quote has to come next.
    @inlinable
    @inline(__always)
    mutating func readKey() throws -> JSONString {
        guard try self.nextByte() == UInt8(ascii: "\"") else {
            throw self.error(.malformed, "expected a key in quotes")
        }
        return try self.scanString()
    }

    @inlinable
    @inline(__always)
    mutating func expect(_ byte: UInt8, _ name: StaticString) throws {
        guard try self.nextByte() == byte else { throw self.error(.malformed, "expected \(name)") }
        self.cursor &+= 1
    }

    @inlinable
    @inline(__always)
    mutating func enter(_ bracket: UInt8, _ name: StaticString) throws {
        guard try self.nextByte() == bracket else { throw self.typeError(name) }
        guard self.depth < self.maximumDepth else {
            throw self.depthError()
        }
        self.depth &+= 1
        self.cursor &+= 1
    }

    /// Whether the container is empty.
    @inlinable
    @inline(__always)
    mutating func leave(_ bracket: UInt8) throws -> Bool {
        guard try self.nextByte() == bracket else { return false }
        self.depth &-= 1
        self.cursor &+= 1
        return true
    }

    /// Whether another member or element follows.
    @inlinable
    @inline(__always)
    mutating func goesOn(_ bracket: UInt8) throws -> Bool {
        switch try self.nextByte() {
        case UInt8(ascii: ","):
            self.cursor &+= 1
            return true
        case bracket:
            self.depth &-= 1
            self.cursor &+= 1
            return false
        default:
            throw self.error(.malformed, "expected ',' or the end of the container")
        }
    }

    @usableFromInline
    mutating func finish() throws {
        while self.cursor < self.end {
            switch self.base[self.cursor] {
            case 0x20, 0x0A, 0x0D, 0x09: self.cursor &+= 1
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

    /// The number whose first byte the cursor stands on.
    @usableFromInline
    mutating func scanNumber() throws -> JSONNumber {
        let start = self.cursor
        var index = start
        if self.base[index] == UInt8(ascii: "-") { index &+= 1 }
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
            index &+= 1
            if index < self.end, self.base[index] == UInt8(ascii: "+") || self.base[index] == UInt8(ascii: "-") {
                index &+= 1
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
        while index < self.end, self.base[index] &- UInt8(ascii: "0") <= 9 { index &+= 1 }
        return index
    }
}
