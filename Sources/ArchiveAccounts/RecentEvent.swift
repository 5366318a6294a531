package import OrderFunctions
internal import Orders

/// An event that came so late that the aggregator may not have counted it yet.
package struct RecentEvent: Sendable, Equatable {
    /// Which events are recent.
    package enum Limit: Sendable, Equatable {
        /// Those that arrived then or later, in seconds since 1970: where each event has a marker.
        case since(Int64)
        /// Those behind the aggregator's checkpoints, by shard: where these tell what is counted. All of another shard.
        case behind([String: String])
    }

    /// The markers that say that it is counted: one, or for an order that touches more rows than a transaction holds, one for
    /// each part.
    package let markers: [EventMarker]
    /// Where its line is.
    package let place: LinePlace
    /// The shard that it came in.
    package let shardID: String
    /// Its place in the shard.
    package let sequenceNumber: String

    /// Nil for an event that is not recent.
    init?(_ event: CountableEvent, _ line: borrowing ArchiveLine, _ place: LinePlace, _ limit: Limit) {
        let shardID = String(decoding: line.shardID, as: UTF8.self)
        switch limit {
        case .since(let seconds): guard let arrival = line.arrival, arrival.seconds >= seconds else { return nil }
        case .behind(let checkpoints):
            if let last = checkpoints[shardID], !ArchiveLine.isLess(Array(last.utf8), line.sequenceNumber) {
                return nil
            }
        }
        self.markers = ChunkPlanner(limits: .dynamoDB).parts(of: event).map(\.marker)
        self.place = place
        self.shardID = shardID
        self.sequenceNumber = String(decoding: line.sequenceNumber, as: UTF8.self)
    }

    /// Whether it stands behind its shard's checkpoint, where there is one.
    package func isBehind(_ checkpoints: [String: String]) -> Bool {
        checkpoints[self.shardID].map { ArchiveChain.isLess($0, self.sequenceNumber) } ?? true
    }
}
