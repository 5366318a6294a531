internal import AWSClient
internal import Orders
internal import Platform

/// The orders of one request with the ids and events that were made for them.
struct IntakeBatch: Sendable {
    /// One order that goes into the stream.
    struct Entry: Sendable {
        let orderID: OrderID
        let messageID: Identifier
    }

    let correlationID: String
    /// In the request's order; what is refused has no event.
    let entries: [Result<Entry, PostedOrders.Fault>]
    /// Of the entries that have one, in their order.
    let records: [KinesisPutRecord]

    init(
        _ orders: [Result<NewOrder, PostedOrders.Fault>],
        ids: IntakeIDs,
        correlationID: String?,
        occurred: UTCInstant
    ) {
        self.correlationID = correlationID ?? ids.correlationID()
        var entries: [Result<Entry, PostedOrders.Fault>] = []
        entries.reserveCapacity(orders.count)
        var records: [KinesisPutRecord] = []
        for (position, order) in orders.enumerated() {
            switch order {
            case .failure(let fault): entries.append(.failure(fault))
            case .success(let order):
                let orderID = order.orderID ?? ids.orderID(at: position)
                let entry = Entry(orderID: orderID, messageID: ids.messageID(at: position))
                let event = order.event(
                    messageID: entry.messageID,
                    correlationID: self.correlationID,
                    orderID: entry.orderID,
                    occurred: occurred
                )
                entries.append(.success(entry))
                records.append(KinesisPutRecord(data: event, partitionKey: entry.orderID.text))
            }
        }
        self.entries = entries
        self.records = records
    }
}
