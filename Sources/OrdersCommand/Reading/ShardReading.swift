internal import AWSOperations
internal import Platform

/// What a shard holds behind a checkpoint, as far as it was read.
package enum ShardBacklog: Sendable, Equatable {
    /// No record: the shard was read to its end.
    case empty
    /// The first record has waited for so long.
    case waiting(Duration)
    /// No record was found, and the end was not reached: it is so far away, where the stream tells.
    ///
    /// What lies between may hold records or not.
    case unread(Duration?)
}

/// How far a shard was read behind one checkpoint: up to its first record there, or to its end.
///
/// A read looks only so far, and finds nothing in a stretch without records: where a shard's last record is a day old,
/// or there never was one, hundreds of reads are empty before `MillisBehindLatest` is 0. How far one goes is not
/// documented. So a shard is read on as long as that is above 0, and only the time is bounded;
/// `scripts/deployment/shards.py` does the same. Nothing begins nearer to the end: `AT_TIMESTAMP` goes by arrivals, which
/// need not rise, and what stands behind a checkpoint may have come before it was written.
struct ShardReading: Sendable {
    /// The shard.
    let shardID: String
    /// Which shard is read behind which checkpoint.
    let place: String
    /// Where reading begins, or goes on without an iterator that is good any more.
    private(set) var position: ShardIteratorPosition
    /// What is known by now.
    private(set) var backlog = ShardBacklog.unread(nil)
    /// Whether a read was asked for since it was begun, or taken up again.
    private(set) var wasRead = false
    /// The service's name for why the last read was refused; nil where it was answered.
    private(set) var refusal: String?
    /// Whether there is nothing more to find out for now.
    private(set) var isOver = false
    private var isClosed = false
    /// Of the next read.
    private var kept: KeptIterator?

    /// Of a shard behind the checkpoint, as the stream writes numbers; nil: from its oldest record on.
    init(shardID: String, behind checkpoint: String?) {
        self.shardID = shardID
        self.place = Self.place(shardID: shardID, behind: checkpoint)
        self.position = checkpoint.map { .afterSequenceNumber($0) } ?? .trimHorizon
    }

    /// The name by which a reading is kept.
    static func place(shardID: String, behind checkpoint: String?) -> String { "\(shardID) \(checkpoint ?? "")" }

    /// Where the next read begins; nil where an iterator is to be asked for.
    func iterator(at now: UTCInstant) -> KeptIterator? { self.kept.flatMap { $0.isGood(at: now) ? $0 : nil } }

    /// Takes the reading up again where it was left: the record that waited may be gone, and others may have come.
    mutating func resume() {
        self.wasRead = false
        self.isOver = self.isClosed
    }

    /// Keeps the iterator of the next read, so that a refusal of that does not cost it.
    mutating func keep(_ iterator: KeptIterator) { self.kept = iterator }

    /// The shard has no read to give now: what was found out before is kept, and the place.
    mutating func refused(_ code: String) {
        self.wasRead = true
        self.refusal = code
        // What another look has found is not so any more.
        if case .unread = self.backlog { return }
        self.backlog = .unread(nil)
    }

    /// What a read of one record gave.
    mutating func take(_ page: KinesisRecordsPage, at now: UTCInstant) {
        self.wasRead = true
        self.refusal = nil
        self.kept = page.nextShardIterator.map { KeptIterator(text: $0, since: now) }
        if let first = page.records.first {
            let arrival = UTCInstant(secondsSince1970: first.approximateArrivalTimestamp)
            self.backlog = .waiting(arrival.map { max(.zero, now - $0) } ?? .zero)
            // There it is found again, however much emptiness lies between it and the checkpoint.
            self.position = .atSequenceNumber(first.sequenceNumber)
            self.kept = nil
            self.isOver = true
        } else if page.nextShardIterator == nil || page.millisBehindLatest == 0 {
            self.backlog = .empty
            self.isClosed = page.nextShardIterator == nil
            self.isOver = true
        } else {
            self.backlog = .unread(page.millisBehindLatest.map { .milliseconds($0) })
        }
    }
}

/// How far shards were read, so that another look goes on there.
package struct ShardPlaces: Sendable {
    /// By their places.
    var readings: [String: ShardReading] = [:]

    /// Of shards that were not read yet.
    package init() {}
}
