internal import LambdaRuntime

/// What became of an event's records, for the one line that ends an invocation.
struct ArchiveTally {
    let read: Int
    /// In the archive now, by this delivery or an earlier one whose checkpoint was missing.
    private(set) var archived = 0
    /// At or below the checkpoint, or twice in one batch.
    private(set) var duplicates = 0
    var failed = 0
    /// Order rows that were written or confirmed.
    var orders = 0
    /// Records whose amounts were taken without the digits of binary floating point.
    var roundedAmounts = 0

    init(read: Int) {
        self.read = read
    }

    /// `remaining` records of the batch were above the checkpoint.
    mutating func finish(_ batch: ShardBatch, remaining: Int) {
        self.archived += remaining
        self.duplicates += batch.records.count - remaining
    }

    func log(to logger: Logger) {
        logger.info(
            "batch done",
            [
                "read": .integer(self.read), "archived": .integer(self.archived),
                "duplicates": .integer(self.duplicates), "orders": .integer(self.orders),
                "failed": .integer(self.failed), "rounded_amounts": .integer(self.roundedAmounts),
            ]
        )
    }
}
