internal import LambdaRuntime

/// What became of an event's records, for the one line that ends an invocation; the numbers add up to `read`.
struct AggregationTally {
    let read: Int
    private var counts: [RecordFate: Int] = [:]

    init(read: Int) {
        self.read = read
    }

    /// Records from the first failed one on come again, whatever became of them now.
    mutating func add(_ fates: [RecordFate], failedFrom first: Int?) {
        for (record, fate) in fates.enumerated() {
            self.counts[first.map { record >= $0 } == true ? .pending : fate, default: 0] += 1
        }
    }

    func log(to logger: Logger) {
        logger.info(
            "batch done",
            [
                "read": .integer(self.read), "counted": .integer(self.counts[.counted] ?? 0),
                "duplicates": .integer(self.counts[.duplicate] ?? 0),
                "skipped": .integer(self.counts[.skipped] ?? 0),
                "dead_lettered": .integer(self.counts[.deadLettered] ?? 0),
                "failed": .integer(self.counts[.pending] ?? 0),
            ]
        )
    }
}
