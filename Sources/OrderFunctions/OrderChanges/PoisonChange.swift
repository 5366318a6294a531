internal import LambdaEvents
internal import LambdaRuntime
internal import Orders

/// A change that can never be processed.
struct PoisonChange: Sendable {
    let letter: DeadLetter
    let itemIdentifier: String?

    /// A record that is none.
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
    init(_ record: DynamoDBStreamRecord, _ error: OrderError) {
        self.letter = DeadLetter(
            reason: error.description,
            source: record.eventSourceARN ?? "unknown",
            position: .dynamoDBStream(eventID: record.eventID),
            record: Array(record.json)
        )
        self.itemIdentifier = record.itemIdentifier
    }

    var fields: KeyValuePairs<String, LogValue> {
        let eventID =
            if case .dynamoDBStream(let eventID?) = self.letter.position { eventID } else { "unknown" }
        return ["event_id": .string(eventID), "reason": .string(self.letter.reason)]
    }
}
