/// An order that came by Kinesis: complete, so that it can be counted.
package struct OrderEvent: Assuming, Equatable {
    /// What makes the event count once: its `MessageId`, else its Kinesis event id.
    package var id: Identifier
    /// Whether that is the `MessageId`, under which the producer may repeat the event.
    package var hasMessageID: Bool
    /// The order.
    package var orderID: OrderID
    /// Whether the producer gave it that id; else it is made of the record's place, and a repetition has another.
    package var hasOwnOrderID: Bool
    /// The customer.
    package var userID: Identifier?
    /// What the order costs in total.
    package var amount: Money
    /// The currency of the amount.
    package var currency: Currency
    /// When the order happened: `createdUtc`, else `OccurredUtc`, else the record's arrival.
    ///
    /// The order is counted in the day of this instant.
    package var timestamp: Timestamp
    /// `createdUtc`, where the event has it.
    package var created: Timestamp?
    /// The products in the order of `ProductIds`, each once; empty for a short record.
    package var lines: [OrderLine]
    /// What the decoder took for granted in reading the event.
    package var assumptions: Assumptions
    /// The event's `CorrelationId`, by which its producer follows it.
    ///
    /// It decides nothing, so that one that is no short text is left out. Nil where the decoder does not keep it.
    package var correlationID: String?

    /// An order of the parts that are given.
    package init(
        id: Identifier,
        hasMessageID: Bool = true,
        orderID: OrderID,
        hasOwnOrderID: Bool = true,
        userID: Identifier?,
        amount: Money,
        currency: Currency,
        timestamp: Timestamp,
        created: Timestamp? = nil,
        lines: [OrderLine],
        assumptions: Assumptions = [],
        correlationID: String? = nil
    ) {
        self.id = id
        self.hasMessageID = hasMessageID
        self.orderID = orderID
        self.hasOwnOrderID = hasOwnOrderID
        self.userID = userID
        self.amount = amount
        self.currency = currency
        self.timestamp = timestamp
        self.created = created
        self.lines = lines
        self.assumptions = assumptions
        self.correlationID = correlationID
    }

    /// What is stored of the event.
    ///
    /// The record is the whole order, so that a currency which it leaves out is stored as the default.
    package var update: OrderUpdate {
        var update = OrderUpdate(
            id: self.orderID,
            timestamp: self.timestamp,
            amount: self.amount,
            currency: self.currency,
            userID: self.userID,
            correlationID: self.correlationID
        )
        update.assumptions = self.assumptions
        return update
    }
}

/// A product of an order.
package struct OrderLine: Sendable, Equatable {
    /// The product.
    package var productID: Identifier
    /// How many were ordered: positive, at most 18 digits.
    package var quantity: Int64

    /// A product and how many of it were ordered.
    package init(productID: Identifier, quantity: Int64) {
        self.productID = productID
        self.quantity = quantity
    }
}

extension OrderEvent {
    /// What this order says, as bytes to be hashed: the same however a client serializes it again.
    ///
    /// Order id, or the customer where the producer gave none, `createdUtc`, currency, amount by value, and the products with
    /// their quantities in the order of their ids. The instant is cut to the second, since clients keep three, six or seven fraction digits of it. Not the user, the
    /// channel or the region, which change nothing that is counted, nor `OccurredUtc` and the arrival, which differ with
    /// every repetition. Texts have their length before them, so that no two orders have the same bytes.
    package var facts: [UInt8] {
        // Each text has its length before it, each number eight bytes. Closures take the lines and not the order, of which
        // each would make a copy.
        let lines = self.lines
        let order = Self.places(ofLinesByProduct: lines)
        let (name, currency, amount) = (self.name, self.currency.text, self.amount.billionths)
        var room = 4 + name.utf8.count + 8 + 4 + Currency.textLength + 16
        for line in lines { room += 4 + line.productID.text.utf8.count + 8 }
        let created = self.created?.seconds ?? .min
        var facts: [UInt8] = []
        facts.append(addingCapacity: room) { facts in
            Self.append(name, to: &facts)
            Self.append(UInt64(bitPattern: created), to: &facts)
            Self.append(currency, to: &facts)
            Self.append(UInt64(truncatingIfNeeded: amount), to: &facts)
            Self.append(UInt64(truncatingIfNeeded: amount >> 64), to: &facts)
            for (_, place) in order {
                Self.append(lines[place].productID.text, to: &facts)
                Self.append(UInt64(bitPattern: lines[place].quantity), to: &facts)
            }
        }
        return facts
    }

    /// What a repetition names the order by: no id begins with a control character.
    private var name: String { self.hasOwnOrderID ? self.orderID.text : "\u{0}" + (self.userID?.text ?? "") }

    /// The places of lines in the order of their products' ids.
    ///
    /// Places are sorted, by the beginnings of the ids as far as these differ: moving lines would count references, and
    /// comparing texts takes longer than comparing numbers.
    private static func places(ofLinesByProduct lines: [OrderLine]) -> [(beginning: UInt128, place: Int)] {
        var places: [(beginning: UInt128, place: Int)] = []
        places.reserveCapacity(lines.count)
        for place in lines.indices { places.append((lines[place].productID.beginning, place)) }
        places.sort { left, right in
            if left.beginning != right.beginning { return left.beginning < right.beginning }
            return lines[left.place].productID < lines[right.place].productID
        }
        return places
    }

    private static func append(_ text: String, to facts: inout OutputSpan<UInt8>) {
        let characters = text.utf8.span
        self.append(UInt64(characters.count), bytes: 4, to: &facts)
        for place in characters.indices { facts.append(characters[place]) }
    }

    /// The lowest byte first.
    private static func append(_ number: UInt64, bytes: UInt64 = 8, to facts: inout OutputSpan<UInt8>) {
        for place in 0..<bytes { facts.append(UInt8(truncatingIfNeeded: number &>> (place &* 8))) }
    }
}
