internal import LambdaRuntime
internal import Platform

/// What became of an event's records, for the log line that ends an invocation; the numbers add up to `read`.
struct AggregationTally {
    let read: Int
    /// What the producers call the orders that were counted.
    var correlationIDs: CorrelationIDs
    private var counts: [RecordFate: Int] = [:]
    private var skippedTypes: [String: Int] = [:]
    private var roundedAmounts = 0
    private var sales = CountedSales()
    private var newestArrival: UTCInstant?
    /// How many types are logged, and how many Unicode scalars of each: types are the producers' words.
    private static let loggedTypes = (count: 10, scalars: 64)

    init(read: Int) {
        self.read = read
        self.correlationIDs = CorrelationIDs(records: read)
    }

    /// Adds a batch's fates; records from the first failed one on come again, whatever became of them now.
    mutating func add(_ fates: [RecordFate], failedFrom first: Int?) {
        for (record, fate) in fates.enumerated() {
            self.counts[first.map { record >= $0 } == true ? .pending : fate, default: 0] += 1
        }
    }

    /// Adds how many events were of types that are not counted, and how many amounts were rounded.
    mutating func add(skipped types: [String: Int], roundedAmounts: Int) {
        self.skippedTypes.merge(types) { $0 + $1 }
        self.roundedAmounts += roundedAmounts
    }

    /// Adds what a batch has added to the counters, and when its newest record came.
    mutating func add(_ sales: CountedSales, newestArrival: UTCInstant?) {
        self.sales.add(sales)
        self.newestArrival = [self.newestArrival, newestArrival].compactMap { $0 }.max()
    }

    /// Writes the metrics: what was counted, and how old the newest record is.
    func emitMetrics(to logger: Logger, now: UTCInstant) {
        var metrics = [
            Metric("OrdersCounted", .count, .integer(self.sales.orders)),
            Metric("Duplicates", .count, .integer(self.counts[.duplicate] ?? 0)),
            Metric("DeadLetters", .count, .integer(self.counts[.deadLettered] ?? 0)),
        ]
        if let newestArrival {
            let age = max(0, now.millisecondsSince1970 - newestArrival.millisecondsSince1970)
            metrics.append(Metric("NewestRecordAge", .milliseconds, .integer(Int(age))))
        }
        logger.emit(metrics)
        self.sales.emitRevenue(to: logger)
    }

    /// Writes the line, and before it one about types that are not counted, if there were any.
    func log(to logger: Logger, of place: BatchPlace) {
        if !self.skippedTypes.isEmpty {
            let types = self.skippedTypes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            let named = types.prefix(Self.loggedTypes.count).map { type, count in
                // Masked before it is cut: half an address could no longer be told from other text.
                "\(String(PersonalData.masked(type).unicodeScalars.prefix(Self.loggedTypes.scalars))): \(count)"
            }
            logger.warn(
                "event types not counted",
                ["types": .strings(named), "distinct_types": .integer(types.count)]
            )
        }
        logger.info(
            "batch done",
            [
                "read": .integer(self.read), "counted": .integer(self.counts[.counted] ?? 0),
                "duplicates": .integer(self.counts[.duplicate] ?? 0),
                "skipped": .integer(self.counts[.skipped] ?? 0),
                "dead_lettered": .integer(self.counts[.deadLettered] ?? 0),
                "failed": .integer(self.counts[.pending] ?? 0),
                "rounded_amounts": .integer(self.roundedAmounts), "shard_id": .string(place.shardID),
                "first_sequence_number": .string(place.first), "last_sequence_number": .string(place.last),
                "correlation_ids": .strings(self.correlationIDs.all),
            ]
        )
    }
}

/// What became of one record.
enum RecordFate: Sendable {
    /// Not done yet; whatever is pending at the end of an invocation failed.
    case pending
    /// The record's type is not counted.
    case skipped
    /// An earlier record or an earlier delivery of this one did it.
    case duplicate
    /// The order is in the counters.
    case counted
    /// The record's dead letter was sent.
    case deadLettered
}
