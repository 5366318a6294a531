internal import Orders

/// A shard's batch, decoded: what each record counts, and by what it counts once.
struct AggregationPlan: Sendable {
    /// One record, or what is to be done about it.
    struct Record: Sendable {
        /// What the record adds, at most one delta a row.
        var rows: [CounterRow] = []
        /// What the record has to claim before it may count; nil where its place in the stream alone makes it count once.
        var marker: EventMarker?
        /// What the claim keeps of the order's content; nil where there is nothing to compare.
        var digest: String?
        /// Why the record goes to the dead-letter queue, without its values; nil for one that does not.
        var poison: String?
        /// Whether its type is not counted.
        var isSkipped = false
        /// What its producer calls the order.
        var correlationID: String?
    }

    /// The records in the batch's order, up to the first without a place in the stream or to where `isCutOff` ends them.
    private(set) var records: [Record] = []
    /// Whether `records` ends before the batch does because the batch exceeds `AggregationLimits`.
    private(set) var isCutOff = false
    /// How many events are of types that are not counted, by type.
    private(set) var skippedTypes: [String: Int] = [:]
    /// How many amounts were taken without the digits that binary floating point adds.
    private(set) var roundedAmounts = 0

    /// Decodes a batch.
    init(
        _ batch: ShardBatch,
        deduplication: Deduplication,
        decoder: OrderRecordDecoder,
        limits: AggregationLimits = AggregationLimits()
    ) {
        self.records.reserveCapacity(batch.records.count)
        var buffer = RecordBuffer()
        var last: Int?
        var weight = 0
        // Where the present record of the stream begins, and up to where its orders are refused already.
        var (start, refusedEnd) = (0, 0)
        // A span gives its elements without copying them.
        let records = batch.records.span
        for index in records.indices {
            guard records[index].sequenceNumber != nil,
                records[index].hasUsualEventID || batch.marker(ofRecord: index) != nil
            else { return }
            if index > 0, records[index].sequenceNumber != records[index - 1].sequenceNumber {
                if weight > limits.batchWeight {
                    self.isCutOff = true
                    return
                }
                start = index
            }
            if let last, batch.isSame(index, as: last) {
                self.records.append(Record())
                continue
            }
            last = index
            let content = decoder.decode(records[index], buffer: &buffer)
            let record = self.record(content, batch, index, deduplication)
            weight += record.weight
            self.records.append(record)
            if weight <= limits.memoryWeight { continue }
            if start > 0 {
                self.records.removeSubrange(start...)
                self.isCutOff = true
                return
            }
            self.refuseOrders(from: refusedEnd)
            refusedEnd = self.records.count
        }
    }

    /// Of how many Unicode scalars the name of a type is kept, in which addresses are looked for before the log cuts it.
    private static let longestType = 1_024

    /// Makes dead letters of the orders from a record on.
    private mutating func refuseOrders(from start: Int) {
        for index in start..<self.records.count where self.records[index].poison == nil {
            if self.records[index].rows.isEmpty { continue }
            let correlationID = self.records[index].correlationID
            self.records[index] = Record(poison: Self.tooManyRows, correlationID: correlationID)
        }
    }

    /// Why an aggregate's order is a dead letter although it can be read.
    private static let tooManyRows =
        "the orders of its aggregate have more products together than a function has memory for; redriven it counts by itself"

    /// What is to be done about one record, by what it holds.
    private mutating func record(
        _ content: OrderRecord,
        _ batch: ShardBatch,
        _ index: Int,
        _ deduplication: Deduplication
    ) -> Record {
        switch content {
        case .order(let order):
            if order.assumptions.contains(.roundedAmount) { self.roundedAmounts += 1 }
            let digest = deduplication == .event ? EventDigest.text(of: order) : nil
            let id = digest == nil ? batch.redrivenID(ofRecord: index) : order.id
            return Record(
                rows: order.counterRows,
                marker: id.map { EventMarker(id: $0) },
                digest: digest,
                correlationID: order.correlationID
            )
        case .otherType(let type):
            // A type may be as long as a record: what the log does not look at is not kept.
            let isLong = type.utf8.count > Self.longestType
            let name = isLong ? String(type.unicodeScalars.prefix(Self.longestType)) : type
            self.skippedTypes[name, default: 0] += 1
            return Record(isSkipped: true)
        case .invalid(let invalid):
            let rows = invalid.counterRows
            // It counts in its day's total once, by its message id if it has one, otherwise by where Kinesis had it,
            // since its dead letter may be redriven; the letter is each record's own.
            let own = deduplication == .event ? invalid.id : nil
            let id = rows.isEmpty ? nil : own ?? batch.originalID(ofRecord: index)
            return Record(
                rows: rows,
                marker: id.map { EventMarker(id: $0, scope: .invalid) },
                poison: "\(invalid.error)"
            )
        }
    }
}

extension AggregationPlan.Record {
    /// What the record weighs against `AggregationLimits`.
    fileprivate var weight: Int { 1 + max(0, self.rows.count - Self.commonRows) }

    /// The rows that all orders of a day and currency share: the day's total, and its revenue.
    private static let commonRows = 2
}

extension AggregationPlan {
    /// Puts other rows in the place of those that the records add to.
    mutating func changeRows(_ change: (CounterRow) -> CounterRow) {
        for index in self.records.indices { self.records[index].rows = self.records[index].rows.map(change) }
    }
}

extension ShardBatch {
    /// Whether a record is one that came before it in the batch; the parts of an aggregate ascend.
    fileprivate func isSame(_ record: Int, as last: Int) -> Bool {
        guard self.records[record].sequenceNumber == self.records[last].sequenceNumber else { return false }
        return self.records[record].subSequenceNumber ?? 0 <= self.records[last].subSequenceNumber ?? 0
    }
}
