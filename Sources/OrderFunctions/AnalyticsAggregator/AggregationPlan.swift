internal import Orders

/// A shard's batch, decoded: what is to be counted, what can never be, and what is already done.
struct AggregationPlan {
    /// A record that can never be counted.
    struct Poison: Sendable {
        /// Without the record's values.
        let reason: String
        /// Says that the dead letter was sent.
        let marker: EventMarker
    }

    /// In the batch's order; more than one for an invalid order that has a message id.
    private(set) var events: [CountableEvent] = []
    /// By the record's place in the batch.
    private(set) var poison: [Int: Poison] = [:]
    /// Of records for which there is nothing to do.
    private(set) var fates: [Int: RecordFate] = [:]
    /// The first record without a sequence number: nothing from there on can be done safely.
    private(set) var unplaceable: Int?
    /// Events of types that are not counted, by type.
    private(set) var skippedTypes: [String: Int] = [:]
    /// Records whose amounts were taken without the digits of binary floating point.
    private(set) var roundedAmounts = 0

    private let deduplication: Deduplication
    private var seen: Set<EventMarker> = []

    /// `checkpoint` is the shard's, where that is what deduplicates.
    init(
        _ batch: ShardBatch,
        deduplication: Deduplication,
        checkpoint: CheckpointsTable.Checkpoint?,
        decoder: OrderRecordDecoder
    ) {
        self.deduplication = deduplication
        self.events.reserveCapacity(batch.records.count)
        var buffer: [UInt8] = []
        for (index, record) in batch.records.enumerated() {
            guard let number = record.sequenceNumber,
                record.hasUsualEventID || batch.marker(ofRecord: index) != nil
            else {
                self.unplaceable = index
                return
            }
            if checkpoint?.covers(number) == true {
                self.fates[index] = .duplicate
                continue
            }
            switch decoder.decode(record, buffer: &buffer) {
            case .order(let event):
                if event.assumptions.contains(.roundedAmount) { self.roundedAmounts += 1 }
                self.add(index, EventMarker(id: event.id), event.counterRows)
            case .otherType(let type):
                self.fates[index] = .skipped
                self.skippedTypes[type, default: 0] += 1
            case .invalid(let invalid):
                guard let marker = batch.marker(ofRecord: index) else {
                    self.unplaceable = index
                    return
                }
                self.add(index, invalid, marker)
            }
        }
    }

    private mutating func add(_ index: Int, _ marker: EventMarker, _ rows: [CounterRow], isPoison: Bool = false) {
        guard self.seen.insert(marker).inserted else {
            self.fates[index] = .duplicate
            return
        }
        self.events.append(
            CountableEvent(
                record: index,
                marker: marker,
                isMarked: self.deduplication == .event,
                rows: rows,
                isPoison: isPoison
            )
        )
    }

    /// The order counts in its day's total once, by its message id if it has one; the dead letter is sent for each
    /// record.
    ///
    /// The total comes first, so that a dead letter's marker says that both are done.
    private mutating func add(_ index: Int, _ invalid: InvalidOrder, _ marker: EventMarker) {
        var rows = invalid.counterRows
        if let id = invalid.id, !rows.isEmpty {
            let total = EventMarker(id: id, scope: .invalid)
            if !self.seen.contains(total) { self.add(index, total, rows) }
            rows = []
        }
        self.poison[index] = Poison(reason: "\(invalid.error)", marker: marker)
        self.add(index, marker, rows, isPoison: true)
    }
}
