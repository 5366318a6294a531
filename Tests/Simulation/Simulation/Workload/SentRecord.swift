internal import Platform

/// What a producer sent, and all that the oracle knows of it.
struct SentRecord: Sendable {
    /// What a record means, as its producer made it: nobody reads the record's bytes to know.
    enum Meaning: Sendable {
        /// An order that is to be counted.
        case sale(Sale)
        /// An order that cannot be read, which is one of its day's orders all the same.
        case invalidOrder(id: String?, day: String)
        /// An event of a type that is not counted.
        case otherType
        /// Nothing that could be an order.
        case unreadable
    }

    /// The place in the workload, from 0: what scripts call it.
    let number: Int
    let shard: Int
    /// When the stream receives it, in nanoseconds of the run; whole milliseconds.
    let arrival: VirtualTime.Nanoseconds
    let sequenceNumber: String
    /// The place among the records that the producer library put into one of the stream, from 0; nil for a record by itself.
    let part: Int?
    let partitionKey: String
    /// The bytes as they were sent.
    let data: [UInt8]
    /// The bytes within, where they were sent compressed.
    let text: [UInt8]
    private(set) var meaning: Meaning
    /// The record in words.
    let words: String
    /// The record of the stream as it stands in the events of Lambda, every one of them; of an aggregate its first part has it,
    /// and the others have nothing.
    var json: [UInt8] = []
    /// When the order happened, where its event says that and the order itself does not.
    var occurred: Moment?
    /// What the event has in common with others of its request.
    var correlationID: String?

    /// `shardId-000000000000`.
    var shardID: String { SentRecord.shardID(self.shard) }

    /// `shardId-000000000000:<sequence number>` of the stream's record that it is, or is a part of.
    var streamID: String { self.shardID + ":" + self.sequenceNumber }

    /// `shardId-000000000000:<sequence number>`, of a part with `:<place>` behind it.
    var eventID: String { self.streamID + (self.part.map { ":\($0)" } ?? "") }

    /// What it is counted by.
    var identity: String {
        switch self.meaning {
        case .sale(let sale): sale.messageID ?? self.eventID
        case .invalidOrder(let id, _): id ?? self.eventID
        case .otherType, .unreadable: self.eventID
        }
    }

    /// The day of the order that it is.
    var day: String? { if case .sale(let sale) = self.meaning { sale.day } else { nil } }

    var isPoison: Bool {
        switch self.meaning {
        case .invalidOrder, .unreadable: true
        case .sale, .otherType: false
        }
    }

    /// The record as a function takes it that dies of one of these event ids, and does not read it any more.
    func unread(if deadly: Set<String>?) -> SentRecord {
        guard let deadly, deadly.contains(self.eventID) else { return self }
        var unread = self
        unread.meaning = .unreadable
        return unread
    }

    /// Whether other orders have its `MessageId`.
    var isConflict: Bool {
        if case .sale(let sale) = self.meaning { sale.messageID?.hasPrefix("same-") ?? false } else { false }
    }

    static func shardID(_ number: Int) -> String {
        let digits = String(number)
        return "shardId-" + String(repeating: "0", count: 12 - digits.utf8.count) + digits
    }
}

/// An order as its producer meant it.
struct Sale: Hashable, Sendable {
    var messageID: String?
    /// Nil where the pipeline makes the id.
    var orderID: String?
    var userID: String
    var amount: Amount
    var currency: String
    var products: [Product]
    /// `createdUtc`, in seconds since 1970; nil where the order says none.
    var created: Int64?
    /// The order's day in UTC.
    var day: String
    /// When the order happened, as text.
    var at: String

    struct Product: Hashable, Sendable {
        let id: String
        let quantity: Int
    }

    /// What a repetition says again: two records of one `MessageId` and different facts are different orders.
    var facts: Facts {
        Facts(
            orderID: self.orderID,
            created: self.created,
            amount: self.amount,
            currency: self.currency,
            products: self.products.sorted { ($0.id, $0.quantity) < ($1.id, $1.quantity) }
        )
    }

    struct Facts: Hashable, Sendable {
        let orderID: String?
        let created: Int64?
        let amount: Amount
        let currency: String
        let products: [Product]
    }
}
