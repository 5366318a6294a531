internal import Orders

/// A shard's batch, decoded: what is to be counted, what can never be, and what is already done.
struct AggregationPlan {
    /// Why a record can never be counted.
    struct Poison: Sendable {
        /// What is wrong with the record, without its values.
        let reason: String
        /// The marker that says that the record's dead letter was sent.
        let marker: EventMarker
    }

    /// An order whose `MessageId` a record before it in the batch has too.
    struct Repetition: Sendable {
        let event: CountableEvent
        /// The digest of the first event of that id in the batch.
        let firstDigest: String?
        /// The marker of the record itself, by its place in the stream.
        let recordMarker: EventMarker
    }

    /// The events that are to be counted, in the batch's order; an invalid order that has a message id is two of them.
    private(set) var events: [CountableEvent] = []
    /// The records that can never be counted, by their places in the batch.
    private(set) var poison: [Int: Poison] = [:]
    /// The fates of records for which there is nothing to do, by their places in the batch.
    private(set) var fates: [Int: RecordFate] = [:]
    /// The first record without a sequence number: nothing from there on can be done safely.
    private(set) var unplaceable: Int?
    /// How many events are of types that are not counted, by type.
    private(set) var skippedTypes: [String: Int] = [:]
    /// How many amounts were taken without the digits that binary floating point adds.
    private(set) var roundedAmounts = 0

    /// Orders that repeat a `MessageId`: duplicates or not, which shows once the first event of the id is counted, or found
    /// to have been counted before.
    private(set) var repetitions: [Repetition] = []

    private let deduplication: Deduplication
    /// The digest of the first event under each marker.
    private var seen: [EventMarker: String?] = [:]

    /// `checkpoint` is the shard's, where checkpoints deduplicate.
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
            // No marker says what was counted: the order that stands first in the batch is what is counted.
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
                // A checkpoint covers whole records of the stream, and a transaction may end between two parts of one.
                isMarked: self.deduplication == .event || record.subSequenceNumber != nil,
                rows: rows,
                isPoison: isPoison,
                digest: digest
            )
        )
    }

    /// Adds an invalid order: it counts in its day's total once, by its message id if it has one, and its dead letter is sent
    /// for each record.
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
