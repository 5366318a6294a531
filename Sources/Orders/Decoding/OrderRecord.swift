/// What a Kinesis record turned out to be.
package enum OrderRecord: Sendable, Equatable {
    /// An `OrderCreatedV1` event or a short record.
    case order(OrderEvent)
    /// An event of another type, which is skipped; the type is the producer's text and of any length.
    case otherType(String)
    /// A permanent failure: dead-lettered by those that count, archived as it is by the archiver.
    case invalid(InvalidOrder)
}

/// A record that can never be processed, with what is known of it.
package struct InvalidOrder: Error, Sendable, Equatable {
    package let error: OrderError
    /// Its `MessageId`, if it has a readable one.
    package let id: Identifier?
    /// When it happened, as for a valid order; nil where the record cannot be told to be an order at all.
    ///
    /// Orders that are invalid count in their day's `TotalOrders`.
    package let timestamp: Timestamp?

    package init(error: OrderError, id: Identifier? = nil, timestamp: Timestamp? = nil) {
        self.error = error
        self.id = id
        self.timestamp = timestamp
    }
}
