internal import JSONText
internal import LambdaEvents
internal import LambdaRuntime
internal import Orders

/// The changes of one event, each with the order that its new image holds.
struct OrderChangeBatch<Subject: Assuming>: Sendable {
    /// The changes in the event's order.
    let records: [Result<DynamoDBEventRecord, RecordError>]
    /// What each record's new image holds, by the record's index; nil, or past the end, where there is no image.
    private let orders: [Result<Subject, OrderError>?]

    /// Reads the event, and each new image with `image` as it comes by.
    init(
        _ event: [UInt8],
        image: (inout JSONReader) throws -> Result<Subject, OrderError>
    ) throws(EventError) {
        var orders: [Result<Subject, OrderError>?] = []
        self.records = try DynamoDBEvent.read(event) { index, reader in
            let order = try image(&reader)
            while orders.count <= index { orders.append(nil) }
            orders[index] = order
        }.records
        self.orders = orders
    }

    /// How many of the images could be read only by taking this for granted.
    func count(_ assumption: Assumptions) -> Int {
        self.records.count { record in
            guard case .success(let record) = record, case .success(let order) = self.order(of: record) else {
                return false
            }
            return order.assumptions.contains(assumption)
        }
    }

    /// What the record's new image holds; nil where it has none.
    func order(of record: DynamoDBEventRecord) -> Result<Subject, OrderError>? {
        record.newImage != nil ? self.orders[record.index] : nil
    }
}

/// A change that can never be processed.
struct PoisonChange: Sendable {
    let letter: DeadLetter
    let itemIdentifier: String?

    /// An element of the event that cannot be read as a record.
    init(_ error: RecordError, source: String) {
        self.letter = DeadLetter(
            reason: error.reason,
            source: source,
            position: .dynamoDBStream(eventID: error.eventID),
            record: error.json
        )
        self.itemIdentifier = error.itemIdentifier
    }

    /// A record whose image is no order.
    init(_ record: DynamoDBEventRecord, _ error: OrderError) {
        self.letter = DeadLetter(
            reason: error.description,
            source: record.eventSourceARN ?? "unknown",
            position: .dynamoDBStream(eventID: record.eventID),
            record: Array(record.json)
        )
        self.itemIdentifier = record.itemIdentifier
    }

    /// The log's fields about the change.
    var fields: KeyValuePairs<String, LogValue> {
        let eventID =
            if case .dynamoDBStream(let eventID?) = self.letter.position { eventID } else { "unknown" }
        return ["event_id": .string(eventID), "reason": .string(self.letter.reason)]
    }
}

extension ChangeKind {
    /// What the stream's record says that happened.
    init(_ eventName: DynamoDBEventRecord.EventName) {
        switch eventName {
        case .insert: self = .insert
        case .modify: self = .modify
        case .remove: self = .remove
        }
    }
}
