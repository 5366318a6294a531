import Foundation

/// A change of an order, to be written as a record of the table's stream.
struct StreamChange {
    var eventID: String?
    var sequenceNumber: String?
    var eventName = "MODIFY"
    var orderID: String?
    var old: String? = "pending"
    var new: String? = "shipped"
    /// An attribute value: `{"N":"1500"}`.
    var amount: [String: String]? = ["N": "1500"]
    var email: String?
    /// Makes the record as large as a test wants it.
    var note: String?
    var hasNewImage = true

    /// The `number`-th change of a batch: a premium order that was shipped.
    init(_ number: Int) {
        self.eventID = "event-\(number)"
        self.sequenceNumber = "10000\(number)"
        self.orderID = "ORD-\(number)"
    }

    private func image(status: String?) -> [String: Any] {
        var image: [String: Any] = ["currency": ["S": "EUR"], "userId": ["S": "U-1"]]
        image["orderId"] = self.orderID.map { ["S": $0] }
        image["status"] = status.map { ["S": $0] }
        image["amount"] = self.amount
        image["customerEmail"] = self.email.map { ["S": $0] }
        image["note"] = self.note.map { ["S": $0] }
        return image
    }

    var json: [String: Any] {
        var dynamodb: [String: Any] = ["ApproximateCreationDateTime": 1_746_273_605]
        dynamodb["SequenceNumber"] = self.sequenceNumber
        if self.hasNewImage { dynamodb["NewImage"] = self.image(status: self.new) }
        if self.eventName != "INSERT" { dynamodb["OldImage"] = self.image(status: self.old) }
        var record: [String: Any] = [
            "eventName": self.eventName, "eventSource": "aws:dynamodb", "eventSourceARN": "arn:stream",
            "dynamodb": dynamodb,
        ]
        record["eventID"] = self.eventID
        return record
    }
}

/// Who delivers changes.
enum StreamDelivery: CaseIterable {
    case pipe, eventSourceMapping, single

    func event(_ changes: [StreamChange]) throws -> [UInt8] {
        let records = changes.map(\.json)
        let event: Any =
            switch self {
            case .pipe: records
            case .eventSourceMapping: ["Records": records]
            case .single: records[0]
            }
        return Array(
            try JSONSerialization.data(withJSONObject: event, options: [.sortedKeys, .withoutEscapingSlashes])
        )
    }
}
