internal import AWSClient
internal import LambdaEvents
package import LambdaRuntime
internal import Orders
package import Platform

/// Stores the orders of SQS messages: any order of delivery and any number of deliveries end in the same items.
///
/// A message that fails, for good or for now, is reported, so that SQS brings it again and after three receives moves
/// it to OrderDLQ; its neighbours are not affected.
package struct OrderWriter: LambdaHandler {
    /// Orders of one batch that are written side by side.
    private static let concurrentOrders = 32

    private let table: OrdersTable
    private let time: any TimeSource

    package init(table: OrdersTable, time: any TimeSource) {
        self.table = table
        self.time = time
    }

    package func handle(_ event: [UInt8], context: InvocationContext) async throws -> [UInt8] {
        let batch = OrderMessageBatch(try SQSEvent.read(event))
        let deadline = WorkDeadline(deadline: context.deadline, now: self.time.now)
        for refusal in batch.refused {
            context.logger.error(
                "order message refused",
                ["message_id": .string(refusal.messageID ?? "unknown"), "reason": .string(refusal.reason)]
            )
        }
        let outcomes = await concurrentMap(batch.groups, limit: Self.concurrentOrders) { group in
            await self.apply(group, until: deadline, logger: context.logger)
        }
        let failed = outcomes.flatMap(\.failed)
        context.logger.info(
            "batch done",
            [
                "read": .integer(batch.count), "written": .integer(outcomes.reduce(0) { $0 + $1.written }),
                "unchanged": .integer(outcomes.reduce(0) { $0 + $1.unchanged }),
                "refused": .integer(batch.refused.count), "failed": .integer(failed.count),
            ]
        )
        var response = BatchResponse()
        for refusal in batch.refused { try response.fail(refusal.messageID) }
        for messageID in failed { try response.fail(messageID) }
        return response.json()
    }

    private struct Outcome {
        var written = 0
        var unchanged = 0
        /// Ids of the messages that have to come again.
        var failed: [String] = []
    }

    /// Applies one order's messages one after the other, so that the table's stream shows each transition.
    ///
    /// Nothing is applied behind a message that failed for now: a newer one would hide the older one's transition.
    private func apply(
        _ group: OrderMessageBatch.Group,
        until deadline: WorkDeadline,
        logger: Logger
    ) async -> Outcome {
        var outcome = Outcome()
        var known: OrdersTable.Item?
        for (index, message) in group.messages.enumerated() {
            do {
                guard !deadline.hasPassed(at: self.time.now) else { throw UnfinishedError() }
                let applied = try await self.table.apply(message.order, to: known, until: deadline)
                known = applied.item
                if applied.isWritten { outcome.written += 1 } else { outcome.unchanged += 1 }
            } catch {
                logger.error(
                    "order not stored",
                    ["message_id": .string(message.messageID), "reason": .string("\(error)")]
                )
                outcome.failed.append(message.messageID)
                if let error = error as? AWSError, error.code == .validation { continue }
                outcome.failed += group.messages[(index + 1)...].map(\.messageID)
                break
            }
        }
        return outcome
    }
}

/// Work that was not begun because the invocation's time is up.
private struct UnfinishedError: Error, CustomStringConvertible {
    let description = "no time left in this invocation; the message comes again"
}
