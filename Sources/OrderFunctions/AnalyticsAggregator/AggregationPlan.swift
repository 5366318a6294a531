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

    /// An order under a `MessageId` that stands in the batch before.
    struct Repetition: Sendable {
        let event: CountableEvent
        /// The digest of the first event of that id in the batch.
        let firstDigest: String?
        /// The record's own.
        let recordMarker: EventMarker
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

    /// Whether they are duplicates shows once the first event of their id is counted, or found to be counted before.
    private(set) var repetitions: [Repetition] = []

    private let deduplication: Deduplication
    /// By marker, the digest of the first event.
    private var seen: [EventMarker: String?] = [:]

    /// `checkpoint` is the shard's, where that is what deduplicates.
    init(
        _ batch: ShardBatch,
        deduplication: Deduplication,
        checkpoint: CheckpointsTable.Checkpoint?,
        decoder: OrderRecordDecoder
    ) {
        self.deduplication = deduplication
        self.events.reserveCapacity(batch.records.count)
        var buffer = RecordBuffer()
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
                self.add(index, event, in: batch, record)
            case .otherType(let type):
                self.fates[index] = .skipped
                self.skippedTypes[type, default: 0] += 1
            case .invalid(let invalid):
                guard let marker = batch.marker(ofRecord: index) else {
                    self.unplaceable = index
                    return
                }
                self.add(index, invalid, marker, record)
            }
        }
    }

    private mutating func add(_ index: Int, _ order: OrderEvent, in batch: ShardBatch, _ record: ShardRecord) {
        let marker = EventMarker(id: order.id)
        let digest = EventDigest.text(of: order)
        guard let first = self.seen[marker], let recordMarker = batch.marker(ofRecord: index) else {
            return self.add(index, marker, order.counterRows, record, digest: digest)
        }
        switch self.deduplication {
        case .event:
            let event = CountableEvent(record: index, marker: marker, isMarked: true, rows: [], digest: digest)
            self.repetitions.append(Repetition(event: event, firstDigest: first, recordMarker: recordMarker))
        case .shard:
            // No marker will say what was counted: what stands first in the batch is it.
            if digest == first {
                self.fates[index] = .duplicate
            } else {
                self.poison[index] = Poison(reason: EventDigest.conflict, marker: recordMarker)
                self.add(index, recordMarker, [], record, isPoison: true)
            }
        }
    }

    private mutating func add(
        _ index: Int,
        _ marker: EventMarker,
        _ rows: [CounterRow],
        _ record: ShardRecord,
        isPoison: Bool = false,
        digest: String? = nil
    ) {
        guard self.seen[marker] == nil else {
            self.fates[index] = .duplicate
            return
        }
        self.seen[marker] = .some(digest)
        self.events.append(
            CountableEvent(
                record: index,
                marker: marker,
                // A checkpoint tells whole records of the stream; a transaction may end between two parts of one.
                isMarked: self.deduplication == .event || record.subSequenceNumber != nil,
                rows: rows,
                isPoison: isPoison,
                digest: digest
            )
        )
    }

    /// The order counts in its day's total once, by its message id if it has one; the dead letter is sent for each
    /// record.
    ///
    /// The total comes first, so that a dead letter's marker says that both are done.
    private mutating func add(_ index: Int, _ invalid: InvalidOrder, _ marker: EventMarker, _ record: ShardRecord) {
        var rows = invalid.counterRows
        if let id = invalid.id, !rows.isEmpty {
            let total = EventMarker(id: id, scope: .invalid)
            if self.seen[total] == nil { self.add(index, total, rows, record) }
            rows = []
        }
        self.poison[index] = Poison(reason: "\(invalid.error)", marker: marker)
        self.add(index, marker, rows, record, isPoison: true)
    }
}
