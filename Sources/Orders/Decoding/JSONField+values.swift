internal import JSONText

/// What the members of an order mean, and the one sentence for each that is wrong. `path` is the member's place.
extension JSONField {
    /// A decimal, as a JSON number or a string holding one.
    func amount(_ path: @autoclosure () -> String) throws(OrderError) -> Money {
        guard let money = try self.optionalAmount(path()) else {
            throw self.error(.missingMember, "the order has no amount", path())
        }
        return money
    }

    func optionalAmount(_ path: @autoclosure () -> String) throws(OrderError) -> Money? {
        let money: Money?
        switch self.value {
        case .missing, .null: return nil
        case .number(let number): money = Money(utf8: number.raw)
        case .string(let string): money = string.withDecoded { Money(utf8: $0) }
        case .other: throw self.error(.wrongType, "an amount is a number or a string holding one", path())
        }
        guard let money else {
            throw self.error(.invalidValue, Self.amountRule, path())
        }
        return money
    }

    func currency(_ path: @autoclosure () -> String) throws(OrderError) -> Currency? {
        guard let string = try self.optionalString(Self.currencyRule, path()) else { return nil }
        guard let currency = string.withDecoded({ Currency(utf8: $0) }) else {
            throw self.error(.invalidValue, Self.currencyRule, path())
        }
        return currency
    }

    func identifier(_ path: @autoclosure () -> String) throws(OrderError) -> Identifier {
        guard let identifier = try self.optionalIdentifier(path()) else {
            throw self.error(.missingMember, "an id without which the order means nothing is missing", path())
        }
        return identifier
    }

    /// A string, or an integer, which stands for its digits: shops count their orders, customers and products.
    func optionalIdentifier(_ path: @autoclosure () -> String) throws(OrderError) -> Identifier? {
        let field = self.integerAsText
        guard let string = try field.optionalString(Self.identifierRule, path()) else { return nil }
        guard let identifier = Identifier(string.string) else {
            throw field.error(.invalidValue, Self.identifierRule, path())
        }
        return identifier
    }

    /// What makes an event count once: a string only, since the numbers of two shops would be one event's.
    func messageIdentifier(_ path: @autoclosure () -> String) throws(OrderError) -> Identifier? {
        guard let string = try self.optionalString(Self.messageIdentifierRule, path()) else { return nil }
        guard let identifier = Identifier(string.string) else {
            throw self.error(.invalidValue, Self.messageIdentifierRule, path())
        }
        return identifier
    }

    /// An instant of a member whose name ends in `Utc`, so that no zone is needed.
    func utcTimestamp(_ path: @autoclosure () -> String) throws(OrderError) -> Timestamp? {
        guard let string = try self.optionalString(Self.timestampRule, path()) else { return nil }
        guard let timestamp = string.withDecoded({ Timestamp(utf8: $0, assumingUTC: true) }) else {
            throw self.error(.invalidValue, Self.timestampRule, path())
        }
        return timestamp
    }

    /// An instant of a member whose name says nothing of its zone.
    func timestamp(
        _ path: @autoclosure () -> String,
        _ rules: InputRules,
        noting assumptions: inout Assumptions
    ) throws(OrderError) -> Timestamp? {
        guard let string = try self.optionalString(Self.timestampRule, path()) else { return nil }
        if let timestamp = string.withDecoded({ Timestamp(utf8: $0) }) { return timestamp }
        guard let timestamp = string.withDecoded({ Timestamp(utf8: $0, assumingUTC: true) }) else {
            throw self.error(.invalidValue, Self.timestampRule, path())
        }
        guard rules.zonelessTimestamps == .utc else {
            throw self.error(.invalidValue, "a timestamp needs a zone: Z or an offset", path())
        }
        assumptions.insert(.zonelessTimestamp)
        return timestamp
    }

    func text(_ path: @autoclosure () -> String) throws(OrderError) -> String? {
        try self.optionalString("expected a string", path())?.string
    }

    func quantity(_ path: @autoclosure () -> String) throws(OrderError) -> Int64? {
        switch self.value {
        case .missing, .null: return nil
        case .number(let number):
            if let quantity = Self.quantity(number.raw) { return quantity }
            throw self.error(.invalidValue, Self.quantityRule, path())
        case .string, .other: throw self.error(.wrongType, Self.quantityRule, path())
        }
    }

    /// A positive integer by value (`2.0` is one), of at most 18 digits so that sums of units stay exact.
    static func quantity(_ digits: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard let value = DecimalScan(digits)?.scaled(by: 0, integerDigits: 18), value > 0 else { return nil }
        return Int64(exactly: value)
    }

    static var amountRule: String {
        "an amount is a decimal, not negative, of at most 18 integer and 9 fraction digits"
    }
    static var identifierRule: String {
        "an id is a string of 1 to \(Identifier.maximumLength) bytes, or an integer without sign, fraction and exponent"
    }
    private static var messageIdentifierRule: String {
        "a message id is a string of 1 to \(Identifier.maximumLength) bytes"
    }
    private static var currencyRule: String { "a currency is a string of three letters A to Z" }
    private static var timestampRule: String { "a timestamp is a string in ISO 8601" }
    private static var quantityRule: String { "a quantity is a positive integer of at most 18 digits" }

    /// The same field, where it is an integer as the string of its digits.
    var integerAsText: JSONField {
        guard case .number(let number) = self.value, number.raw.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }) else {
            return self
        }
        return JSONField(value: .string(JSONString(raw: number.raw, hasEscapes: false)), offset: self.offset)
    }

    private func optionalString(
        _ rule: @autoclosure () -> String,
        _ path: @autoclosure () -> String
    ) throws(OrderError) -> JSONString? {
        switch self.value {
        case .missing, .null: return nil
        case .string(let string): return string
        case .number, .other: throw self.error(.wrongType, rule(), path())
        }
    }

    func error(_ code: OrderError.Code, _ reason: String, _ path: String) -> OrderError {
        switch self.value {
        case .missing: OrderError(code, reason, path: path)
        case .null, .string, .number, .other: OrderError(code, reason, path: path, offset: self.offset)
        }
    }
}
