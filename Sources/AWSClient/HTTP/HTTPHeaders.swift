/// The header fields of a message in their order.
///
/// Names are compared without case.
package struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
    /// One field.
    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: String
    }

    package private(set) var fields: [Field]

    package init(dictionaryLiteral elements: (String, String)...) {
        self.fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    package init() {
        self.fields = []
    }

    /// The first field of that name; setting replaces all of them, nil removes them.
    package subscript(name: String) -> String? {
        get { self.fields.first { Self.same($0.name, name) }?.value }
        set {
            self.fields.removeAll { Self.same($0.name, name) }
            if let newValue { self.fields.append(Field(name: name, value: newValue)) }
        }
    }

    /// Adds a field beside others of the same name, as a received message has them.
    package mutating func append(_ name: String, _ value: String) {
        self.fields.append(Field(name: name, value: value))
    }

    private static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { self.lower($0) == self.lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
