internal import JSONText

/// An attribute of a stream image as it was found: a value of DynamoDB, which is an object whose one key is the type.
struct ImageAttribute {
    private enum Tag {
        case string, number, other
    }

    /// Where the value begins, in bytes from the start of the text.
    private var offset = 0
    /// False also for `{"NULL":true}`, which mappers write for what is not there.
    private(set) var isPresent = false
    private var tag = Tag.other
    /// The string inside; nil where something else is.
    private var content: JSONString?

    /// Takes the value that comes next, whatever it is.
    mutating func read(_ reader: inout JSONReader) throws {
        let kind = try reader.peek()
        self.offset = reader.offset
        if let (tag, string) = reader.readTaggedString() {
            self.isPresent = true
            self.tag = tag == UInt8(ascii: "S") ? .string : tag == UInt8(ascii: "N") ? .number : .other
            self.content = string
        } else {
            try self.readUncommon(kind, &reader)
        }
    }

    /// Takes a value that is no string in an object, or one with white space, escapes or text beyond ASCII.
    private mutating func readUncommon(_ kind: JSONKind, _ reader: inout JSONReader) throws {
        self.isPresent = kind != .null
        self.tag = .other
        self.content = nil
        guard kind == .object else {
            try reader.skip()
            return
        }
        try reader.readObject { key, reader in
            self.isPresent = !(key == "NULL")
            self.tag = key == "S" ? .string : key == "N" ? .number : .other
            self.content = nil
            if try reader.peek() == .string {
                self.content = try reader.readStringToken()
            } else {
                try reader.skip()
            }
        }
    }

    /// The text of an `S`; nil for any other type.
    var string: String? {
        guard case .string = self.tag else { return nil }
        return self.content?.string
    }

    /// An `S`, or an `N` that is an integer, which stands for its digits; nil for anything else.
    var identifier: Identifier? {
        guard let content = self.content else { return nil }
        switch self.tag {
        case .string: return content.hasLoneSurrogate ? nil : Identifier(content.string)
        case .number: return content.isDigits ? Identifier(content.string) : nil
        case .other: return nil
        }
    }

    /// The value of an `N`; nil for anything else.
    var quantity: Int64? {
        guard case .number = self.tag, let content = self.content else { return nil }
        return DecimalText(content).flatMap { Quantity.value(of: $0) }
    }

    /// The amount of an `N`, or of an `S` holding a number; nil where the attribute is not there.
    ///
    /// `path` is the attribute's place in the image.
    func amount(_ path: String, noting assumptions: inout Assumptions) throws(OrderError) -> Money? {
        guard self.isPresent else { return nil }
        guard self.tag != .other, let content = self.content else {
            throw self.error(.wrongType, "an amount is of type N, or an S holding a number", path)
        }
        let money =
            switch self.tag {
            case .number: Money(numberIn: content, noting: &assumptions)
            case .string, .other: Money(content)
            }
        guard let money else {
            let form = RefusedForm.amount(content.string).map { $0 + "; " } ?? ""
            throw self.error(.invalidValue, form + MemberRule.amount.sentence, path)
        }
        return money
    }

    /// What is wrong with the attribute, whose place in the image is `path`.
    func error(_ code: OrderError.Code, _ reason: String, _ path: String) -> OrderError {
        OrderError(code, reason, path: path, offset: self.offset)
    }
}
