internal import AWSClient
internal import LambdaEvents
package import LambdaRuntime
internal import Orders
package import Platform

/// Counts revenue, products and orders per UTC day, each event exactly once.
///
/// Counters are summed in memory and written in one transaction with what makes their events count once, so that a
/// batch can be cut off anywhere and delivered again in any cut. The function stops at the first record that cannot be
/// counted now, and reports it.
package struct AnalyticsAggregator: OrderFunction {
    /// What checkpoints and dead letters call this function.
    package static let name = "AnalyticsAggregator"

    private let services: AggregatorServices

    /// A handler that works with these services.
    package init(services: AggregatorServices) {
        self.services = services
    }

    /// Counts the orders of an event of Kinesis.
    package func handle(_ event: [UInt8], context: InvocationContext) async throws -> [UInt8] {
        let event = try KinesisEvent.read(event)
        let deadline = self.services.aws.workDeadline(of: context)
        var response = BatchResponse()
        let batches = ShardBatch.batches(of: event)
        var tally = AggregationTally(read: batches.reduce(0) { $0 + $1.records.count })
        var failed: [String?] = []
        for batch in batches {
            var aggregation = ShardAggregation(
                services: self.services,
                batch: batch,
                deadline: deadline,
                logger: context.logger
            )
            let failure = await aggregation.run()
            tally.add(aggregation.fates, failedFrom: failure.map { batch.firstPart(ofRecord: $0.record) })
            tally.add(skipped: aggregation.skippedTypes, roundedAmounts: aggregation.roundedAmounts)
            tally.add(aggregation.sales, newestArrival: batch.records.lazy.compactMap(\.arrival).max())
            guard let failure else { continue }
            let number = batch.records[failure.record].sequenceNumber?.text
            context.logger.error(
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
        for number in failed { try response.fail(number) }
        return response.json()
    }
}

extension AnalyticsAggregator {
    /// Configured by `ANALYTICS_TABLE`, `DEDUPLICATION` (`event`), `DEDUPLICATION_TTL_DAYS`, `AGGREGATE_LANES` (1),
    /// `DEAD_LETTER_QUEUE_URL`, `ARCHIVE_BUCKET`, for `shard` `CHECKPOINTS_TABLE`, and what `Environment.inputRules()` names.
    package init(environment: Environment, services: AWSServices) throws {
        let table = AnalyticsTable(
            name: try environment.require("ANALYTICS_TABLE"),
            lanes: try environment.aggregateLanes(),
            markerLifetime: try environment.markerLifetime()
        )
        var checkpoints: CheckpointsTable?
        if try environment.deduplication() == .shard {
            checkpoints = CheckpointsTable(
                name: try environment.require("CHECKPOINTS_TABLE"),
                function: Self.name,
                services: services
            )
        }
        self.init(
            services: AggregatorServices(
                table: table,
                deadLetters: try services.deadLetterQueue(of: Self.name, environment),
                checkpoints: checkpoints,
                decoder: OrderRecordDecoder(rules: try environment.inputRules()),
                aws: services
            )
        )
    }
}

extension Environment {
    /// `DEDUPLICATION`: what makes an event count once.
    package func deduplication() throws -> Deduplication {
        try self.optional("DEDUPLICATION", "event or shard") { Deduplication(rawValue: $0) } ?? .event
    }

    /// `DEDUPLICATION_TTL_DAYS`: how long an event's marker makes the event count once.
    package func markerLifetime() throws -> Duration {
        try self.require("DEDUPLICATION_TTL_DAYS", "a number of days from 1 to 3650") {
            Int($0).flatMap { (1...3_650).contains($0) ? .seconds($0 * 86_400) : nil }
        }
    }

    /// `AGGREGATE_LANES`: how many items each counter row is spread over.
    package func aggregateLanes() throws -> Int {
        try self.optional("AGGREGATE_LANES", "a number from 1 to 64") {
            Int($0).flatMap { (1...64).contains($0) ? $0 : nil }
        } ?? 1
    }
}
