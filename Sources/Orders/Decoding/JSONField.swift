internal import JSONText

/// A member's value as found, not yet judged.
///
/// A repeated key's last value counts, and an event of another type is never judged at all, so decoders collect first.
/// Valid only inside the closure of `JSONReader.read`.
struct JSONField {
    enum Value {
        case missing
        case null
        case string(JSONString)
        case number(JSONNumber)
        /// An object, an array, `true` or `false`.
        case other
    }

    var value: Value = .missing
    /// Bytes from the start of the text.
    var offset = 0

    /// Not there, or `null`, which many serializers write for what is not there.
    var isAbsent: Bool {
        switch self.value {
        case .missing, .null: true
        case .string, .number, .other: false
        }
    }
}

extension JSONReader {
    /// Takes the next value, whatever it is.
    mutating func readField() throws -> JSONField {
        switch try self.peek() {
        case .string:
            let offset = self.offset
            return JSONField(value: .string(try self.readStringToken()), offset: offset)
        case .number:
            let offset = self.offset
            return JSONField(value: .number(try self.readNumber()), offset: offset)
        case .null:
            let offset = self.offset
            _ = try self.readNull()
            return JSONField(value: .null, offset: offset)
        case .object, .array, .bool:
            return JSONField(value: .other, offset: try self.skip().lowerBound)
        }
    }
}

extension JSONString {
    /// Runs `body` on the decoded bytes.
    func withDecoded<Value>(_ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        self.hasEscapes ? self.utf8.withUnsafeBufferPointer(body) : body(self.raw)
    }
}
