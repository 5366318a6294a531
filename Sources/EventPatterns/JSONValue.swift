package import JSONText

/// A JSON text as a tree: what patterns are compiled from and matched against.
///
/// Names and strings are compared byte for byte, as AWS does, never by Unicode's canonical equivalence as `==` on
/// `String` would.
package enum JSONValue: Sendable {
    case object(JSONObject)
    case array([JSONValue])
    case string(String)
    /// Event patterns know IEEE doubles only, so that is all that is kept of a number.
    case number(Double)
    case bool(Bool)
    case null

    /// The value's type as a reader of JSON would name it, for error messages.
    package var typeName: String {
        switch self {
        case .object: "an object"
        case .array: "a list"
        case .string: "a string"
        case .number: "a number"
        case .bool: "a boolean"
        case .null: "null"
        }
    }
}

/// The members of a JSON object in the order of the text.
package struct JSONObject: Sendable {
    /// One `"name": value`.
    package struct Member: Sendable {
        /// The decoded name.
        package let name: String
        /// The value behind the name.
        package let value: JSONValue

        /// A member of that name and value.
        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The members in the text's order, repeated names included.
    package var members: [Member]

    /// An object of these members.
    package init(_ members: [Member] = []) {
        self.members = members
    }

    /// The value of the last member of that name: a repeated name overrides.
    ///
    /// Images have a handful of attributes, for which a scan beats a hash table. By index, so that only the value that
    /// is found is copied.
    package subscript(name: String) -> JSONValue? {
        let count = name.utf8.count
        return self.members.withUnsafeBufferPointer { members in
            var index = members.count - 1
            while index >= 0 {
                if members[index].name.utf8.count == count, sameBytes(members[index].name, name) {
                    return members[index].value
                }
                index -= 1
            }
            return nil
        }
    }
}

/// Whether two strings are equal byte for byte.
///
/// `==` is the faster way to find a difference; it also calls canonically equivalent strings equal, which the last
/// comparison takes back.
func sameBytes(_ left: String, _ right: String) -> Bool {
    guard left.utf8.count == right.utf8.count, left == right else { return false }
    let isSame = left.utf8.withContiguousStorageIfAvailable { bytes in
        right.utf8.withContiguousStorageIfAvailable { bytes.elementsEqual($0) } ?? right.utf8.elementsEqual(bytes)
    }
    return isSame ?? left.utf8.elementsEqual(right.utf8)
}

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
