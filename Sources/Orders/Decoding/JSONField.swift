internal import JSONText

/// A member of an order's text as it was found, not yet judged.
///
/// Of a repeated key the last value counts, and an event of another type is never judged at all: decoders collect the
/// members first. Valid only inside the closure of `JSONReader.read`.
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
    /// Where the value begins, in bytes from the start of the text.
    var offset = 0

    /// Whether the member is not there, or `null`, which many serializers write for what is not there.
    var isAbsent: Bool {
        switch self.value {
        case .missing, .null: true
        case .string, .number, .other: false
        }
    }

    /// Whether the member is absent or a string without characters, white space of ASCII aside, which many clients write
    /// for what is not set.
    var isBlankOrAbsent: Bool {
        guard case .string(let string) = self.value else { return self.isAbsent }
        return string.string.trimmed.isEmpty
    }

    /// What is wrong with the member, whose place in its document is `path`.
    func error(_ code: OrderError.Code, _ reason: String, _ path: String) -> OrderError {
        if case .missing = self.value { return OrderError(code, reason, path: path) }
        return OrderError(code, reason, path: path, offset: self.offset)
    }
}

extension JSONReader {
    /// Takes the value that comes next, whatever it is.
    mutating func readField() throws -> JSONField {
        let kind = try self.peek()
        let offset = self.offset
        switch kind {
        case .string: return JSONField(value: .string(try self.readStringToken()), offset: offset)
        case .number: return JSONField(value: .number(try self.readNumber()), offset: offset)
        case .null:
            _ = try self.readNull()
            return JSONField(value: .null, offset: offset)
        case .object, .array, .bool:
            try self.skip()
            return JSONField(value: .other, offset: offset)
        }
    }

    /// Takes the value that comes next; an array or object of that `kind` without anything in it is one that is absent.
    ///
    /// PHP has one empty array, which it writes as `[]`, for a list and for a map.
    mutating func readField(withoutEmpty kind: JSONKind) throws -> JSONField {
        guard try self.peek() == kind else { return try self.readField() }
        let offset = self.offset
        let value = try self.skip()
        var text: [UInt8] = []
        self.append(value, to: &text)
        let isEmpty = text.dropFirst().dropLast().allSatisfy(\.isASCIIWhiteSpace)
        return isEmpty ? JSONField() : JSONField(value: .other, offset: offset)
    }
}

/// What the value of a member has to be.
enum MemberRule {
    case amount, currency, identifier, messageIdentifier, quantity, text, timestamp

    /// What is wrong with the UUID of zeros as an order's id.
    static let nilOrderID = "the nil UUID, which is every order's that was given none"

    /// The rule in the words of a refusal.
    var sentence: String {
        switch self {
        case .amount: "an amount is a decimal, not negative, of at most 18 integer and 9 fraction digits"
        case .currency: "a currency is a string of three letters"
        case .identifier:
            "an id is a string of 1 to \(Identifier.maximumLength) bytes, or an integer without sign, fraction and exponent"
        case .messageIdentifier: "a message id is a string of 1 to \(Identifier.maximumLength) bytes"
        case .quantity: "a quantity is a positive integer of at most 18 digits"
        case .text: "expected a string"
        case .timestamp: "a timestamp is a string in ISO 8601"
        }
    }
}
