internal import AWSClient
internal import JSONText
internal import LambdaEvents
internal import LambdaRuntime
internal import Orders
internal import Platform

/// What the two order processors have in common: every change is decided on its own, poison goes to the Pipe's
/// dead-letter queue, and what failed for now is reported.
struct OrderChangeProcessor: Sendable {
    /// What became of one change.
    enum Outcome: Sendable {
        case processed(OrderID)
        case skipped(SkipReason)
        case deadLettered
        /// The change has to be delivered again.
        case failed(itemIdentifier: String?)
    }

    let deadLetters: DeadLetterQueue
    let services: AWSServices

    /// A change that is to be processed.
    struct Change: Sendable {
        let order: OrderImage
        let record: DynamoDBEventRecord
    }

    /// What is left to do for a change once it is decided.
    enum Step: Sendable {
        case done(Outcome)
        case process(Change)
        case poison(PoisonChange)
    }

    /// Handles each change of the event, and gives the outcomes in the event's order.
    ///
    /// `decide` comes first, for all of them. Then `process` gets those that need requests, all at once so that it can
    /// put several into one, and says for each in order why it failed. Most changes need no request, and therefore no task.
    func run<Subject>(
        _ batch: OrderChangeBatch<Subject>,
        context: InvocationContext,
        decide: (DynamoDBEventRecord, Result<Subject, OrderError>?) throws -> Step,
        process: @escaping @Sendable ([Change], WorkDeadline) async -> [(any Error)?] = { _, _ in [] }
    ) async -> [Outcome] {
        let deadline = self.services.workDeadline(of: context)
        // A broken record does not say its source; its neighbours, which are of the same stream, do.
        let source = batch.records.lazy.compactMap { try? $0.get().eventSourceARN }.first ?? "unknown"
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(batch.records.count)
        var changes: [(place: Int, change: Change)] = []
        var poison: [(place: Int, change: PoisonChange)] = []
        for (place, record) in batch.records.enumerated() {
            let step = self.step(for: record, source: source, until: deadline, logger: context.logger) { record in
                try decide(record, batch.order(of: record))
            }
            switch step {
            case .done(let outcome): outcomes.append(outcome)
            case .process(let change):
                changes.append((place, change))
                outcomes.append(.failed(itemIdentifier: change.record.itemIdentifier))
            case .poison(let change):
                poison.append((place, change))
                outcomes.append(.failed(itemIdentifier: change.itemIdentifier))
            }
        }
        if !changes.isEmpty || !poison.isEmpty {
            let logger = context.logger
            let unreadable = poison.map(\.change)
            async let letters = concurrentMap(unreadable, limit: AWSServices.halfOfTheRequests) { change in
                await self.deadLetter(change, until: deadline, logger: logger)
            }
            let errors = changes.isEmpty ? [] : await process(changes.map(\.change), deadline)
            for (item, error) in zip(changes, errors) {
                outcomes[item.place] =
                    error.map { Self.failed(item.change.record, $0, item.change.order, logger: logger) }
                    ?? .processed(item.change.order.id)
            }
            for (item, outcome) in zip(poison, await letters) { outcomes[item.place] = outcome }
        }
        Self.log(outcomes, ChangesPlace(batch.records), roundedAmounts: batch.count(.roundedAmount), to: context.logger)
        return outcomes
    }

    private func step(
        for result: Result<DynamoDBEventRecord, RecordError>,
        source: String,
        until deadline: WorkDeadline,
        logger: Logger,
        decide: (DynamoDBEventRecord) throws -> Step
    ) -> Step {
        switch result {
        case .failure(let error):
            return .poison(PoisonChange(error, source: source))
        case .success(let record):
            do {
                try deadline.check()
                return try decide(record)
            } catch let error as OrderError {
                return .poison(PoisonChange(record, error))
            } catch {
                return .done(Self.failed(record, error, logger: logger))
            }
        }
    }

    /// - Parameter order: what the change is about, where that is known.
    private static func failed(
        _ record: DynamoDBEventRecord,
        _ error: any Error,
        _ order: OrderImage? = nil,
        logger: Logger
    ) -> Outcome {
        logger.error(
            "order not processed",
            [
                "event_id": .string(record.eventID ?? "unknown"), "reason": .string("\(error)"),
                "order_id": order.map { .string($0.id.text) } ?? .absent,
                "correlation_id": .correlationID(order?.routing.correlationID),
            ]
        )
        return .failed(itemIdentifier: record.itemIdentifier)
    }

    private func deadLetter(_ poison: PoisonChange, until deadline: WorkDeadline, logger: Logger) async -> Outcome {
        do {
            try deadline.check()
            try await self.deadLetters.send(poison.letter, until: deadline)
            logger.warn("change dead-lettered", poison.fields)
            return .deadLettered
        } catch {
            logger.error("change can neither be processed nor dead-lettered: \(error)", poison.fields)
            return .failed(itemIdentifier: poison.itemIdentifier)
        }
    }

    private static func log(_ outcomes: [Outcome], _ place: ChangesPlace, roundedAmounts: Int, to logger: Logger) {
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
                "rounded_amounts": .integer(roundedAmounts), "first_sequence_number": .string(place.first),
                "last_sequence_number": .string(place.last),
            ]
        )
        logger.emit([Metric("DeadLetters", .count, .integer(deadLettered))])
    }
}

extension [OrderChangeProcessor.Outcome] {
    /// The failures, for the answer.
    ///
    /// Throws where one of them has no id to be reported by.
    func batchResponse() throws -> BatchResponse {
        var response = BatchResponse()
        for case .failed(let itemIdentifier) in self { try response.fail(itemIdentifier) }
        return response
    }
}

extension BatchResponse {
    /// A processor's answer: the failures, `"statusCode":200` and, from the premium one, the ids of the orders that
    /// were notified of.
    func processorJSON(premiumOrdersProcessed ids: [String]? = nil) -> [UInt8] {
        self.json { writer in
            writer.key("statusCode")
            writer.integer(200)
            guard let ids else { return }
            writer.key("premiumOrdersProcessed")
            writer.array { writer in ids.forEach { writer.string($0) } }
        }
    }
}
