internal import PipesRunner
internal import Platform

/// Where a shard is read on, as far as the archiver's part of the stream goes.
struct UnarchivedPlace: Sendable {
    /// The shard.
    let shardID: String
    /// The last record before the place, as the stream writes its number; nil where there is none.
    private(set) var last: String?
    /// In a row, of a server that does not say whether there is more.
    private(set) var emptyPages = 0
    /// Whether the shard is closed, and was read to its end: it has nothing more.
    private(set) var isClosed = false
    /// Whether the shard may be read now.
    var rest = ShardRest()
    private var kept: KeptIterator?

    /// The place behind that record; nil: before the shard's oldest one.
    init(shardID: String, behind last: String?) {
        self.shardID = shardID
        self.last = last
    }

    /// Where an iterator is asked for: it finds the same records as one that was kept, behind more emptiness.
    var position: ShardPosition { self.last.map { .after(sequenceNumber: $0) } ?? .trimHorizon }

    /// Where the next read begins; nil where an iterator is to be asked for.
    func iterator(at now: UTCInstant) -> String? { self.kept.flatMap { $0.isGood(at: now) ? $0.text : nil } }

    /// Whether the iterator will soon be too old, so that the shard would be read anew from its last record on.
    func isAging(at now: UTCInstant) -> Bool { self.kept?.isAging(at: now) ?? false }

    /// Takes the reading up again.
    mutating func resume() { self.emptyPages = 0 }

    /// Keeps the iterator of the next read, so that a refusal of that does not cost it.
    mutating func keep(_ iterator: String, at now: UTCInstant) {
        self.kept = KeptIterator(text: iterator, since: now)
    }

    /// What a read gave.
    mutating func take(_ page: StreamPage, at now: UTCInstant) {
        self.rest.answered()
        self.kept = page.nextIterator.map { KeptIterator(text: $0, since: now) }
        self.isClosed = page.nextIterator == nil
        self.last = page.lastSequenceNumber ?? self.last
        self.emptyPages = page.readCount == 0 && page.isLatest == nil ? self.emptyPages + 1 : 0
    }
}

/// How far shards were read, so that another look goes on there.
///
/// From the last record of an idle shard to its end there are hundreds of reads.
package struct UnarchivedPlaces: Sendable {
    private var places: [String: UnarchivedPlace] = [:]

    /// Of shards that were not read yet.
    package init() {}

    /// The last records before the places, besides those that the caller has of other shards.
    package func last(besides known: [String: String]) -> [String: String] {
        known.merging(self.places.compactMapValues { $0.last }) { _, last in last }
    }

    /// Where a shard is read behind that record: at its place, if nothing lies between.
    func place(shardID: String, behind known: String?) -> UnarchivedPlace {
        guard var place = self.places[shardID], place.last == known else {
            return UnarchivedPlace(shardID: shardID, behind: known)
        }
        place.resume()
        return place
    }

    /// Keeps a place for another look.
    mutating func keep(_ place: UnarchivedPlace) { self.places[place.shardID] = place }
}
