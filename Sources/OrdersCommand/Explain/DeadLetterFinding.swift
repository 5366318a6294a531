package import AWSOperations
internal import EventPatterns
internal import JSONText
internal import LambdaEvents
internal import OrderFunctions
package import Orders
internal import PipesRunner
internal import Platform

/// A message of a dead-letter queue that is about an order.
package struct DeadLetterFinding: Sendable, Equatable {
    /// The queue's name in the template.
    package let queue: String
    /// The id that SQS made for the message.
    package let messageID: String
    /// When SQS got it, in milliseconds since 1970.
    package let sentAt: Int64?
    /// The function that sent it; nil for SQS's own redrive and for a Pipe.
    package let function: String?
    /// Why: by the message itself, else, for those that SQS moved there, by the log of the function that had refused it.
    package var reason: String?
    /// The change of the table that it is about.
    package let eventID: String?
}

/// Finds out which orders the messages of dead-letter queues are about.
///
/// It performs no I/O. What is in a message is foreign: it is looked at and never followed, so a letter whose record is in
/// S3 is matched by its place alone.
package struct DeadLetterMatcher: Sendable {
    private let mention: OrderMention
    private let ids: Set<OrderID>
    /// Order ids by the places of their records in the order stream.
    private let places: [String: Set<OrderID>]
    /// The changes of the table that are known, for messages of a Pipe, which only point to them.
    private let changes: [(id: OrderID, change: TableChange)]

    /// A matcher of the orders with these ids, whose records and changes are those that were found.
    package init(ids: Set<OrderID>, records: [OrderID: [ArchivedRecord]], changes: [OrderID: [TableChange]]) {
        self.ids = ids
        self.mention = OrderMention(of: ids)
        var places: [String: Set<OrderID>] = [:]
        for (id, records) in records {
            for record in records { places[record.place, default: []].insert(id) }
        }
        self.places = places
        self.changes = changes.flatMap { entry in entry.value.map { (id: entry.key, change: $0) } }
    }

    /// The findings of one message, by order id.
    package func findings(in message: SQSMessage, of queue: String) -> [(id: OrderID, finding: DeadLetterFinding)] {
        switch DeadLetterMessage(body: message.body) {
        case .letter(let letter): self.findings(of: letter, message, queue)
        case .pointer(let range): self.findings(of: range, message, queue)
        case .unknown:
            self.mention.ids(in: Self.content(of: message.body)).map {
                ($0, Self.finding(queue, message, function: nil, reason: nil, eventID: nil))
            }
        }
    }

    private func findings(
        of letter: DeadLetterMessage.FunctionLetter,
        _ message: SQSMessage,
        _ queue: String
    ) -> [(id: OrderID, finding: DeadLetterFinding)] {
        var found: Set<OrderID> = []
        var eventID: String?
        if let shardID = letter.shardID, let number = letter.sequenceNumber {
            let part = letter.subSequenceNumber.map { ":\($0)" } ?? ""
            found = self.places["\(shardID):\(number)\(part)"] ?? []
        }
        if case .bytes(let bytes) = letter.record {
            if letter.shardID == nil {
                let change = Self.change(in: bytes)
                eventID = change.eventID
                if let id = change.orderID.flatMap({ OrderID($0) }), self.ids.contains(id) { found.insert(id) }
                if change.orderID == nil { found.formUnion(self.mention.ids(in: bytes)) }
            } else {
                let text = Gzip.isGzip(bytes) ? (try? Gzip.decompress(bytes)) ?? bytes : bytes
                found.formUnion(self.mention.ids(in: text))
            }
        }
        return found.sorted().map { id in
            (id, Self.finding(queue, message, function: letter.function, reason: letter.reason, eventID: eventID))
        }
    }

    private func findings(
        of range: DeadLetterMessage.StreamRange,
        _ message: SQSMessage,
        _ queue: String
    ) -> [(id: OrderID, finding: DeadLetterFinding)] {
        guard let start = SequenceNumber(range.start), let end = SequenceNumber(range.end) else { return [] }
        return self.changes.filter { _, change in
            guard change.shardID == range.shardID, let number = change.sequenceNumber.flatMap({ SequenceNumber($0) })
            else { return false }
            return start <= number && number <= end
        }.map { id, change in
            let reason = "the Pipe gave up on a batch of \(range.count.counting("record")), which this change is among"
            return (id, Self.finding(queue, message, function: nil, reason: reason, eventID: change.eventID))
        }
    }

    private static func finding(
        _ queue: String,
        _ message: SQSMessage,
        function: String?,
        reason: String?,
        eventID: String?
    ) -> DeadLetterFinding {
        DeadLetterFinding(
            queue: queue,
            messageID: message.messageID,
            sentAt: message.attributes["SentTimestamp"].flatMap { Int64($0) },
            function: function,
            reason: reason,
            eventID: eventID
        )
    }

    /// The message itself, out of SNS's envelope or as it is.
    fileprivate static func content(of body: String) -> [UInt8] {
        guard case .object(let envelope)? = try? JSONValue(parsing: body.utf8),
            case .string("Notification")? = envelope["Type"], case .string(let message)? = envelope["Message"]
        else { return Array(body.utf8) }
        return Array(message.utf8)
    }

    /// The event id and the order's id of a record of the table's stream.
    fileprivate static func change(in bytes: [UInt8]) -> (eventID: String?, orderID: String?) {
        guard case .object(let record)? = try? JSONValue(parsing: bytes) else { return (nil, nil) }
        var eventID: String?
        if case .string(let id)? = record["eventID"] { eventID = id }
        guard case .object(let change)? = record["dynamodb"], case .object(let keys)? = change["Keys"],
            case .object(let key)? = keys["orderId"], case .string(let id)? = key["S"]
        else { return (eventID, nil) }
        return (eventID, id)
    }
}

