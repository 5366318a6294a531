package import JSONText

extension JSONValue {
    /// Parses one JSON text; throws `JSONError`, which has the byte offset.
    package init(parsing bytes: some Collection<UInt8>, limits: JSONLimits = .standard) throws {
        self = try JSONReader.read(bytes, limits: limits) { try JSONValue(reading: &$0) }
    }

    /// Reads the next value of a larger text.
    package init(reading reader: inout JSONReader) throws {
        switch try reader.peek() {
        case .object:
            var members: [JSONObject.Member] = []
            try reader.readObject { name, reader in
                members.append(JSONObject.Member(name: name.string, value: try JSONValue(reading: &reader)))
            }
            self = .object(JSONObject(members))
        case .array:
            var elements: [JSONValue] = []
            try reader.readArray { _, reader in elements.append(try JSONValue(reading: &reader)) }
            self = .array(elements)
        case .string:
            self = .string(try reader.readString())
        case .number:
            let text = try reader.readNumber().text
            guard let number = Double(text) else {
                throw reader.error(.invalidValue, "not a number that a double can hold")
            }
            self = .number(number)
        case .bool:
            self = .bool(try reader.readBool())
        case .null:
            _ = try reader.readNull()
            self = .null
        }
    }
}
