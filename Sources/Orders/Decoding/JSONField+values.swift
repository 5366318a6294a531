internal import JSONText

/// What the members of an order mean, with the one sentence for each that is wrong.
///
/// A value is nil where the member is absent; `amount` and `identifier` throw there. `path` is the member's place in its document.
extension JSONField {
    // MARK: Amounts and quantities

    /// A decimal, as a JSON number or a string holding one.
    func amount(_ path: String, noting assumptions: inout Assumptions) throws(OrderError) -> Money {
        guard let money = try self.optionalAmount(path, noting: &assumptions) else {
            throw self.error(.missingMember, "the order has no amount", path)
        }
        return money
    }

    /// A decimal, as a JSON number or a string holding one.
    func optionalAmount(_ path: String, noting assumptions: inout Assumptions) throws(OrderError) -> Money? {
        let money: Money?
        switch self.value {
        case .missing, .null: return nil
        case .number(let number): money = Money(number, noting: &assumptions)
        case .string(let string): money = Money(string)
        case .other: throw self.error(.wrongType, "an amount is a number or a string holding one", path)
        }
        guard let money else { throw self.refusal(.amount, RefusedForm.amount, path) }
        return money
    }

    /// A positive integer by value (`2.0` is one), as a JSON number or a string holding one.
    func quantity(_ path: String) throws(OrderError) -> Int64? {
        let quantity: Int64?
        switch self.value {
        case .missing, .null: return nil
        case .number(let number): quantity = Quantity.value(of: number)
        case .string(let string): quantity = Quantity.value(of: string)
        case .other: throw self.error(.wrongType, MemberRule.quantity.sentence, path)
        }
        guard let quantity else { throw self.error(.invalidValue, MemberRule.quantity.sentence, path) }
        return quantity
    }

    // MARK: Texts

    /// A string by which an order is followed; nil for anything else, since it decides nothing.
    var correlationID: String? {
        guard case .string(let string) = self.value, !string.hasLoneSurrogate else { return nil }
        return CorrelationID.text(string.string)
    }

    /// A string of any content.
    func text(_ path: String) throws(OrderError) -> String? {
        try self.string(.text, path)?.string
    }

    /// A string of any content but none: a blank one, which clients write for what is not set, is absent.
    func filledText(_ path: String) throws(OrderError) -> String? {
        guard let text = try self.text(path), !text.trimmed.isEmpty else { return nil }
        return text
    }

    /// Three letters, capitals or not.
    func currency(_ path: String) throws(OrderError) -> Currency? {
        guard let string = try self.string(.currency, path) else { return nil }
        guard let currency = Currency(string.string) else {
            let rule = MemberRule.currency.sentence
            throw self.error(.invalidValue, string.isEmpty ? "blank; " + rule : rule, path)
        }
        return currency
    }

    // MARK: Ids

    /// An id without which the order means nothing.
    func identifier(_ path: String) throws(OrderError) -> Identifier {
        try self.namedIdentifier(path).identifier
    }

    /// The id of an order, without which it means nothing.
    func orderIdentifier(_ path: String) throws(OrderError) -> OrderID {
        try self.checked(self.identifier(path), path)
    }

    /// The id of an order.
    func optionalOrderIdentifier(_ path: String) throws(OrderError) -> OrderID? {
        guard let identifier = try self.optionalIdentifier(path) else { return nil }
        return try self.checked(identifier, path)
    }

    /// An order's id, which is not the nil UUID: all orders under that would be one row.
    private func checked(_ id: OrderID, _ path: String) throws(OrderError) -> OrderID {
        guard !id.isNilUUID else { throw self.error(.invalidValue, MemberRule.nilOrderID, path) }
        return id
    }

    /// A string, or an integer, which stands for its digits: shops count their orders, customers and products.
    func optionalIdentifier(_ path: String) throws(OrderError) -> Identifier? {
        guard let string = try self.identifierString(path) else { return nil }
        return try self.identifier(string, .identifier, path)
    }

    /// An id without which the order means nothing, and the string that it was read from.
    func namedIdentifier(_ path: String) throws(OrderError) -> (string: JSONString, identifier: Identifier) {
        guard let string = try self.identifierString(path) else {
            throw self.error(.missingMember, "an id without which the order means nothing is missing", path)
        }
        return (string, try self.identifier(string, .identifier, path))
    }

    /// The string, or the digits of an integer as if they stood in quotes.
    private func identifierString(_ path: String) throws(OrderError) -> JSONString? {
        if case .number(let number) = self.value, let digits = number.digitString { return digits }
        return try self.string(.identifier, path)
    }

    /// What makes an event count once: a string only, since the numbers of two shops would be one event's.
    func messageIdentifier(_ path: String) throws(OrderError) -> Identifier? {
        guard let string = try self.string(.messageIdentifier, path) else { return nil }
        let identifier = try self.identifier(string, .messageIdentifier, path)
        guard !identifier.isNilUUID else {
            throw self.error(.invalidValue, "the nil UUID, which is every message's that was given none", path)
        }
        return identifier
    }

