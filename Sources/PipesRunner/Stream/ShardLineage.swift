/// Decides which shards to read, from where, and in which order: a parent before its children.
///
/// It performs no I/O: descriptions and ends of shards go in, starts come out, each shard's exactly once.
package struct ShardLineage: Sendable {
    /// Where the source of a Pipe or a mapping starts.
    package enum StartingPosition: String, Sendable, CaseIterable {
        case trimHorizon = "TRIM_HORIZON"
        case latest = "LATEST"
    }

    /// A shard that may be read now.
    package struct Start: Sendable, Equatable {
        /// The shard to read.
        package let shardID: String
        /// Where in it to begin.
        package let position: ShardPosition

        /// A shard that may be read from `position` on.
        package init(shardID: String, position: ShardPosition) {
            self.shardID = shardID
            self.position = position
        }
    }

    private let position: StartingPosition
    private var described: [ShardDescription] = []
    private var reading: Set<String> = []
    /// Kept for good, at some six ids a day for each shard: descriptions lag, and a shard that is missing from one and
    /// there in the next must not be read twice.
    private var finished: Set<String> = []
    private var hasStarted = false

    /// A lineage that knows no shard yet.
    package init(position: StartingPosition) {
        self.position = position
    }

    /// Takes the stream's shards as of now and says which can be started in addition.
    package mutating func describe(_ shards: [ShardDescription]) -> [Start] {
        self.described = shards
        var position = ShardPosition.trimHorizon
        if !self.hasStarted {
            self.hasStarted = true
            if self.position == .latest {
                // LATEST is about the moment of the start: what is closed by then is past, and what appears
                // afterwards is new from its first record.
                position = .latest
                self.finished.formUnion(shards.filter(\.isClosed).map(\.id))
            }
        }
        return self.startReady(position)
    }

    /// Takes note that a shard was read and delivered to its end.
    package mutating func finish(_ shardID: String) -> [Start] {
        self.reading.remove(shardID)
        self.finished.insert(shardID)
        return self.startReady(.trimHorizon)
    }

    private mutating func startReady(_ position: ShardPosition) -> [Start] {
        let ids = Set(self.described.map(\.id))
        let ready = self.described.filter { shard in
            guard !self.reading.contains(shard.id), !self.finished.contains(shard.id) else { return false }
            return shard.parentIDs.allSatisfy { parent in
                // One that is neither described nor being read has left the stream with all its records.
                self.finished.contains(parent) || !ids.contains(parent) && !self.reading.contains(parent)
            }
        }
        self.reading.formUnion(ready.map(\.id))
        return ready.map { Start(shardID: $0.id, position: position) }
    }
}
