/// What one order event, record, message or stream image says about an order.
///
/// Whatever it does not say is nil.
package struct Order: Assuming, Equatable {
    package var id: OrderID
    /// `new`, `pending`, `shipped`, … Orders that came by Kinesis have none.
    package var status: String?
    package var amount: Money?
    /// As carried.
    ///
    /// `Currency.usd` stands for a missing one wherever a currency is needed.
    package var currency: Currency?
    /// `userId`, `UserId` or `customer_id`.
    package var userID: Identifier?
    package var customerEmail: String?
    package var itemName: String?
    /// Positive, at most 18 digits.
    package var quantity: Int64?
    /// When what it says became true.
    ///
    /// Always there but for stream images, which others may have written.
    package var timestamp: Timestamp?
    /// Of a stream image: the instant of the message that the status came from, where the item has it.
    package var statusTimestamp: Timestamp?
    /// What was taken for granted in reading it.
    package var assumptions: Assumptions = []

    package init(
        id: OrderID,
        status: String? = nil,
        amount: Money? = nil,
        currency: Currency? = nil,
        userID: Identifier? = nil,
        customerEmail: String? = nil,
        itemName: String? = nil,
        quantity: Int64? = nil,
        timestamp: Timestamp? = nil,
        statusTimestamp: Timestamp? = nil
    ) {
        self.id = id
        self.status = status
        self.amount = amount
        self.currency = currency
        self.userID = userID
        self.customerEmail = customerEmail
        self.itemName = itemName
        self.quantity = quantity
        self.timestamp = timestamp
        self.statusTimestamp = statusTimestamp
    }
}

/// What decides where a stored order goes, which is all that the processing of a normal order needs.
package struct RoutedOrder: Assuming, Equatable {
    package let id: OrderID
    package let status: String?
    package let amount: Money?
    package let customerEmail: String?
    package let assumptions: Assumptions

    package init(id: OrderID, status: String?, amount: Money?, customerEmail: String?, assumptions: Assumptions = []) {
        self.id = id
        self.status = status
        self.amount = amount
        self.customerEmail = customerEmail
        self.assumptions = assumptions
    }
}
