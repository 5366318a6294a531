/// One entry of a pattern's list: a literal or an operator.
///
/// A field matches if any of its entries does.
enum ValueMatcher: Sendable {
    case string(String)
    case number(Double)
    case bool(Bool)
    case null
    case prefix(String)
    case suffix(String)
    /// The operand of the three case-insensitive operators is kept in lower case.
    case equalsIgnoreCase(String)
    case prefixIgnoreCase(String)
    case suffixIgnoreCase(String)
    case numeric(NumericRange)
    case anythingButStrings([String])
    case anythingButNumbers([Double])
    case exists(Bool)

    /// Whether a leaf of the event passes.
    ///
    /// `exists: false` is about fields that are not there, so no leaf does.
    func matches(_ leaf: JSONValue) -> Bool {
        switch leaf {
        case .string(let value): self.matches(string: value)
        case .number(let value): self.matches(number: value)
        case .bool(let value): self.matches(bool: value)
        case .null: self.matchesNull
        case .object, .array: false
        }
    }

    private func matches(string value: String) -> Bool {
        switch self {
        case .string(let wanted): sameBytes(value, wanted)
        case .prefix(let wanted): value.utf8.starts(with: wanted.utf8)
        case .suffix(let wanted): value.utf8.reversed().starts(with: wanted.utf8.reversed())
        case .equalsIgnoreCase(let wanted): sameBytes(value.lowercased(), wanted)
        case .prefixIgnoreCase(let wanted): value.lowercased().utf8.starts(with: wanted.utf8)
        case .suffixIgnoreCase(let wanted):
            value.lowercased().utf8.reversed().starts(with: wanted.utf8.reversed())
        case .anythingButStrings(let refused): !refused.contains { sameBytes(value, $0) }
        case .anythingButNumbers: true
        case .exists(let wanted): wanted
        case .number, .bool, .null, .numeric: false
        }
    }

    private func matches(number value: Double) -> Bool {
        switch self {
        case .number(let wanted): value == wanted
        case .numeric(let range): range.contains(value)
        case .anythingButNumbers(let refused): !refused.contains(value)
        case .anythingButStrings: true
        case .exists(let wanted): wanted
        case .string, .bool, .null, .prefix, .suffix, .equalsIgnoreCase, .prefixIgnoreCase, .suffixIgnoreCase: false
        }
    }

    private func matches(bool value: Bool) -> Bool {
        if case .bool(let wanted) = self { return value == wanted }
        return self.matchesAnyOtherLeaf
    }

    private var matchesNull: Bool {
        if case .null = self { return true }
        return self.matchesAnyOtherLeaf
    }

    /// Whether a leaf passes that is neither a string nor a number, and is not this literal.
    private var matchesAnyOtherLeaf: Bool {
        switch self {
        case .anythingButStrings, .anythingButNumbers: true
        case .exists(let wanted): wanted
        case .string, .number, .bool, .null, .prefix, .suffix, .equalsIgnoreCase, .prefixIgnoreCase,
            .suffixIgnoreCase, .numeric:
            false
        }
    }
}
