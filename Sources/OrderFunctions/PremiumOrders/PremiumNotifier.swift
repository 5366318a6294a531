internal import AWSClient
internal import JSONText
internal import LambdaEvents
internal import Orders
internal import Platform

/// Publishes premium notifications, ten in a request: that costs a tenth of what ten requests cost, in money and in
/// signatures.
package struct PremiumNotifier: Sendable {
    private let topicARN: String
    private let services: AWSServices

    /// A notifier of a topic.
    package init(topicARN: String, services: AWSServices) {
        self.topicARN = topicARN
        self.services = services
    }

    /// Publishes the notifications, and gives for each in order why it was not published; nil where it was.
    func publish(_ notifications: [PremiumNotification], until deadline: WorkDeadline) async -> [(any Error)?] {
        let size = PublishBatchInput.maximumEntries
        let batches = stride(from: 0, to: notifications.count, by: size).map { start in
            notifications[start..<min(start + size, notifications.count)].map(\.entry)
        }
        let outcomes = await concurrentMap(batches, limit: AWSServices.halfOfTheRequests) { batch in
            await self.publish(batch, until: deadline)
        }
        return outcomes.flatMap { $0 }
    }

    /// Publishes one batch; entries that are refused for a passing reason are published again.
    private func publish(
        _ entries: [PublishBatchInput.Entry],
        until deadline: WorkDeadline
    ) async -> [(any Error)?] {
        var errors: [(any Error)?] = Array(repeating: OutOfTime(), count: entries.count)
        var open = Array(entries.indices)
        var attempt = 0
        while !open.isEmpty {
            if deadline.hasPassed { return errors }
            let outcomes = await self.attempt(open.map { entries[$0] }, until: deadline)
            for (index, outcome) in zip(open, outcomes) { errors[index] = outcome }
            open = zip(open, outcomes).filter { $1?.isRetryable == true && $1?.code != .cancelled }.map(\.0)
            attempt += 1
            if !open.isEmpty, !(await deadline.wait(afterFailures: attempt)) { break }
        }
        return errors
    }

    /// Makes one request, or where that is refused as a whole for what is in it, one for each half.
    private func attempt(
        _ entries: [PublishBatchInput.Entry],
        until deadline: WorkDeadline
    ) async -> [AWSError?] {
        do {
            let input = PublishBatchInput(topicARN: self.topicARN, entries: entries)
            return try await self.services.sns(until: deadline).publishBatch(input)
        } catch {
            guard error.concernsTheInput, entries.count > 1 else {
                return Array(repeating: error, count: entries.count)
            }
            let middle = entries.count / 2
            let first = await self.attempt(Array(entries[..<middle]), until: deadline)
            return first + (await self.attempt(Array(entries[middle...]), until: deadline))
        }
    }
}

extension AWSError {
    /// Whether SNS found the input wrong, which may be one entry's fault.
    ///
    /// Halves would be refused as the whole is for anything else that SNS answers with 400, such as a topic's key that cannot
    /// be used.
    fileprivate var concernsTheInput: Bool {
        switch self.code.rawValue {
        case "InvalidParameter", "ParameterValueInvalid", "ValidationException", "ValidationError",
            "BatchRequestTooLong":
            true
        // The client's name for an answer without one.
        case "BadRequest": true
        default: false
        }
    }
}

extension PremiumNotification {
    /// The notification as SNS takes it, with two attributes: the event id, by which receivers drop repetitions, and the trace,
    /// which OpenTelemetry's receivers continue.
    fileprivate var entry: PublishBatchInput.Entry {
        var attributes: [String: String] = [:]
        attributes["eventID"] = self.eventID
        attributes["traceparent"] = TraceContext.current?.traceParent
        return PublishBatchInput.Entry(message: self.json, messageAttributes: attributes)
    }
}

/// What subscribers of the premium topic learn about a shipped order:
/// `{"orderId","amount","currency","customerId","eventID","shippedAt"}`, members without a value left out.
struct PremiumNotification: Sendable {
    /// The stream's id of the change, the same for every repetition.
    let eventID: String?
    private let order: OrderImage
    private let shippedAt: String?

    /// `shippedAt` is the instant of the message that said so, else of the item, else of the change.
    init(_ order: OrderImage, _ record: DynamoDBEventRecord) {
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
            if let amount = self.order.routing.amount {
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
