internal import PipesRunner
internal import Platform

/// Where a shard is read on, as far as the archiver's part of the stream goes.
struct StreamPlace: Sendable {
    /// An iterator is good for five minutes.
    private static let iteratorLifetime = Duration.seconds(240)

    /// The shard.
    let shardID: String
    /// The last record before the place, as the stream writes its number; nil where there is none.
    private(set) var last: String?
    /// In a row, of a server that does not say whether there is more.
    private(set) var emptyPages = 0
    /// Whether the shard may be read now.
    var rest = ShardRest()
    private var kept: (text: String, since: UTCInstant)?

    /// The place behind that record; nil: before the shard's oldest one.
    init(shardID: String, behind last: String?) {
        self.shardID = shardID
        self.last = last
    }

    /// Where an iterator is asked for: it finds the same records as one that was kept, behind more emptiness.
    var position: ShardPosition { self.last.map { .after(sequenceNumber: $0) } ?? .trimHorizon }

    /// Where the next read begins; nil where an iterator is to be asked for.
    func iterator(at now: UTCInstant) -> String? {
        guard let kept, now < kept.since + Self.iteratorLifetime else { return nil }
        return kept.text
    }

    /// Keeps the iterator of the next read, so that a refusal of that does not cost it.
    mutating func keep(_ iterator: String, at now: UTCInstant) { self.kept = (iterator, now) }

    /// What a read gave.
    mutating func take(_ page: StreamPage, at now: UTCInstant) {
        self.rest.answered()
        self.kept = page.nextIterator.map { (text: $0, since: now) }
        self.last = page.lastSequenceNumber ?? self.last
        self.emptyPages = page.readCount == 0 && page.isLatest == nil ? self.emptyPages + 1 : 0
    }
}
