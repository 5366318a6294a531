internal import Orders

/// An event behind the aggregator's checkpoint: not counted yet, or in some rows only.
package struct RecentEvent: Sendable, Equatable {
    /// Where its line is.
    package let place: LinePlace
    /// The shard that it came in.
    package let shardID: String
    /// Its place in the shard.
    package let sequenceNumber: String
    /// Its place in that record, where a producer library put it there with others.
    private let subSequenceNumber: Int64?
    /// When the stream received it, in seconds since 1970; nil where the line does not say.
    package let arrival: Int64?

    init(_ line: borrowing ArchiveLine, _ place: LinePlace) {
        self.place = place
        self.shardID = String(decoding: line.shardID, as: UTF8.self)
        self.sequenceNumber = String(decoding: line.sequenceNumber, as: UTF8.self)
        self.subSequenceNumber = line.subSequenceNumber
        self.arrival = line.arrival?.seconds
    }

    /// The events, each by the first line of its record.
    ///
    /// An object that begins inside another one has lines of that one again.
    package static func once(_ events: [RecentEvent]) -> [RecentEvent] {
        struct Record: Hashable {
            let shardID: String
            let sequenceNumber: String
            let subSequenceNumber: Int64?
        }
        var records: Set<Record> = []
        return events.filter { event in
            records.insert(
                Record(
                    shardID: event.shardID,
                    sequenceNumber: event.sequenceNumber,
                    subSequenceNumber: event.subSequenceNumber
                )
            ).inserted
        }
    }

    /// Whether it stands behind its shard's checkpoint, where there is one.
    package func isBehind(_ checkpoints: [String: String]) -> Bool {
        checkpoints[self.shardID].map { ArchiveChain.isLess($0, self.sequenceNumber) } ?? true
    }
}

/// Up to where the aggregator has counted a shard, as bytes: looked up once for all lines of the shard that follow one another.
struct ShardCheckpoint {
    private let shardID: [UInt8]
    /// Nil where the shard has no checkpoint.
    private let last: [UInt8]?

    /// The checkpoint of the line's shard.
    init(_ line: borrowing ArchiveLine, in checkpoints: [String: String]) {
        self.shardID = Array(line.shardID)
        self.last = checkpoints[String(decoding: self.shardID, as: UTF8.self)].map { Array($0.utf8) }
    }

    /// Whether the line's record is of the same shard.
    func isOfShard(of line: borrowing ArchiveLine) -> Bool { line.shardID.hasBytes(of: self.shardID) }

    /// Whether the line's record stands behind the checkpoint.
    func isBefore(_ line: borrowing ArchiveLine) -> Bool {
        self.last.map { ArchiveLine.isLess($0, line.sequenceNumber) } ?? true
    }
}
