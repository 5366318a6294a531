package import Orders

/// What the aggregator works with, whatever the invocation.
package struct AggregatorServices: Sendable {
    /// The table of the counters and markers.
    package let table: AnalyticsTable
    /// Where records go that can never be counted.
    package let deadLetters: DeadLetterQueue
    /// The shards' checkpoints; nil where markers deduplicate.
    package let checkpoints: CheckpointsTable?
    /// What turns a record's bytes into an order.
    package let decoder: OrderRecordDecoder
    /// AWS, the clock, and what client request tokens are drawn from.
    package let aws: AWSServices

    /// The services of one handler.
    package init(
        table: AnalyticsTable,
        deadLetters: DeadLetterQueue,
        checkpoints: CheckpointsTable?,
        decoder: OrderRecordDecoder = OrderRecordDecoder(),
        aws: AWSServices
    ) {
        self.table = table
        self.deadLetters = deadLetters
        self.checkpoints = checkpoints
        self.decoder = decoder
        self.aws = aws
    }

    /// What makes an event count once.
    var deduplication: Deduplication { self.checkpoints == nil ? .event : .shard }

    /// What one transaction holds besides the checkpoint.
    var planner: ChunkPlanner {
        let limits = ChunkPlanner.Limits.dynamoDB
        return ChunkPlanner(limits: self.deduplication == .event ? limits : limits.withoutCheckpoint)
    }
}

/// What makes an event count once: `DEDUPLICATION`.
package enum Deduplication: String, Sendable {
    /// A marker per event, with the counters in one transaction: right for producers that repeat themselves too.
    case event
    /// The shard's checkpoint in the same transaction: cheapest, right only if every order is sent once.
    case shard
}
