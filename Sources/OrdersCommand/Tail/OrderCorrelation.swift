internal import EventPatterns
internal import Orders

/// Finds the log lines of one order across functions: by its id, and by the other ids that its records and lines have.
package struct OrderCorrelation: Sendable {
    /// Members of a log line that name one record, message or change, never a whole invocation, which is about others too.
    private static let members = ["order_id", "event_id", "message_id", "correlation_id", "sequence_number"]

    private let orderID: String
    private var ids: Set<String>
    private let mention: OrderMention

    /// A search that knows only the order's own id.
    package init(orderID: String) {
        self.orderID = orderID
        self.ids = [orderID]
        self.mention = OrderMention(of: [orderID])
    }

    /// Learns the ids of a record of the order: its message and correlation ids, and its place in the stream.
    package mutating func learn(_ record: ArchivedRecord) {
        if let eventID = record.eventID { self.ids.insert(eventID) }
        self.ids.insert(record.subSequenceNumber.map { "\(record.sequenceNumber):\($0)" } ?? record.sequenceNumber)
        guard case .object(let event)? = try? JSONValue(parsing: record.content),
            case .string(let id)? = event["CorrelationId"]
        else { return }
        self.ids.insert(id)
    }

    /// Learns what the order's producer calls it, by its row.
    package mutating func learn(_ row: OrderRow) {
        if let id = row.order.correlationID?.value { self.ids.insert(id) }
    }

    /// Whether the line is about the order; what else it names is learned.
    ///
    /// A line about another order is not, although the orders of one request share their correlation id.
    package mutating func admits(_ line: FunctionLogLine) -> Bool {
        let named = Self.members.compactMap { line[$0] }.filter { !$0.isEmpty && $0 != "unknown" }
        let isOfAnother = line["order_id"].map { !$0.isEmpty && $0 != self.orderID } ?? false
        guard
            (!isOfAnother && named.contains(where: { self.ids.contains($0) }))
                || !self.mention.ids(in: Array(line.text.utf8)).isEmpty
        else { return false }
        self.ids.formUnion(named)
        return true
    }
}
