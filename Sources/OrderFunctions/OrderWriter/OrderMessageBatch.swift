internal import LambdaEvents
internal import Orders
internal import Platform

/// The messages of one event, decoded and put together by order.
struct OrderMessageBatch {
    /// A message and what it says about its order.
    struct Message: Sendable {
        let messageID: String
        let update: OrderUpdate
    }

    /// A message that can never be stored.
    struct Refusal: Sendable {
        /// The id to report; nil for a record without one, which comes again only if the whole batch fails.
        let messageID: String?
        let reason: String
    }

    /// How many messages there are, refused ones included.
    let count: Int
    /// One element for each order, with the messages about it, oldest first.
    private(set) var groups: [[Message]] = []
    private(set) var refusals: [Refusal] = []

    /// Decodes the messages of a queue; `now` stands for the arrival of a message that does not say when it was sent.
    init(_ event: SQSEvent, rules: InputRules, now: UTCInstant) {
        self.count = event.records.count
        var messages: [Message] = []
        for record in event.records {
            switch Self.decode(record, rules, now) {
            case .failure(let refusal): self.refusals.append(refusal)
            case .success(let message): messages.append(message)
            }
        }
        self.groups = messages.grouped { $0.update.id }
        for place in self.groups.indices { self.groups[place].sortByTimestamp() }
    }

    /// Decodes the one message that EventBridge hands over directly.
    ///
    /// `now` stands for its arrival. The event's own `time` cannot: a producer may set it (`PutEvents`, `Time`), so that a
    /// clock that goes ahead would vouch for itself. Lambda tries an asynchronous event for 6 hours at most, by which `now`
    /// is later than the arrival.
    init(_ event: EventBridgeEvent, rules: InputRules, now: UTCInstant) {
        self.count = 1
        do {
            let update = try OrderUpdate(message: event.envelope, rules: rules, arrival: Timestamp(now))
            self.groups = [[Message(messageID: event.id ?? "unknown", update: update)]]
        } catch {
            self.refusals = [Refusal(messageID: event.id, reason: error.description)]
        }
    }

    /// The messages' ids, refused ones included, by order.
    var messageIDs: [String] {
        self.groups.flatMap { $0.map(\.messageID) } + self.refusals.map { $0.messageID ?? "unknown" }
    }

    /// What the producers call the messages.
    var correlationIDs: [String] {
        var ids = CorrelationIDs(records: self.groups.count)
        for group in self.groups { for message in group { ids.insert(message.update.correlationID) } }
        return ids.all
    }

    /// How many of the messages could be read only by taking this for granted.
    func count(_ assumption: Assumptions) -> Int {
        self.groups.reduce(0) { $0 + $1.count { $0.update.assumptions.contains(assumption) } }
    }

    private static func decode(
        _ record: Result<SQSEventRecord, RecordError>,
        _ rules: InputRules,
        _ now: UTCInstant
    ) -> Result<Message, Refusal> {
        switch record {
        case .failure(let error):
            return .failure(Refusal(messageID: error.itemIdentifier, reason: error.description))
        case .success(let record):
            do {
                let update = try OrderUpdate(
                    message: record.message,
                    rules: rules,
                    arrival: Timestamp(record.sentTimestamp ?? now)
                )
                return .success(Message(messageID: record.messageID, update: update))
            } catch {
                return .failure(Refusal(messageID: record.messageID, reason: error.description))
            }
        }
    }
}

extension OrderMessageBatch.Refusal: Error {}

extension [OrderMessageBatch.Message] {
    /// Sorts by instant, and those of one instant by the order in which a merge shows both; else the order of delivery
    /// stays.
    fileprivate mutating func sortByTimestamp() {
        guard self.count > 1 else { return }
        self = self.enumerated().sorted { left, right in
            let order = left.element.update.mergeOrder(right.element.update)
            return order == 0 ? left.offset < right.offset : order < 0
        }.map(\.element)
    }
}
