package import Orders
internal import Platform

/// What the aggregator works with, whatever the invocation.
package struct AggregatorServices: Sendable {
    /// The table of the counters and claims.
    package let table: AnalyticsTable
    /// What makes an event count once.
    package let deduplication: Deduplication
    /// Where records go that can never be counted.
    package let deadLetters: DeadLetterQueue
    /// Up to where each shard is counted.
    package let checkpoints: CheckpointsTable
    /// What turns a record's bytes into an order.
    package let decoder: OrderRecordDecoder
    /// AWS, and the clock.
    package let aws: AWSServices
    /// What rows this process knows to be there.
    let knownRows = KnownRows()

    /// The services of one handler.
    package init(
        table: AnalyticsTable,
        deduplication: Deduplication,
        deadLetters: DeadLetterQueue,
        checkpoints: CheckpointsTable,
        decoder: OrderRecordDecoder = OrderRecordDecoder(),
        aws: AWSServices
    ) {
        self.table = table
        self.deduplication = deduplication
        self.deadLetters = deadLetters
        self.checkpoints = checkpoints
        self.decoder = decoder
        self.aws = aws
    }
}

/// What makes an event count once: `DEDUPLICATION`.
package enum Deduplication: String, Sendable {
    /// Each event claims its id: right for producers that repeat themselves too, whatever their partition keys.
    case event
    /// A record's place in the stream alone: cheapest, right only if every order is sent once.
    case shard
}
