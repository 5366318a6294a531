internal import JSONText

/// What one message or one record says about an order: the attributes that it carries, and from when on they hold.
///
/// What it does not say is nil, and stays as it is stored.
package struct OrderUpdate: Assuming, Equatable {
    /// The order that the update is about.
    package var id: OrderID
    /// The instant at which what the update says became true, by which the updates of one order are put in sequence.
    package var timestamp: Timestamp
    /// Orders that came by Kinesis have no status.
    package var status: OrderStatus?
    /// What the order costs in total.
    package var amount: Money?
    /// The currency as the message carries it; `Currency.usd` stands for a missing one wherever a currency is needed.
    package var currency: Currency?
    /// The customer: `userId`, `UserId` or `customer_id`.
    package var userID: Identifier?
    /// The customer's address, without white space around it.
    package var customerEmail: String?
    /// What was ordered, in the shop's words.
    package var itemName: String?
    /// How many were ordered: positive, of at most 18 digits.
    package var quantity: Int64?
    /// What the producer calls the message: `CorrelationId` of an event, `correlationId` of an order message.
    package var correlationID: String?
    /// What the decoder took for granted in reading the update.
    package var assumptions: Assumptions = []

    /// An update of the attributes that are given.
    package init(
        id: OrderID,
        timestamp: Timestamp,
        status: OrderStatus? = nil,
        amount: Money? = nil,
        currency: Currency? = nil,
        userID: Identifier? = nil,
        customerEmail: String? = nil,
        itemName: String? = nil,
        quantity: Int64? = nil,
        correlationID: String? = nil
    ) {
        self.id = id
        self.timestamp = timestamp
        self.status = status
        self.amount = amount
        self.currency = currency
        self.userID = userID
        self.customerEmail = customerEmail
        self.itemName = itemName
        self.quantity = quantity
        self.correlationID = correlationID
    }
}

extension OrderUpdate {
    /// Negative where this update is stored before another one of its order, positive where behind it, 0 where it does
    /// not matter.
    ///
    /// The older one comes first. Of one instant it is the one whose status a merge lets yield, so that both are seen
    /// in the table's stream: stored the other way round, the lesser status would change nothing.
    package func mergeOrder(_ other: OrderUpdate) -> Int {
        guard self.timestamp == other.timestamp else { return self.timestamp < other.timestamp ? -1 : 1 }
        return switch (self.status, other.status) {
        case (nil, nil): 0
        // What has no status may say what the change of status is judged by.
        case (nil, .some): -1
        case (.some, nil): 1
        case (.some(let status), .some(let other)): status.text.orderInBytes(other.text)
        }
    }
}

/// How far an order is, in the producer's spelling without white space around it, which is what is stored.
package struct OrderStatus: Sendable, Equatable, ExpressibleByStringLiteral {
    /// The statuses that decide something here.
    package enum Kind: Sendable, Equatable {
        /// Paid, and not yet sent.
        case pending
        /// On its way to the customer.
        case shipped
        /// `new` and all others, by which no processor is called.
        case other
    }

    /// The status as the producer wrote it, without white space around it.
    package let text: String

    /// A status of any spelling.
    ///
    /// White space is no part of it: the Pipes' filters, which compare whole texts, would not know `shipped ` for `shipped`.
    package init(_ text: String) {
        self.text = text.trimmed
    }

    /// A status that is written down in code.
    package init(stringLiteral text: String) {
        self.init(text)
    }

    /// What the status means: `Pending` and `PENDING` are pending.
    package var kind: Kind {
        if self.text.equalsIgnoringCase("pending") { return .pending }
        return self.text.equalsIgnoringCase("shipped") ? .shipped : .other
    }
}
