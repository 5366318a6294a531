internal import AWSClient
internal import LambdaEvents
package import LambdaRuntime
package import Orders
package import Platform

/// Stores the orders of SQS messages: any order of delivery and any number of deliveries end in the same items.
///
/// A message that fails, for good or for now, is reported, so that SQS brings it again and after three receives moves
/// it to OrderDLQ; its neighbours are not affected.
package struct OrderWriter: OrderFunction {
    /// What its folders, resource and product call this function.
    package static let name = "OrderWriter"

    private let table: OrdersTable
    private let rules: InputRules
    private let services: AWSServices

    /// A handler that stores orders in `table`.
    package init(table: OrdersTable, rules: InputRules = InputRules(), services: AWSServices) {
        self.table = table
        self.rules = rules
        self.services = services
    }

    /// Stores the orders of an event of SQS, or the one order of an event of EventBridge.
    package func handle(_ event: [UInt8], context: InvocationContext) async throws -> [UInt8] {
        let now = self.services.time.now
        let deadline = self.services.workDeadline(of: context)
        let messages: SQSEvent
        do {
            messages = try SQSEvent.read(event)
        } catch {
            guard error.code == .notAnEnvelope, let event = EventBridgeEvent(event) else { throw error }
            let batch = OrderMessageBatch(event, rules: self.rules, now: now)
            let failed = await self.store(batch, until: deadline, logger: context.logger)
            // An event that comes alone has nothing to be reported in: an error brings it again.
            guard failed.isEmpty else { throw DirectEventError() }
            return BatchResponse().json()
        }
        let batch = OrderMessageBatch(messages, rules: self.rules, now: now)
        var response = BatchResponse()
        for messageID in await self.store(batch, until: deadline, logger: context.logger) {
            try response.fail(messageID)
        }
        return response.json()
    }

    /// Stores the messages, and gives the ids of those that have to come again; nil for a message without one.
    private func store(_ batch: OrderMessageBatch, until deadline: WorkDeadline, logger: Logger) async -> [String?] {
        let beginnings = await self.table.begin(batch.groups.map { $0[0].update }, until: deadline)
        var tally = Tally()
        var unfinished: [(messages: [OrderMessageBatch.Message], beginning: OrdersTable.Beginning)] = []
        for (messages, beginning) in zip(batch.groups, beginnings) {
            if case .inserted = beginning, messages.count == 1 {
                tally.written += 1
            } else {
                unfinished.append((messages, beginning))
            }
        }
        let tallies = await concurrentMap(unfinished) { order in
            await self.store(order.messages, from: order.beginning, until: deadline, logger: logger)
        }
        for other in tallies { tally.add(other) }
        for refusal in batch.refusals {
            logger.error(
                "order message refused",
                ["message_id": .string(refusal.messageID ?? "unknown"), "reason": .string(refusal.reason)]
            )
            tally.failed.append(refusal.messageID)
        }
        logger.info(
            "batch done",
            [
                "read": .integer(batch.count), "written": .integer(tally.written),
                "unchanged": .integer(tally.unchanged), "refused": .integer(batch.refusals.count),
                "failed": .integer(tally.failed.count - batch.refusals.count),
                "zoneless_timestamps": .integer(batch.count(.zonelessTimestamp)),
                "rounded_amounts": .integer(batch.count(.roundedAmount)), "message_ids": .strings(batch.messageIDs),
                "correlation_ids": .strings(batch.correlationIDs),
            ]
        )
        return tally.failed
    }

    /// Stores one order's messages one after the other, so that the table's stream shows each transition.
    ///
    /// Nothing is stored behind a message that failed for now: a newer one would hide the older one's transition.
    private func store(
        _ messages: [OrderMessageBatch.Message],
        from beginning: OrdersTable.Beginning,
        until deadline: WorkDeadline,
        logger: Logger
    ) async -> Tally {
        var tally = Tally()
        var state = beginning
        for (index, message) in messages.enumerated() {
            do {
                if case .pending = state { try deadline.check() }
                let outcome = try await self.table.apply(message.update, from: state, until: deadline)
                state = .pending(outcome.item)
                if outcome.isWritten { tally.written += 1 } else { tally.unchanged += 1 }
            } catch {
                logger.error(
                    "order not stored",
                    [
                        "message_id": .string(message.messageID), "reason": .string("\(error)"),
                        "correlation_id": .correlationID(message.update.correlationID),
                    ]
                )
                if let error = error as? AWSError, error.isPermanent {
                    tally.failed.append(message.messageID)
                    if case .failed = state { state = .pending(nil) }
                    continue
                }
                tally.failed += messages[index...].map(\.messageID)
                break
            }
        }
        return tally
    }
}

/// Tells Lambda to bring an event again that EventBridge handed over directly; the log lines before say why.
private struct DirectEventError: Error, CustomStringConvertible {
    let description =
        "the order of the EventBridge event is not stored; the log line before says why, and Lambda brings the event again "
        + "or gives it to the function's destination for failures"
}

/// What became of messages.
private struct Tally {
    var written = 0
    var unchanged = 0
    /// The ids of the messages that have to come again; nil for a message without one.
    var failed: [String?] = []

    mutating func add(_ other: Tally) {
        self.written += other.written
        self.unchanged += other.unchanged
        self.failed += other.failed
    }
}

extension OrderWriter {
    /// Configured by `ORDERS_TABLE`, the two minimum amounts and `ZONELESS_TIMESTAMPS`.
    package init(environment: Environment, services: AWSServices) throws {
        let rules = try environment.inputRules()
        let table = OrdersTable(
            name: try environment.require("ORDERS_TABLE"),
            bands: try environment.amountBands(),
            rules: rules,
            services: services
        )
        self.init(table: table, rules: rules, services: services)
    }
}
