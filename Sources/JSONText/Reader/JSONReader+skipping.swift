extension JSONReader {
    /// Passes over the next value, checked as strictly as a value that is read, and gives the bytes it takes.
    ///
    /// The first pass says only whether and where the value ends, so that it builds nothing. A value that fails, or is too
    /// deep, is read again for the kind and the place of its error.
    @discardableResult
    public mutating func skip() throws -> Range<Int> {
        _ = try self.nextByte()
        let start = self.cursor
        if self.depth < self.maximumDepth,
            let text = self.window.endOfTaggedString(at: start, in: self.base, end: self.end)
        {
            self.cursor = text &+ 2
        } else if let end = self.endOfValueMostlyString(at: start, depth: self.depth) {
            self.cursor = end
        } else {
            try self.skipFollowingThePath()
        }
        return start..<self.cursor
    }

    /// The index behind the value whose first byte is at `start`; nil where there is no value.
    private mutating func endOfValue(at start: Int, depth: Int) -> Int? {
        guard start < self.end else { return nil }
        switch self.base[start] {
        case UInt8(ascii: "\""): return self.endOfString(at: start)
        case UInt8(ascii: "{"): return self.endOfObject(at: start, depth: depth)
        case UInt8(ascii: "["): return self.endOfArray(at: start, depth: depth)
        default: return self.endOfScalar(at: start)
        }
    }

    private mutating func endOfObject(at start: Int, depth: Int) -> Int? {
        guard depth < self.maximumDepth else { return nil }
        var index = self.endOfWhiteSpace(from: start &+ 1)
        if self.isByte(UInt8(ascii: "}"), at: index) { return index &+ 1 }
        while true {
            let value: Int
            if depth &+ 1 < self.maximumDepth,
                let place = self.window.placeOfTaggedMember(at: index, in: self.base, end: self.end)
            {
                value = place.end &+ 2
            } else {
                guard self.isByte(UInt8(ascii: "\""), at: index), let key = self.endOfString(at: index) else {
                    return nil
                }
                index = self.endOfWhiteSpace(from: key)
                guard self.isByte(UInt8(ascii: ":"), at: index) else { return nil }
                index = self.endOfWhiteSpace(from: index &+ 1)
                guard let end = self.endOfValueMostlyString(at: index, depth: depth &+ 1) else { return nil }
                value = end
            }
            index = self.endOfWhiteSpace(from: value)
            if self.isByte(UInt8(ascii: "}"), at: index) { return index &+ 1 }
            guard self.isByte(UInt8(ascii: ","), at: index) else { return nil }
            index = self.endOfWhiteSpace(from: index &+ 1)
        }
    }

    /// `endOfValue` with its most frequent case, a string, in place.
    @inline(__always)
    private mutating func endOfValueMostlyString(at start: Int, depth: Int) -> Int? {
        self.isByte(UInt8(ascii: "\""), at: start)
            ? self.endOfString(at: start) : self.endOfValue(at: start, depth: depth)
    }

    private mutating func endOfArray(at start: Int, depth: Int) -> Int? {
        guard depth < self.maximumDepth else { return nil }
        var index = self.endOfWhiteSpace(from: start &+ 1)
        if self.isByte(UInt8(ascii: "]"), at: index) { return index &+ 1 }
        while true {
            guard let element = self.endOfValue(at: index, depth: depth &+ 1) else { return nil }
            index = self.endOfWhiteSpace(from: element)
            if self.isByte(UInt8(ascii: "]"), at: index) { return index &+ 1 }
            guard self.isByte(UInt8(ascii: ","), at: index) else { return nil }
            index = self.endOfWhiteSpace(from: index &+ 1)
        }
    }

    /// A number or a word: an integer at once, all else by what reads it elsewhere.
    private func endOfScalar(at start: Int) -> Int? {
        var index = start
        while index < self.end, self.base[index] &- UInt8(ascii: "0") <= 9 { index &+= 1 }
        if index > start, index < self.end, self.base[start] != UInt8(ascii: "0") {
            switch self.base[index] {
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): break
            default: return index
            }
        }
        var reader = self.copy(at: start)
        do {
            try reader.skipScalar()
            return reader.cursor
        } catch {
            return nil
        }
    }

    @inline(__always)
    private mutating func endOfString(at start: Int) -> Int? {
        let index = self.window.endOfPlainText(from: start &+ 1, in: self.base, end: self.end)
        return self.isByte(UInt8(ascii: "\""), at: index) ? index &+ 1 : self.endOfStringNotPlain(at: start)
    }

    @inline(never)
    private func endOfStringNotPlain(at start: Int) -> Int? {
        var reader = self.copy(at: start)
        do {
            _ = try reader.scanString()
            return reader.cursor
        } catch {
            return nil
        }
    }

    @inline(__always)
    private func isByte(_ byte: UInt8, at index: Int) -> Bool {
        index < self.end && self.base[index] == byte
    }

    @inline(__always)
    private func endOfWhiteSpace(from start: Int) -> Int {
        if start < self.end, self.base[start] > 0x20 { return start }
        return self.endOfSomeWhiteSpace(from: start)
    }

    private func endOfSomeWhiteSpace(from start: Int) -> Int {
        var index = start
        while index < self.end {
            switch self.base[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index &+= 1
            default: return index
            }
        }
        return index
    }

    /// A reader of the same text that stands elsewhere.
    private func copy(at cursor: Int) -> JSONReader {
        JSONReader(base: self.base, end: self.end, maximumDepth: self.maximumDepth, cursor: cursor)
    }

    /// Throws where the number or word that comes next is none; the cursor stays.
    func checkScalar() throws {
        var reader = self.copy(at: self.cursor)
        try reader.skipScalar()
    }

    private mutating func skipScalar() throws {
        switch try self.nextByte() {
        case UInt8(ascii: "t"): try self.readLiteral("true")
        case UInt8(ascii: "f"): try self.readLiteral("false")
        case UInt8(ascii: "n"): try self.readLiteral("null")
        default: _ = try self.readNumber()
        }
    }

    private mutating func skipFollowingThePath() throws {
        switch try self.peek() {
        case .object: try self.readObject { _, reader in try reader.skipFollowingThePath() }
        case .array: try self.readArray { _, reader in try reader.skipFollowingThePath() }
        case .string: _ = try self.scanString()
        case .number, .bool, .null: try self.skipScalar()
        }
    }
}
