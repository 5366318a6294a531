internal import AWSClient
internal import AWSOperations
internal import ArchiveAccounts
internal import OrderFunctions
internal import Platform

/// How far the aggregator has counted the order stream.
struct CountingProgress: Sendable {
    let access: AWSAccess
    let resources: StackResources

    /// The last record of each shard that is counted, as are all before it; none of a shard of which nothing is.
    ///
    /// `archived` are the shards of which there are objects: the stream lists one that was split or merged no longer than it
    /// keeps its records.
    func checkpoints(besides archived: Set<String>) async throws -> [String: String] {
        let kinesis = KinesisClient(session: self.access.session)
        let reader = ShardProgressReader(
            dynamoDB: DynamoDBClient(session: self.access.session),
            kinesis: kinesis,
            checkpointsTable: self.resources.checkpointsTable,
            streamName: self.resources.orderStream,
            time: self.access.time
        )
        var checkpoints: [String: String] = [:]
        for shardID in archived.union(try await self.listedShardIDs()).sorted() {
            let checkpoint = try await reader.checkpoint(of: AnalyticsAggregator.name, shardID: shardID)
            checkpoints[shardID] = checkpoint?.sequenceNumber
        }
        return checkpoints
    }

    /// The shards whose records the stream still has, so that they may be delivered.
    func listedShardIDs() async throws -> [String] {
        try await KinesisClient(session: self.access.session).listShards(
            streamName: self.resources.orderStream,
            deadline: self.access.deadline
        ).map(\.shardID)
    }
}

/// Which uncounted events the aggregator may still get: those of shards that the stream lists, as long as it keeps a record.
struct Deliverable: Sendable {
    let shardIDs: Set<String>
    /// In seconds.
    let retention: Int64
    let now: UTCInstant

    /// Seconds in which the last invocation that has a record ends, by far.
    private static let margin: Int64 = 3_600

    func has(_ event: RecentEvent) -> Bool {
        let end = event.arrival.map { $0 + self.retention + Self.margin }
        return self.shardIDs.contains(event.shardID) && end.map { self.now.secondsSince1970 < $0 } ?? true
    }
}
