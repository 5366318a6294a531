internal import AWSClient
internal import LambdaEvents
internal import LambdaRuntime
internal import Orders
internal import Platform

/// What the two order processors have in common: every change is decided on its own, poison goes to the Pipe's
/// dead-letter queue, and what failed for now is reported.
struct StreamBatchProcessor: Sendable {
    /// What became of one change.
    enum Outcome: Sendable {
        case processed(OrderID)
        case skipped(SkipReason)
        case deadLettered
        /// To be delivered again.
        case failed(itemIdentifier: String?)
    }

    let deadLetters: DeadLetterQueue
    let time: any TimeSource
    /// Poison and its like come seldom; what the network loses is tried again until the deadline.
    let retry: TransientRetry

    /// Decides and handles each change of the event, and gives the outcomes in the event's order.
    func run(
        _ event: DynamoDBStreamEvent,
        context: InvocationContext,
        decide: @escaping @Sendable (DynamoDBStreamRecord) throws -> OrderDecision,
        process: @escaping @Sendable (Order, DynamoDBStreamRecord, WorkDeadline) async throws -> Void
    ) async -> [Outcome] {
        let deadline = WorkDeadline(deadline: context.deadline, now: self.time.now)
        // A broken record does not say its source; its neighbours, which are of the same stream, do.
        let source = event.records.lazy.compactMap { try? $0.get().eventSourceARN }.first
        let outcomes = await concurrentMap(event.records) { record in
            await self.outcome(
                of: record,
                source: source ?? "unknown",
                until: deadline,
                logger: context.logger,
                decide: decide,
                process: process
            )
        }
        Self.log(outcomes, to: context.logger)
        return outcomes
    }

    private func outcome(
        of result: Result<DynamoDBStreamRecord, RecordError>,
        source: String,
        until deadline: WorkDeadline,
        logger: Logger,
        decide: @Sendable (DynamoDBStreamRecord) throws -> OrderDecision,
        process: @Sendable (Order, DynamoDBStreamRecord, WorkDeadline) async throws -> Void
    ) async -> Outcome {
        switch result {
        case .failure(let error):
            return await self.deadLetter(PoisonChange(error, source: source), until: deadline, logger: logger)
        case .success(let record):
            do {
                if deadline.hasPassed(at: self.time.now) { throw UnfinishedError() }
                switch try decide(record) {
                case .skip(let reason):
                    return .skipped(reason)
                case .process(let order):
                    try await process(order, record, deadline)
                    return .processed(order.id)
                }
            } catch let error as OrderError {
                return await self.deadLetter(PoisonChange(record, error), until: deadline, logger: logger)
            } catch {
                logger.error(
                    "order not processed",
                    ["event_id": .string(record.eventID ?? "unknown"), "reason": .string("\(error)")]
                )
                return .failed(itemIdentifier: record.itemIdentifier)
            }
        }
    }

    private func deadLetter(_ poison: PoisonChange, until deadline: WorkDeadline, logger: Logger) async -> Outcome {
        do {
            if deadline.hasPassed(at: self.time.now) { throw UnfinishedError() }
            try await self.retry.run(until: deadline) { () async throws(AWSError) in
                try await self.deadLetters.send(poison.letter, deadline: deadline.instant)
            }
            logger.warn("change dead-lettered", poison.fields)
            return .deadLettered
        } catch {
            logger.error("change can neither be processed nor dead-lettered: \(error)", poison.fields)
            return .failed(itemIdentifier: poison.itemIdentifier)
        }
    }

    private static func log(_ outcomes: [Outcome], to logger: Logger) {
        var processed = 0
        var deadLettered = 0
        var failed = 0
        var skipped: [SkipReason: Int] = [:]
        for outcome in outcomes {
            switch outcome {
            case .processed: processed += 1
            case .skipped(let reason): skipped[reason, default: 0] += 1
            case .deadLettered: deadLettered += 1
            case .failed: failed += 1
            }
        }
        let reasons = skipped.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue): \($0.value)" }
        logger.info(
            "batch done",
            [
                "read": .integer(outcomes.count), "processed": .integer(processed),
                "skipped": .integer(skipped.values.reduce(0, +)), "skip_reasons": .strings(reasons),
                "dead_lettered": .integer(deadLettered), "failed": .integer(failed),
            ]
        )
    }
}

extension [StreamBatchProcessor.Outcome] {
    /// The failures, for the answer.
    ///
    /// Throws where one of them has no id to be reported by.
    func batchResponse() throws -> BatchResponse {
        var response = BatchResponse()
        for case .failed(let itemIdentifier) in self { try response.fail(itemIdentifier) }
        return response
    }
}
