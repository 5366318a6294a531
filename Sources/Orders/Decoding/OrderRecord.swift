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
    /// in case, in blanks and other separators, in its version, an `Event` behind its name or a namespace in front of it
    /// alone, or it is blank.
    static func mayBeOrderCreated(_ type: String) -> Bool {
        let letters = TypeLetters(type.utf8)
        // .NET writes the assembly behind a comma: `Shop.Events.OrderCreatedV1, Shop.Events`.
        let hasComma = type.hasByte(UInt8(ascii: ","))
        if letters.isEmpty || letters.areOrderCreated(inNamespaces: !hasComma) { return true }
        guard hasComma else { return false }
        return TypeLetters(type.utf8.prefix { $0 != UInt8(ascii: ",") }).areOrderCreated(inNamespaces: true)
    }
}

/// A type's letters and digits, small ones, and where a namespace in front of them may end.
private struct TypeLetters {
    private var letters: [UInt8] = []
    /// For each letter whether a border stands between it and the letter before.
    private var isBehindBorder: [Bool] = []

    /// What namespaces are written with: `com.shop.OrderCreatedV1`, `urn:message:Shop:OrderCreatedV1`.
    private static func isBorder(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "+"): true
        case UInt8(ascii: "\\"), UInt8(ascii: "$"), UInt8(ascii: "#"): true
        default: false
        }
    }

    init(_ type: some Sequence<UInt8>) {
        var isBehindBorder = false
        for byte in type {
            let byte = byte.asciiLowercased
            guard byte.isASCIIDigit || byte.isASCIILetter || byte >= 0x80 else {
                if Self.isBorder(byte) { isBehindBorder = true }
                continue
            }
            self.letters.append(byte)
            self.isBehindBorder.append(isBehindBorder)
            isBehindBorder = false
        }
    }

    var isEmpty: Bool { self.letters.isEmpty }

    /// Whether they are an order created's, whatever its version, from their beginning or, `inNamespaces`, a border on.
    func areOrderCreated(inNamespaces: Bool) -> Bool {
        var name = self.letters[...]
        while name.last?.isASCIIDigit == true { name.removeLast() }
        return ["ordercreated", "ordercreatedv", "ordercreatedversion", "ordercreatedevent", "ordercreatedeventv"]
            .contains { wanted in
                let start = name.count - wanted.utf8.count
                guard start >= 0, name.dropFirst(start).elementsEqual(wanted.utf8) else { return false }
                return start == 0 || (inNamespaces && self.isBehindBorder[start])
            }
    }
}
