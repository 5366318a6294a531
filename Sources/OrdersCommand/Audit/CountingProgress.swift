internal import AWSClient
internal import AWSOperations
internal import ArchiveAccounts
internal import OrderFunctions
internal import Orders
internal import Platform

/// Which of the youngest events the aggregator has counted.
struct CountingProgress: Sendable {
    let access: AWSAccess
    let resources: StackResources
    let rules: CountingRules

    /// Which events are to be asked for later.
    ///
    /// With markers those that arrived at that time, in seconds since 1970, or later; else those behind the aggregator's
    /// checkpoints.
    func limit(since seconds: Int64) async throws -> RecentEvent.Limit {
        switch self.rules.deduplication {
        case .event: .since(seconds)
        case .shard: .behind(try await self.checkpoints())
        }
    }

    /// Where those are that are not counted yet, not wholly or not even in part: a large order is counted in parts.
    func open(_ events: [RecentEvent], isPartEnough: Bool) async throws -> Set<LinePlace> {
        guard !events.isEmpty else { return [] }
        switch self.rules.deduplication {
        case .event:
            let found = try await self.present(Array(Set(events.flatMap(\.markers))))
            let isOpen = { (event: RecentEvent) in
                isPartEnough
                    ? !event.markers.contains(where: found.contains) : !event.markers.allSatisfy(found.contains)
            }
            return Set(events.lazy.filter(isOpen).map(\.place))
        case .shard:
            let checkpoints = try await self.checkpoints()
            return Set(events.lazy.filter { $0.isBehind(checkpoints) }.map(\.place))
        }
    }

    /// How far the aggregator is in each shard.
    private func checkpoints() async throws -> [String: String] {
        let kinesis = KinesisClient(session: self.access.session)
        let reader = ShardProgressReader(
            dynamoDB: self.dynamoDB,
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

    /// Those of the markers that are in the table.
    private func present(_ markers: [EventMarker]) async throws -> Set<EventMarker> {
        var present: Set<EventMarker> = []
        for start in stride(from: 0, to: markers.count, by: BatchGetItemInput.maximumKeys) {
            let chunk = markers[start..<min(start + BatchGetItemInput.maximumKeys, markers.count)]
            let items = try await self.dynamoDB.batchGetItem(
                BatchGetItemInput(
                    tableName: self.resources.analyticsTable,
                    keys: chunk.map { ["PK": .s($0.partitionKey), "SK": .s($0.sortKey)] },
                    projectionExpression: "#pk, #sk",
                    names: ["#pk": "PK", "#sk": "SK"]
                ),
                deadline: self.access.deadline
            )
            let found = Set(items.map { "\($0["PK"]?.string ?? "") \($0["SK"]?.string ?? "")" })
            present.formUnion(chunk.filter { found.contains("\($0.partitionKey) \($0.sortKey)") })
        }
        return present
    }

    private var dynamoDB: DynamoDBClient { DynamoDBClient(session: self.access.session) }
}
