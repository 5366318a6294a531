package import AWSClient
package import Orders
package import Platform

/// What the aggregator works with, whatever the invocation.
package struct AggregatorServices: Sendable {
    package let table: AnalyticsTable
    package let dynamoDB: any DynamoDBOperations
    package let deadLetters: DeadLetterQueue
    /// The checkpoints of the shards; nil where markers deduplicate.
    package let checkpoints: CheckpointsTable?
    package let decoder: OrderRecordDecoder
    package let retry: TransientRetry
    package let time: any TimeSource
    /// Client request tokens are drawn from it.
    package let random: any RandomSource

    package init(
        table: AnalyticsTable,
        dynamoDB: any DynamoDBOperations,
        deadLetters: DeadLetterQueue,
        checkpoints: CheckpointsTable?,
        decoder: OrderRecordDecoder = OrderRecordDecoder(),
        retry: TransientRetry,
        time: any TimeSource,
        random: any RandomSource = SystemRandom()
    ) {
        self.table = table
        self.dynamoDB = dynamoDB
        self.deadLetters = deadLetters
        self.checkpoints = checkpoints
        self.decoder = decoder
        self.retry = retry
        self.time = time
        self.random = random
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
