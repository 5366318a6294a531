internal import EventPatterns
internal import LambdaRuntime
package import Orders

/// Finds the log lines of one order across functions: by its id, and by the other ids that its records and lines have.
///
/// Logs mask ids as they mask any text: one of 14 to 19 digits may look like the number of a card. Another order's id may
/// look the same once it is masked, so that a masked id alone does not make a line the order's.
package struct OrderCorrelation: Sendable {
    /// Members of a log line that name one record, message or change, never a whole invocation, which is about others too.
    private static let members = ["order_id", "event_id", "message_id", "correlation_id", "sequence_number"]
    /// What a masked text has.
    private static let mask = "***"

    /// The order's id as logs show it.
    private let shownID: ExactText
    /// The ids as logs show them.
    private var ids: Set<ExactText> = []
    /// Those of them that others may look like.
    private var maskedIDs: Set<ExactText> = []
    private let mention: OrderMention
    /// Whether logs mask the order's id, so that its lines are found by its other ids alone.
    package let isMasked: Bool

    /// A search that knows only the order's own id.
    package init(orderID: OrderID) {
        self.shownID = ExactText(PersonalData.masked(orderID.text))
        self.isMasked = self.shownID != ExactText(orderID.text)
        self.mention = OrderMention(of: [orderID])
        self.learn(orderID.text)
    }

    /// Learns the ids of a record of the order: its message and correlation ids, and its place in the stream.
    package mutating func learn(_ record: ArchivedRecord) {
        if let eventID = record.eventID { self.learn(eventID.text) }
        self.learn(record.subSequenceNumber.map { "\(record.sequenceNumber):\($0)" } ?? record.sequenceNumber)
        guard case .object(let event)? = try? JSONValue(parsing: record.content),
            case .string(let id)? = event["CorrelationId"]
        else { return }
        self.learn(id)
    }

    /// Learns what the order's producer calls it, by its row.
    package mutating func learn(_ row: OrderRow) {
        if let id = row.order.correlationID?.value { self.learn(id) }
    }

    /// Learns an id that only the order has, for example that of a change of its row.
    package mutating func learn(_ id: String) {
        let shown = ExactText(PersonalData.masked(id))
        self.ids.insert(shown)
        if shown != ExactText(id) { self.maskedIDs.insert(shown) }
    }

    /// Whether a line that is not admitted may be one of the order, so that an id which is learned later may tell.
    ///
    /// `learnsChanges` says whether the ids of the order's changes are learned while lines are read: a line may name a
    /// change and no order. `learnsRecords` says the same of its records, which give any other id.
    package func mayAdmitLater(
        _ line: FunctionLogLine,
        learnsChanges: Bool,
        learnsRecords: Bool = false
    ) -> Bool {
        if let orderID = line["order_id"], !orderID.isEmpty {
            return self.isMasked && ExactText(orderID) == self.shownID
        }
        if learnsRecords { return !Self.names(in: line, of: Self.members).isEmpty }
        return learnsChanges && !Self.names(in: line, of: ["event_id"]).isEmpty
    }

    /// What the line names by these members.
    private static func names(in line: FunctionLogLine, of members: [String]) -> Set<ExactText> {
        Set(members.compactMap { line[$0] }.filter { !$0.isEmpty && $0 != "unknown" }.map { ExactText($0) })
    }

    /// Whether the line is about the order; what else it names is learned.
    ///
    /// A line about another order is not, although the orders of one request share their correlation id.
    package mutating func admits(_ line: FunctionLogLine) -> Bool {
        let named = Self.names(in: line, of: Self.members)
        let isOfAnother = line["order_id"].map { !$0.isEmpty && ExactText($0) != self.shownID } ?? false
        let known = named.intersection(self.ids)
        // Another order may look like one masked id of this order, but not like two.
        let isNamed = !known.isSubset(of: self.maskedIDs) || known.count > 1
        guard (!isOfAnother && isNamed) || !self.mention.ids(in: Array(line.text.utf8)).isEmpty else { return false }
        self.maskedIDs.formUnion(named.subtracting(self.ids).filter { $0.text.contains(Self.mask) })
        self.ids.formUnion(named)
        return true
    }
}