/// What one message of a dead-letter queue says by itself: which order it is about, and why it is there.
package struct DeadLetterContents: Sendable, Equatable {
    /// Nil where the message has none that can be read; a Pipe's only points to its records.
    package let orderID: String?
    /// Why it is there, in a sentence that begins with who says so.
    package let reason: String

    /// `rules` are OrderWriter's: SQS moves a message without a reason, so that it is judged once more.
    package init(_ message: SQSMessage, of queue: String, rules: InputRules) {
        switch DeadLetterMessage(body: message.body) {
        case .letter(let letter):
            self.orderID = Self.orderID(in: letter)
            self.reason = "\(letter.function): \(letter.reason)"
        case .pointer(let range):
            self.orderID = nil
            self.reason = "a Pipe gave up on \(range.count.counting("record")) of \(range.shardID)"
        case .unknown:
            let content = DeadLetterMatcher.content(of: message.body)
            self.orderID = (try? WrittenIDs(parsing: content))?.id(.messageOrderID)
            self.reason =
                queue == "OrderTopicDLQ"
                ? "SNS could not deliver it to OrderQueue" : Self.refusal(of: content, message, rules)
        }
    }

    private static func refusal(of content: [UInt8], _ message: SQSMessage, _ rules: InputRules) -> String {
        let sent = message.attributes["SentTimestamp"].flatMap { Int64($0) }
        do throws(OrderError) {
            _ = try OrderUpdate(
                message: content,
                rules: rules,
                arrival: sent.map { Timestamp(UTCInstant(millisecondsSince1970: $0)) }
            )
            return "OrderWriter could not store it (--logs, or its log, has why)"
        } catch {
            return "OrderWriter: \(error)"
        }
    }

    private static func orderID(in letter: DeadLetterMessage.FunctionLetter) -> String? {
        guard case .bytes(let bytes) = letter.record else { return nil }
        guard letter.shardID != nil else { return DeadLetterMatcher.change(in: bytes).orderID }
        let text = Gzip.isGzip(bytes) ? (try? Gzip.decompress(bytes)) ?? bytes : bytes
        guard let envelope = try? WrittenIDs(parsing: text) else { return nil }
        let event = envelope[.detail] ?? envelope
        return event[.payload]?.id(.eventOrderID) ?? event.id(.shortOrderID)
    }
}
