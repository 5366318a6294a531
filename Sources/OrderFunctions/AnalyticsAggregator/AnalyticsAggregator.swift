internal import AWSClient
internal import LambdaEvents
package import LambdaRuntime
package import Orders
package import Platform

/// Counts revenue, products and orders per UTC day, each event exactly once.
///
/// Counters are summed in memory, and each row keeps how far it has counted each shard, so that a batch can be cut off
/// anywhere and delivered again in any cut. The function stops at the first record that cannot be counted now, and reports
/// it.
package struct AnalyticsAggregator: OrderFunction {
    /// What checkpoints and dead letters call this function.
    package static let name = "AnalyticsAggregator"

    private let services: AggregatorServices

    /// Counts the orders of an event of Kinesis.
    package func handle(_ event: [UInt8], context: InvocationContext) async throws -> [UInt8] {
        let event = try KinesisEvent.read(event)
        let deadline = self.services.aws.workDeadline(of: context)
        var response = BatchResponse()
        let finding = await DeadlyRecords(checkpoints: self.services.checkpoints).look(
            at: event,
            isFirstOfProcess: context.coldStart,
            until: deadline,
            logger: context.logger
        ) { _ = self.plan($0) }
        let batches = ShardBatch.batches(of: finding.within(event), condemned: finding.condemned)
        var tally = AggregationTally(read: batches.reduce(0) { $0 + $1.records.count })
        var failed: [String?] = []
        for batch in batches {
            let plan = self.plan(batch)
            let aggregation = ShardAggregation(
                services: self.services,
                batch: batch,
                plan: plan,
                deadline: deadline,
                logger: context.logger
            )
            let report = await aggregation.run()
            tally.add(report.fates, failedFrom: report.failure?.record)
            for (place, fate) in report.fates.enumerated() where fate == .counted {
                tally.correlationIDs.insert(plan.records[place].correlationID)
            }
            tally.add(skipped: plan.skippedTypes, roundedAmounts: plan.roundedAmounts)
            tally.add(report.sales, newestArrival: batch.newestArrival)
            guard let failure = report.failure else { continue }
            let number = batch.records[failure.record].sequenceNumber?.text
            context.logger.log(
                failure.isExpected ? .info : .error,
                "batch stopped",
                [
                    "shard_id": .string(batch.shardID), "sequence_number": .string(number ?? "unknown"),
                    "reason": .string(failure.reason),
                ]
            )
            failed.append(number)
        }
        tally.log(to: context.logger, of: BatchPlace(batches))
        tally.emitMetrics(to: context.logger, now: self.services.aws.time.now)
        if let next = finding.next(in: event) { failed.append(next) }
        for number in failed { try response.fail(number) }
        return response.json()
    }

    private func plan(_ batch: ShardBatch) -> AggregationPlan {
        AggregationPlan(
            batch,
            deduplication: self.services.deduplication,
            decoder: self.services.decoder,
            limits: self.services.limits
        )
    }
}

extension AnalyticsAggregator {
    /// Configured by `ANALYTICS_TABLE`, `CHECKPOINTS_TABLE`, `DEDUPLICATION` (`event`), `DEDUPLICATION_TTL_DAYS`,
    /// `STREAM_RETENTION_DAYS` (365), `DEAD_LETTER_QUEUE_URL`, `ARCHIVE_BUCKET`, and what `Environment.inputRules()` names.
    package init(environment: Environment, services: AWSServices) throws {
        try self.init(environment: environment, services: services, decoder: nil)
    }

    /// The same; a decoder that is given stands in for the one by `Environment.inputRules()`.
    package init(
        environment: Environment,
        services: AWSServices,
        decoder: OrderRecordDecoder?,
        limits: AggregationLimits = AggregationLimits()
    ) throws {
        self.services = AggregatorServices(
            table: AnalyticsTable(
                name: try environment.require("ANALYTICS_TABLE"),
                claimLifetime: try environment.claimLifetime(),
                retention: try environment.streamRetention()
            ),
            deduplication: try environment.deduplication(),
            deadLetters: try services.deadLetterQueue(of: Self.name, environment),
            checkpoints: CheckpointsTable(
                name: try environment.require("CHECKPOINTS_TABLE"),
                function: Self.name,
                services: services
            ),
            decoder: try decoder
                ?? OrderRecordDecoder(rules: environment.inputRules(), keepsCorrelationIDs: true),
            limits: limits,
            aws: services
        )
    }
}

extension Environment {
    /// `DEDUPLICATION`: what makes an event count once.
    package func deduplication() throws -> Deduplication {
        try self.optional("DEDUPLICATION", "event or shard") { Deduplication(rawValue: $0) } ?? .event
    }

    /// `DEDUPLICATION_TTL_DAYS`: for how long after its first record's arrival an event counts once.
    package func claimLifetime() throws -> Duration {
        try self.require("DEDUPLICATION_TTL_DAYS", "a number of days from 1 to 3650") {
            Int($0).flatMap { (1...3_650).contains($0) ? .seconds($0 * 86_400) : nil }
        }
    }

    /// `STREAM_RETENTION_DAYS`: for how long the stream keeps a record, 365 days at most.
    package func streamRetention() throws -> Duration {
        try self.optional("STREAM_RETENTION_DAYS", "a number of days from 1 to 365") {
            Int($0).flatMap { (1...365).contains($0) ? .seconds($0 * 86_400) : nil }
        } ?? .seconds(365 * 86_400)
    }
}