    private func identifier(
        _ string: JSONString,
        _ rule: MemberRule,
        _ path: String
    ) throws(OrderError) -> Identifier {
        // Nearly all are written as they are, and begin with what is seen.
        if unsafe string.hasEscapes || (string.raw.first ?? 0) <= UInt8(ascii: " ") {
            try self.checkCharacters(string, rule, path)
        }
        guard let identifier = Identifier(string.string) else { throw self.error(.invalidValue, rule.sentence, path) }
        return identifier
    }

    @inline(never)
    private func checkCharacters(_ string: JSONString, _ rule: MemberRule, _ path: String) throws(OrderError) {
        guard !string.hasLoneSurrogate else {
            throw self.error(.invalidValue, "a lone surrogate, which no UTF-8 holds; " + rule.sentence, path)
        }
        // Of white space alone are the ids of many orders that were given none.
        let text = string.string
        guard text.isEmpty || !text.trimmed.isEmpty else {
            throw self.error(.invalidValue, "blank; " + rule.sentence, path)
        }
    }

    // MARK: Instants

    /// An instant of a member whose name ends in `Utc`, so that no zone is needed.
    ///
    /// `arrival` is when the order came, which the instant may not lie far behind.
    func utcTimestamp(_ path: String, _ rules: InputRules, arrival: Timestamp?) throws(OrderError) -> Timestamp? {
        guard let instant = try self.instant(path) else { return nil }
        return try self.checked(Timestamp(instant), path, rules, arrival: arrival)
    }

    /// An instant of a member whose name says nothing of its zone.
    func timestamp(
        _ path: String,
        _ rules: InputRules,
        arrival: Timestamp?,
        noting assumptions: inout Assumptions
    ) throws(OrderError) -> Timestamp? {
        guard let instant = try self.instant(path) else { return nil }
        if !instant.hasZone {
            guard rules.zonelessTimestamps == .utc else {
                throw self.error(.invalidValue, "no zone: send Z or an offset (ZonelessTimestamps)", path)
            }
            assumptions.insert(.zonelessTimestamp)
        }
        return try self.checked(Timestamp(instant), path, rules, arrival: arrival)
    }

    private func instant(_ path: String) throws(OrderError) -> ISO8601Instant? {
        if case .number = self.value { throw self.refusal(.timestamp, RefusedForm.epoch, path, .wrongType) }
        guard let string = try self.string(.timestamp, path) else { return nil }
        guard let instant = ISO8601Instant(string) else { throw self.refusal(.timestamp, RefusedForm.instant, path) }
        return instant
    }

    private func checked(
        _ timestamp: Timestamp,
        _ path: String,
        _ rules: InputRules,
        arrival: Timestamp?
    ) throws(OrderError) -> Timestamp {
        if let fault = rules.fault(of: timestamp, arrival: arrival) { throw self.error(.invalidValue, fault, path) }
        return timestamp
    }

    // MARK: Refusals

    private func string(_ rule: MemberRule, _ path: String) throws(OrderError) -> JSONString? {
        switch self.value {
        case .missing, .null: return nil
        case .string(let string): return string
        case .number, .other: throw self.error(.wrongType, rule.sentence, path)
        }
    }

    /// The refusal by a rule, with what was found instead before it, where `form` has a name for that.
    private func refusal(
        _ rule: MemberRule,
        _ form: (String) -> String?,
        _ path: String,
        _ code: OrderError.Code = .invalidValue
    ) -> OrderError {
        let name: String? =
            switch self.value {
            case .string(let string): form(string.string)
            case .number(let number): form(number.text)
            case .missing, .null, .other: nil
            }
        return self.error(code, name.map { "\($0); \(rule.sentence)" } ?? rule.sentence, path)
    }
}

/// Quantities, which are positive integers by value, of at most 18 digits so that sums of units stay exact.
enum Quantity {
    /// The quantity that a number has; nil where it is none.
    static func value(of decimal: DecimalText) -> Int64? {
        guard let value = decimal.units(scale: 0, integerDigits: 18), value > 0 else { return nil }
        return Int64(exactly: value)
    }

    /// The quantity that a number of JSON has; nil where it is none.
    static func value(of number: JSONNumber) -> Int64? {
        // As nearly all are written.
        if let integer = number.integer, (1..<1_000_000_000_000_000_000).contains(integer) { return integer }
        return DecimalText(number).flatMap { self.value(of: $0) }
    }

    /// The quantity that a string holds, with or without white space around it; nil where it holds none.
    static func value(of string: JSONString) -> Int64? {
        (DecimalText(string) ?? DecimalText(string.string.trimmed)).flatMap { self.value(of: $0) }
    }
}
