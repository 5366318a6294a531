internal import Orders
internal import Platform

/// What the aggregator works with, whatever the invocation.
struct AggregatorServices: Sendable {
    /// The table of the counters and claims.
    let table: AnalyticsTable
    /// What makes an event count once.
    let deduplication: Deduplication
    /// Where records go that can never be counted.
    let deadLetters: DeadLetterQueue
    /// Up to where each shard is counted.
    let checkpoints: CheckpointsTable
    /// What turns a record's bytes into an order.
    let decoder: OrderRecordDecoder
    /// How much of a stream an invocation takes.
    let limits: AggregationLimits
    /// AWS, and the clock.
    let aws: AWSServices
    /// What rows this process knows to be there.
    let knownRows = KnownRows()
}

/// What makes an event count once: `DEDUPLICATION`.
package enum Deduplication: String, Sendable {
    /// Each event claims its id: right for producers that repeat themselves too, whatever their partition keys.
    case event
    /// A record's place in the stream alone: cheapest, right only if every order is sent once.
    case shard
}
