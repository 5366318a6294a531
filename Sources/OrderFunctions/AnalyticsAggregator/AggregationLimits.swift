/// How much of a stream an invocation takes, counted in records and in what they add to rows.
///
/// A record adds to two rows and one for each of its products, which may be 10,000. Where each addition has a row of its own it
/// takes some 0.7 KB of memory from the plan to the update, of a function's 256 MB, and a write: a day's rows lie in one place,
/// which DynamoDB gives 1,000 writes a second.
package struct AggregationLimits: Sendable {
    /// A batch ends at the first record of the stream behind so many: the rest comes with the next delivery.
    package var batch: Int
    /// A record of the stream is done as a whole; the orders of an aggregate of more are dead letters, each by itself.
    package var record: Int

    /// Limits; by default those of a function of 256 MB.
    package init(batch: Int = 100_000, record: Int = 250_000) {
        self.batch = batch
        self.record = record
    }
}
