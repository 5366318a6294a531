/// How much of a stream an invocation takes, in weight.
///
/// A record weighs one, and one more for each row beyond the two that all orders of its day and currency share: one for
/// each of up to 10,000 products. A unit of weight takes about 0.7 KB of the function's 256 MB from the plan to the update,
/// and a row takes a write: a day's rows are in one partition, which DynamoDB gives 1,000 writes a second.
package struct AggregationLimits: Sendable {
    /// The weight behind which a batch ends, at the next record of the stream; the rest comes with the next delivery.
    package var batchWeight: Int
    /// The weight that is in memory at most, plus that of the one order which exceeds it.
    ///
    /// A record of the stream is done as a whole. One that would exceed the limit is left to the next delivery; where the
    /// batch begins with it, as with an aggregate of many orders in gzip, its orders become dead letters, each of its own.
    package var memoryWeight: Int

    /// Limits, by default those of a function of 256 MB.
    package init(batchWeight: Int = 100_000, memoryWeight: Int = 150_000) {
        self.batchWeight = batchWeight
        self.memoryWeight = memoryWeight
    }
}
