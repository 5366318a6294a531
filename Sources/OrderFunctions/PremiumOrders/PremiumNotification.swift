internal import JSONText
internal import LambdaEvents
internal import Orders
internal import Platform

/// What subscribers of the premium topic learn about a shipped order:
/// `{"orderId","amount","currency","customerId","eventID","shippedAt"}`, members without a value left out.
struct PremiumNotification: Sendable {
    /// The stream's id of the change, the same for every repetition.
    let eventID: String?
    private let order: Order
    private let shippedAt: String?

    /// `shippedAt` is the instant of the message that said so, else of the item, else of the change.
    init(_ order: Order, _ record: DynamoDBStreamRecord) {
        self.eventID = record.eventID
        self.order = order
        self.shippedAt =
            (order.statusTimestamp ?? order.timestamp)?.text
            ?? record.approximateCreationDateTime.map { Timestamp($0).text }
    }

    /// The message's text; the amount is a number with all its digits.
    var json: String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("orderId", self.order.id.text)
            if let amount = self.order.amount {
                writer.key("amount")
                writer.raw(amount.text.utf8)
            }
            writer.member("currency", (self.order.currency ?? .usd).text)
            if let userID = self.order.userID { writer.member("customerId", userID.text) }
            if let eventID = self.eventID { writer.member("eventID", eventID) }
            if let shippedAt = self.shippedAt { writer.member("shippedAt", shippedAt) }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
