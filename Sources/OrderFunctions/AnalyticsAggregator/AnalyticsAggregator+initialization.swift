internal import AWSClient
package import LambdaRuntime
internal import Orders
internal import Platform

extension AnalyticsAggregator {
    /// Configured by `ANALYTICS_TABLE`, `DEDUPLICATION` (`event`), `DEDUPLICATION_TTL_DAYS`, `AGGREGATE_LANES` (1),
    /// `DEAD_LETTER_QUEUE_URL`, `ARCHIVE_BUCKET`, for `shard` `CHECKPOINTS_TABLE`, and what `Environment.inputRules()` names.
    package init(_ context: InitializationContext) throws {
        let environment = context.environment
        let aws = try AWSServices(context)
        let table = AnalyticsTable(
            name: try environment.require("ANALYTICS_TABLE"),
            lanes: try environment.optional("AGGREGATE_LANES", "a number from 1 to 64") {
                Int($0).flatMap { (1...64).contains($0) ? $0 : nil }
            } ?? 1,
            markerLifetime: try environment.require("DEDUPLICATION_TTL_DAYS", "a number of days from 1 to 3650") {
                Int($0).flatMap { (1...3_650).contains($0) ? .seconds($0 * 86_400) : nil }
            }
        )
        let mode =
            try environment.optional("DEDUPLICATION", "event or shard") { Deduplication(rawValue: $0) } ?? .event
        var checkpoints: CheckpointsTable?
        if mode == .shard {
            checkpoints = CheckpointsTable(
                name: try environment.require("CHECKPOINTS_TABLE"),
                function: Self.name,
                dynamoDB: aws.dynamoDB,
                time: context.loop
            )
        }
        self.init(
            services: AggregatorServices(
                table: table,
                dynamoDB: aws.dynamoDB,
                deadLetters: try aws.deadLetterQueue(of: Self.name, environment),
                checkpoints: checkpoints,
                decoder: OrderRecordDecoder(rules: try environment.inputRules()),
                retry: TransientRetry(time: context.loop),
                time: context.loop
            )
        )
    }
}
