/// How much of a stream an invocation takes, counted in records and in rows of their own that they may add to.
///
/// All orders of a day and currency add to the same two rows; each of an order's products, which may be 10,000, may have another
/// one. A record, and such a row, take some 0.7 KB of memory from the plan to the update, of a function's 256 MB, and a row a
/// write: a day's rows lie in one place, which DynamoDB gives 1,000 writes a second.
package struct AggregationLimits: Sendable {
    /// A batch ends at the first record of the stream behind so many: the rest comes with the next delivery.
    package var batch: Int
    /// So many are in memory at most, and one order's beyond.
    ///
    /// A record of the stream is done as a whole: it is left to the next delivery where it would be more, and where it is more
    /// by itself, as an aggregate of gzip may be, its orders are dead letters, each by itself.
    package var memory: Int

    /// Limits; by default those of a function of 256 MB.
    package init(batch: Int = 100_000, memory: Int = 150_000) {
        self.batch = batch
        self.memory = memory
    }
}
