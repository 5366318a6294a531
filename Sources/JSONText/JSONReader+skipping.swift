extension JSONReader {
    /// Passes over the next value, checked as strictly as a value that is read, and gives the bytes it takes.
    ///
    /// Paths are not followed on the way; only a text that fails is read again for the place of its error.
    @discardableResult
    public mutating func skip() throws -> Range<Int> {
        _ = try self.nextByte()
        let start = self.position
        do {
            try self.skipValue()
        } catch {
            self.rewind(to: start)
            try self.skipFollowingThePath()
        }
        return start.cursor..<self.cursor
    }

    private mutating func skipValue() throws {
        switch try self.nextByte() {
        case UInt8(ascii: "\""): _ = try self.scanString()
        case UInt8(ascii: "{"):
            try self.enter(UInt8(ascii: "{"), "an object")
            if try self.leave(UInt8(ascii: "}")) { return }
            repeat {
                _ = try self.readKey()
                try self.expect(UInt8(ascii: ":"), "':'")
                try self.skipValue()
            } while try self.goesOn(UInt8(ascii: "}"))
        case UInt8(ascii: "["):
            try self.enter(UInt8(ascii: "["), "an array")
            if try self.leave(UInt8(ascii: "]")) { return }
            repeat { try self.skipValue() } while try self.goesOn(UInt8(ascii: "]"))
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
        case .string, .number, .bool, .null: try self.skipValue()
        }
    }
}
