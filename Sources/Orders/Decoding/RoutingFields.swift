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
        try reader.readObject { key, reader in try self.read(key, &reader) }
    }

    /// Takes the attribute's value, or skips it where it decides nothing.
    mutating func read(_ key: JSONString, _ reader: inout JSONReader) throws {
        switch key {
        case "orderId": self.orderID = try TypedField(&reader)
        case "status": self.statusField = try TypedField(&reader)
        case "orderStatus": self.orderStatus = try TypedField(&reader)
        case "amount": self.amount = try TypedField(&reader)
        case "orderAmount": self.orderAmount = try TypedField(&reader)
        case "customerEmail": self.customerEmail = try TypedField(&reader)
        default: try reader.skip()
        }
    }

    /// `status`, else `orderStatus`.
    var status: String? { self.statusField.string ?? self.orderStatus.string }

    /// An order of which no more is known.
    func order() throws(OrderError) -> Order {
        guard self.orderID.isPresent else {
            throw OrderError(.missingMember, "the item has no order id", path: "$.orderId")
        }
        guard let text = self.orderID.string, let id = OrderID(text) else {
            throw OrderError(.wrongType, JSONField.identifierRule, path: "$.orderId", offset: self.orderID.offset)
        }
        return Order(
            id: id,
            status: self.status,
            amount: try self.amount.isPresent
                ? self.amount.amount("$.amount") : self.orderAmount.amount("$.orderAmount"),
            customerEmail: self.customerEmail.string
        )
    }
}
