internal import JSONText

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
    /// What is wrong with the record.
    package let error: OrderError
    /// The record's `MessageId`, if it has a readable one.
    package let id: Identifier?
    /// When the order happened, as for a valid one; nil where nothing shows that the record is an order.
    ///
    /// Invalid orders count in their day's `TotalOrders`.
    package let timestamp: Timestamp?

    /// A refused record.
    package init(error: OrderError, id: Identifier? = nil, timestamp: Timestamp? = nil) {
        self.error = error
        self.id = id
        self.timestamp = timestamp
    }
}

/// What an event's `Type` says.
enum EventType {
    /// The type of events that are orders.
    static let orderCreated: StaticString = "OrderCreatedV1"

    /// Whether a type that is not `orderCreated` must not be skipped in silence, since it may be an order's: it differs
    /// in case, in blanks and other separators or in its version alone, or it is blank.
    static func mayBeOrderCreated(_ type: String) -> Bool {
        var letters = type.utf8.compactMap { byte -> UInt8? in
            let byte = byte.asciiLowercased
            return byte.isASCIIDigit || byte &- UInt8(ascii: "a") <= 25 || byte >= 0x80 ? byte : nil
        }
        if letters.isEmpty { return true }
        while letters.last?.isASCIIDigit == true { letters.removeLast() }
        let name = "ordercreated"
        return letters.elementsEqual(name.utf8) || letters.elementsEqual((name + "v").utf8)
            || letters.elementsEqual((name + "version").utf8) || letters.elementsEqual((name + "event").utf8)
            || letters.elementsEqual((name + "eventv").utf8)
    }
}
