internal import JSONText

/// The attributes of a stream image that decide where an order goes.
struct RoutingFields {
    private var orderID = TypedField()
    private var statusField = TypedField()
    private var orderStatus = TypedField()
    private var amount = TypedField()
    private var orderAmount = TypedField()
    private var customerEmail = TypedField()

    init() {}

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { member in
            self.take(member)
        } _: { key, reader in
            try self.read(key, &reader)
        }
    }

    /// Keeps the attribute if it decides something.
    mutating func take(_ member: JSONReader.TaggedMember) {
        self.set(member.key) { TypedField(member) }
    }

    /// Takes the attribute's value, or skips it where it decides nothing.
    mutating func read(_ key: JSONString, _ reader: inout JSONReader) throws {
        if try !self.set(key, { try TypedField(&reader) }) { try reader.skip() }
    }

    /// Makes the attribute of that name its field; false: it decides nothing.
    @discardableResult
    @inline(__always)
    private mutating func set(_ key: JSONString, _ field: () throws -> TypedField) rethrows -> Bool {
        switch key {
        case "orderId": self.orderID = try field()
        case "status": self.statusField = try field()
        case "orderStatus": self.orderStatus = try field()
        case "amount": self.amount = try field()
        case "orderAmount": self.orderAmount = try field()
        case "customerEmail": self.customerEmail = try field()
        default: return false
        }
        return true
    }

    /// `status`, else `orderStatus`.
    var status: String? { self.statusField.string ?? self.orderStatus.string }

    func order() throws(OrderError) -> RoutedOrder {
        guard self.orderID.isPresent else {
            throw OrderError(.missingMember, "the item has no order id", path: "$.orderId")
        }
        guard let id = self.orderID.identifier else {
            throw OrderError(.wrongType, JSONField.identifierRule, path: "$.orderId", offset: self.orderID.offset)
        }
        var assumptions: Assumptions = []
        let amount =
            try self.amount.isPresent
            ? self.amount.amount("$.amount", noting: &assumptions)
            : self.orderAmount.amount("$.orderAmount", noting: &assumptions)
        return RoutedOrder(
            id: id,
            status: self.status,
            amount: amount,
            customerEmail: self.customerEmail.string,
            assumptions: assumptions
        )
    }
}
