/// What makes an event count once: `DEDUPLICATION`.
package enum Deduplication: String, Sendable {
    /// A marker per event, with the counters in one transaction: right for producers that repeat themselves too.
    case event
    /// The shard's checkpoint in the same transaction: cheapest, right only if every order is sent once.
    case shard
}
