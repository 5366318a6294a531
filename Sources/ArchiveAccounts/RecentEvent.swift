internal import Orders

/// An event behind the aggregator's checkpoint: not counted yet, or in some rows only.
package struct RecentEvent: Sendable, Equatable {
    /// Where its line is.
    package let place: LinePlace
    /// The shard that it came in.
    package let shardID: String
    /// Its place in the shard.
    package let sequenceNumber: String
    /// When the stream received it, in seconds since 1970; nil where the line does not say.
    package let arrival: Int64?

    /// Nil for an event that is counted: one up to its shard's checkpoint, where there is one.
    init?(_ line: borrowing ArchiveLine, _ place: LinePlace, behind checkpoints: [String: String]) {
        let shardID = String(decoding: line.shardID, as: UTF8.self)
        if let last = checkpoints[shardID], !ArchiveLine.isLess(Array(last.utf8), line.sequenceNumber) { return nil }
        self.place = place
        self.shardID = shardID
        self.sequenceNumber = String(decoding: line.sequenceNumber, as: UTF8.self)
        self.arrival = line.arrival?.seconds
    }

    /// Whether it stands behind its shard's checkpoint, where there is one.
    package func isBehind(_ checkpoints: [String: String]) -> Bool {
        checkpoints[self.shardID].map { ArchiveChain.isLess($0, self.sequenceNumber) } ?? true
    }
}
