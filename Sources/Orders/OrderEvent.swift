/// An order that came by Kinesis: complete, so that it can be counted.
package struct OrderEvent: Assuming, Equatable {
    /// What makes it count once: the `MessageId`, else the Kinesis event id.
    package var id: Identifier
    /// Whether that is the `MessageId`, under which the producer may repeat the event.
    package var hasMessageID: Bool
    package var orderID: OrderID
    package var userID: Identifier?
    package var amount: Money
    package var currency: Currency
    /// `createdUtc`, else `OccurredUtc`, else the record's arrival.
    ///
    /// Its day is the day it is counted in.
    package var timestamp: Timestamp
    /// `createdUtc`, where the event has it.
    package var created: Timestamp?
    /// In `ProductIds` order, each product once; empty for a short record.
    package var lines: [OrderLine]
    /// What was taken for granted in reading it.
    package var assumptions: Assumptions

    package init(
        id: Identifier,
        hasMessageID: Bool = true,
        orderID: OrderID,
        userID: Identifier?,
        amount: Money,
        currency: Currency,
        timestamp: Timestamp,
        created: Timestamp? = nil,
        lines: [OrderLine],
        assumptions: Assumptions = []
    ) {
        self.id = id
        self.hasMessageID = hasMessageID
        self.orderID = orderID
        self.userID = userID
        self.amount = amount
        self.currency = currency
        self.timestamp = timestamp
        self.created = created
        self.lines = lines
        self.assumptions = assumptions
    }

    /// What is stored of it.
    ///
    /// The record is the whole order, so a currency it leaves out is stored as the default.
    package var order: Order {
        var order = Order(
            id: self.orderID,
            amount: self.amount,
            currency: self.currency,
            userID: self.userID,
            timestamp: self.timestamp
        )
        order.assumptions = self.assumptions
        return order
    }
}

/// A product of an order.
package struct OrderLine: Sendable, Equatable {
    package var productID: Identifier
    /// Positive, at most 18 digits.
    package var quantity: Int64

    package init(productID: Identifier, quantity: Int64) {
        self.productID = productID
        self.quantity = quantity
    }
}
