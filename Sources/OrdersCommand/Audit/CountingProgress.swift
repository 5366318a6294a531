internal import AWSClient
internal import AWSOperations
internal import OrderFunctions

/// How far the aggregator has counted the order stream.
struct CountingProgress: Sendable {
    let access: AWSAccess
    let resources: StackResources

    /// The last record of each shard that is counted, as are all before it; none of a shard of which nothing is.
    func checkpoints() async throws -> [String: String] {
        let kinesis = KinesisClient(session: self.access.session)
        let reader = ShardProgressReader(
            dynamoDB: DynamoDBClient(session: self.access.session),
            kinesis: kinesis,
            checkpointsTable: self.resources.checkpointsTable,
            streamName: self.resources.orderStream,
            time: self.access.time
        )
        var checkpoints: [String: String] = [:]
        let shards = try await kinesis.listShards(
            streamName: self.resources.orderStream,
            deadline: self.access.deadline
        )
        for shard in shards {
            checkpoints[shard.shardID] = try await reader.checkpoint(
                of: AnalyticsAggregator.name,
                shardID: shard.shardID
            )?.sequenceNumber
        }
        return checkpoints
    }
}
