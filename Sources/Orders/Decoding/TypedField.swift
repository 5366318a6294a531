internal import JSONText

/// An attribute value of DynamoDB: an object whose one key is the type.
struct TypedField {
    private enum Tag {
        case string, number, other
    }

    private(set) var isPresent = false
    private(set) var offset = 0
    private var tag = Tag.other
    private var field = JSONField()

    init() {}

    init(_ reader: inout JSONReader) throws {
        self.isPresent = true
        let isObject = try reader.peek() == .object
        self.offset = reader.offset
        guard isObject else {
            try reader.skip()
            return
        }
        try reader.readObject { key, reader in
            self.tag = key == "S" ? .string : key == "N" ? .number : .other
            self.field = try reader.readField()
        }
    }

    /// A value that was read with its key.
    init(_ member: JSONReader.TaggedMember) {
        self.isPresent = true
        self.offset = member.offset
        self.tag = Self.tag(member.tag)
        self.field = JSONField(value: .string(member.text), offset: member.offset)
    }

    private static func tag(_ letter: UInt8) -> Tag {
        switch letter {
        case UInt8(ascii: "S"): .string
        case UInt8(ascii: "N"): .number
        default: .other
        }
    }

    /// The text of an `S`; nil for any other type.
    var string: String? {
        guard case .string = self.tag, case .string(let token) = self.field.value else { return nil }
        return token.string
    }

    var quantity: Int64? {
        guard case .number = self.tag, case .string(let token) = self.field.value else { return nil }
        return token.withDecoded { JSONField.quantity($0) }
    }

    /// Nil where the attribute is not there; an `S` may hold a number as well as an `N`.
    func amount(_ path: String) throws(OrderError) -> Money? {
        guard self.isPresent else { return nil }
        guard self.tag != .other, case .string(let token) = self.field.value else {
            throw OrderError(
                .wrongType,
                "an amount is of type N, or an S holding a number",
                path: path,
                offset: self.offset
            )
        }
        guard let money = token.withDecoded({ Money(utf8: $0) }) else {
            throw OrderError(.invalidValue, JSONField.amountRule, path: path, offset: self.offset)
        }
        return money
    }
}
