internal import JSONText

/// An attribute value of DynamoDB: an object whose one key is the type.
struct ImageAttribute {
    private enum Tag {
        case string, number, other
    }

    /// False also for `{"NULL":true}`, which mappers write for what is not there.
    private(set) var isPresent = false
    private(set) var offset = 0
    private var tag = Tag.other
    private var field = JSONField()

    init() {}

    init(_ reader: inout JSONReader) throws {
        let kind = try reader.peek()
        self.isPresent = kind != .null
        self.offset = reader.offset
        guard kind == .object else {
            try reader.skip()
            return
        }
        try reader.readObject { key, reader in
            self.isPresent = !(key == "NULL")
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

    /// An `S`, or an `N` that is an integer, which stands for its digits; nil for anything else.
    var identifier: Identifier? {
        guard self.tag != .other, case .string(let token) = self.field.value else { return nil }
        if self.tag == .number ? !token.raw.isDigits : token.hasLoneSurrogate { return nil }
        return Identifier(token.string)
    }

    var quantity: Int64? {
        guard case .number = self.tag, case .string(let token) = self.field.value else { return nil }
        return token.withDecoded { JSONField.quantity($0) }
    }

    /// Nil where the attribute is not there; an `S` may hold a number as well as an `N`.
    func amount(_ path: String, noting assumptions: inout Assumptions) throws(OrderError) -> Money? {
        guard self.isPresent else { return nil }
        guard self.tag != .other, case .string(let token) = self.field.value else {
            throw OrderError(
                .wrongType,
                "an amount is of type N, or an S holding a number",
                path: path,
                offset: self.offset
            )
        }
        let strict = token.withDecoded { Money(utf8: $0) }
        if let strict { return strict }
        let lenient = token.withDecoded { bytes in
            self.tag == .number ? JSONField.rounded(bytes, noting: &assumptions) : Money(utf8: bytes.trimmed)
        }
        guard let lenient else {
            let form = token.withDecoded(RefusedForm.amount).map { $0 + "; " } ?? ""
            throw OrderError(.invalidValue, form + JSONField.amountRule, path: path, offset: self.offset)
        }
        return lenient
    }
}
