internal import JSONText

/// What the members of an order mean, and the one sentence for each that is wrong. `path` is the member's place.
extension JSONField {
    /// A decimal, as a JSON number or a string holding one.
    func amount(_ path: @autoclosure () -> String) throws(OrderError) -> Money {
        let money: Money? =
            switch self.value {
            case .missing: throw self.error(.missingMember, "the order has no amount", path())
            case .number(let number): Money(utf8: number.raw)
            case .string(let string): string.withDecoded { Money(utf8: $0) }
            case .null, .other: throw self.error(.wrongType, "an amount is a number or a string holding one", path())
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

    func optionalIdentifier(_ path: @autoclosure () -> String) throws(OrderError) -> Identifier? {
        guard let string = try self.optionalString(Self.identifierRule, path()) else { return nil }
        guard let identifier = Identifier(string.string) else {
            throw self.error(.invalidValue, Self.identifierRule, path())
        }
        return identifier
    }

    func timestamp(_ path: @autoclosure () -> String) throws(OrderError) -> Timestamp? {
        guard let string = try self.optionalString(Self.timestampRule, path()) else { return nil }
        guard let timestamp = string.withDecoded({ Timestamp(utf8: $0) }) else {
            throw self.error(.invalidValue, Self.timestampRule, path())
        }
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
    static var identifierRule: String { "an id is a string of 1 to \(Identifier.maximumLength) bytes" }
    private static var currencyRule: String { "a currency is a string of three letters A to Z" }
    private static var timestampRule: String { "a timestamp is a string in ISO 8601 with Z or an offset" }
    private static var quantityRule: String { "a quantity is a positive integer of at most 18 digits" }

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
