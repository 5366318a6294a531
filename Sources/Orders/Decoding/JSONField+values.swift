internal import JSONText

/// What the members of an order mean, and the one sentence for each that is wrong. `path` is the member's place.
extension JSONField {
    /// A decimal, as a JSON number or a string holding one.
    func amount(
        _ path: @autoclosure () -> String,
        noting assumptions: inout Assumptions
    ) throws(OrderError) -> Money {
        guard let money = try self.optionalAmount(path(), noting: &assumptions) else {
            throw self.error(.missingMember, "the order has no amount", path())
        }
        return money
    }

    func optionalAmount(
        _ path: @autoclosure () -> String,
        noting assumptions: inout Assumptions
    ) throws(OrderError) -> Money? {
        let money: Money?
        switch self.value {
        case .missing, .null: return nil
        case .number(let number): money = Money(utf8: number.raw) ?? Self.rounded(number.raw, noting: &assumptions)
        case .string(let string): money = string.withDecoded { Money(utf8: $0) ?? Money(utf8: $0.trimmed) }
        case .other: throw self.error(.wrongType, "an amount is a number or a string holding one", path())
        }
        guard let money else { throw self.error(.invalidValue, self.rule(Self.amountRule, RefusedForm.amount), path()) }
        return money
    }

    /// What is meant by a number with the digits that binary floating point adds.
    static func rounded(_ number: UnsafeBufferPointer<UInt8>, noting assumptions: inout Assumptions) -> Money? {
        guard let money = Money(binaryResidue: number) else { return nil }
        assumptions.insert(.roundedAmount)
        return money
    }

    func currency(_ path: @autoclosure () -> String) throws(OrderError) -> Currency? {
        guard let string = try self.optionalString(Self.currencyRule, path()) else { return nil }
        guard let currency = string.withDecoded({ Currency(utf8: $0) }) else {
            let rule = string.raw.isEmpty ? "blank; " + Self.currencyRule : Self.currencyRule
            throw self.error(.invalidValue, rule, path())
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
        return try field.identifier(string, Self.identifierRule, path())
    }

    /// What makes an event count once: a string only, since the numbers of two shops would be one event's.
    func messageIdentifier(_ path: @autoclosure () -> String) throws(OrderError) -> Identifier? {
        guard let string = try self.optionalString(Self.messageIdentifierRule, path()) else { return nil }
        let identifier = try self.identifier(string, Self.messageIdentifierRule, path())
        guard !identifier.isNilUUID else {
            throw self.error(.invalidValue, "the nil UUID, which is every message's that was given none", path())
        }
        return identifier
    }

    private func identifier(
        _ string: JSONString,
        _ rule: @autoclosure () -> String,
        _ path: @autoclosure () -> String
    ) throws(OrderError) -> Identifier {
        guard !string.hasLoneSurrogate else {
            throw self.error(.invalidValue, "a lone surrogate, which no UTF-8 holds; " + rule(), path())
        }
        guard let identifier = Identifier(string.string) else { throw self.error(.invalidValue, rule(), path()) }
        return identifier
    }

    /// An instant of a member whose name ends in `Utc`, so that no zone is needed.
    ///
    /// `arrival` is when the order came, which the instant may not lie far behind.
    func utcTimestamp(
        _ path: @autoclosure () -> String,
        _ rules: InputRules,
        arrival: () -> Timestamp?
    ) throws(OrderError) -> Timestamp? {
        guard let string = try self.instantText(path()) else { return nil }
        guard let timestamp = string.withDecoded({ Timestamp(utf8: $0, assumingUTC: true) }) else {
            throw self.error(.invalidValue, self.rule(Self.timestampRule, RefusedForm.instant), path())
        }
        if let fault = rules.fault(of: timestamp, arrival: arrival) { throw self.error(.invalidValue, fault, path()) }
        return timestamp
    }

    /// An instant of a member whose name says nothing of its zone.
    func timestamp(
        _ path: @autoclosure () -> String,
        _ rules: InputRules,
        arrival: () -> Timestamp?,
        noting assumptions: inout Assumptions
    ) throws(OrderError) -> Timestamp? {
        guard let string = try self.instantText(path()) else { return nil }
        var timestamp = string.withDecoded { Timestamp(utf8: $0) }
        if timestamp == nil {
            timestamp = string.withDecoded { Timestamp(utf8: $0, assumingUTC: true) }
            guard timestamp == nil || rules.zonelessTimestamps == .utc else {
                throw self.error(.invalidValue, "no zone: send Z or an offset (ZonelessTimestamps)", path())
            }
            assumptions.insert(.zonelessTimestamp)
        }
        guard let timestamp else {
            throw self.error(.invalidValue, self.rule(Self.timestampRule, RefusedForm.instant), path())
        }
        if let fault = rules.fault(of: timestamp, arrival: arrival) { throw self.error(.invalidValue, fault, path()) }
        return timestamp
    }

    private func instantText(_ path: @autoclosure () -> String) throws(OrderError) -> JSONString? {
        if case .number = self.value {
            throw self.error(.wrongType, self.rule(Self.timestampRule, RefusedForm.epoch), path())
        }
        return try self.optionalString(Self.timestampRule, path())
    }

    /// A rule with the name of what was found instead before it, where it has one.
    private func rule(_ rule: String, _ form: (UnsafeBufferPointer<UInt8>) -> String?) -> String {
        let name: String? =
            switch self.value {
            case .string(let string): string.withDecoded(form)
            case .number(let number): form(number.raw)
            case .missing, .null, .other: nil
            }
        return name.map { "\($0); \(rule)" } ?? rule
    }

    func text(_ path: @autoclosure () -> String) throws(OrderError) -> String? {
        try self.optionalString("expected a string", path())?.string
    }

    func quantity(_ path: @autoclosure () -> String) throws(OrderError) -> Int64? {
        let quantity: Int64?
        switch self.value {
        case .missing, .null: return nil
        case .number(let number): quantity = Self.quantity(number.raw)
        case .string(let string): quantity = string.withDecoded { Self.quantity($0.trimmed) }
        case .other: throw self.error(.wrongType, Self.quantityRule, path())
        }
        guard let quantity else { throw self.error(.invalidValue, Self.quantityRule, path()) }
        return quantity
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
    private static var currencyRule: String { "a currency is a string of three letters" }
    private static var timestampRule: String { "a timestamp is a string in ISO 8601" }
    private static var quantityRule: String { "a quantity is a positive integer of at most 18 digits" }

    /// The same field, where it is an integer as the string of its digits.
    var integerAsText: JSONField {
        guard case .number(let number) = self.value, number.raw.isDigits else {
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
