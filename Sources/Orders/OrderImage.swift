/// An item of the Orders table as a change of it shows it in the table's stream: the order, as far as it can be read.
///
/// Others write to the table too, so that everything but the id may be missing.
package struct OrderImage: Assuming, Equatable {
    /// The attributes that decide where the order goes.
    package var routing: RoutingAttributes
    /// The currency; `Currency.usd` stands for a missing one wherever a currency is needed.
    package var currency: Currency?
    /// The customer.
    package var userID: Identifier?
    /// What was ordered, in the shop's words.
    package var itemName: String?
    /// How many were ordered.
    package var quantity: Int64?
    /// The greatest instant of any message about the order.
    package var timestamp: Timestamp?
    /// The instant of the message that the status came from.
    package var statusTimestamp: Timestamp?

    /// An image of the attributes that are given.
    package init(
        routing: RoutingAttributes,
        currency: Currency? = nil,
        userID: Identifier? = nil,
        itemName: String? = nil,
        quantity: Int64? = nil,
        timestamp: Timestamp? = nil,
        statusTimestamp: Timestamp? = nil
    ) {
        self.routing = routing
        self.currency = currency
        self.userID = userID
        self.itemName = itemName
        self.quantity = quantity
        self.timestamp = timestamp
        self.statusTimestamp = statusTimestamp
    }

    /// The order's id.
    package var id: OrderID { self.routing.id }

    /// What the decoder took for granted in reading the image.
    package var assumptions: Assumptions { self.routing.assumptions }
}

/// The attributes of a stored order that decide where it goes, which are all that the processing of a normal order needs.
package struct RoutingAttributes: Assuming, Equatable {
    /// The order's id.
    package let id: OrderID
    /// `status`, else `orderStatus`.
    package let status: OrderStatus?
    /// `amount`, else `orderAmount`.
    package let amount: Money?
    /// The customer's address.
    package let customerEmail: String?
    /// What the order's producer calls it, for log lines; it decides nothing.
    package let correlationID: String?
    /// What the decoder took for granted in reading the attributes.
    package let assumptions: Assumptions

    /// The attributes of one order.
    package init(
        id: OrderID,
        status: OrderStatus? = nil,
        amount: Money? = nil,
        customerEmail: String? = nil,
        correlationID: String? = nil,
        assumptions: Assumptions = []
    ) {
        self.id = id
        self.status = status
        self.amount = amount
        self.customerEmail = customerEmail
        self.correlationID = correlationID
        self.assumptions = assumptions
    }
}
