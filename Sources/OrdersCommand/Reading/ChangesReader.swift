package import AWSClient
package import AWSOperations
package import Orders
package import Platform

/// Reads the changes of single orders out of the table's stream, which keeps them for 24 hours.
package struct ChangesReader: Sendable {
    /// What a reading found.
    package struct Found: Sendable {
        /// By order id, in the order of the stream.
        package fileprivate(set) var changes: [OrderID: [TableChange]] = [:]
        /// How many records of the stream were read.
        package fileprivate(set) var records = 0
        /// Whether the reading ended at its limit, so that there may be more.
        package fileprivate(set) var isCutOff = false

        /// Nothing found yet.
        package init() {}
    }

    /// In a row: by then an open shard has no more for now.
    ///
    /// A page may be empty though more follows.
    private static let maximumEmptyPages = 8
    /// Between an empty page and the next.
    private static let rest = Duration.milliseconds(250)

    private let client: any DynamoDBStreamsOperations
    private let streamARN: String
    private let time: any TimeSource

    /// A reader of the table's stream of that ARN.
    package init(client: any DynamoDBStreamsOperations, streamARN: String, time: any TimeSource) {
        self.client = client
        self.streamARN = streamARN
        self.time = time
    }

    /// The changes of these orders among at most `limit` records of the stream.
    package func changes(
        of ids: Set<OrderID>,
        limit: Int,
        progress: @Sendable (Int) -> Void = { _ in }
    ) async throws(AWSError) -> Found {
        var found = Found()
        let stream = try await self.client.describeStream(streamARN: self.streamARN, deadline: self.deadline)
        // By their ids, which begin with the time they were opened at: a parent before its children.
        for shard in stream.shards.sorted(by: { $0.shardID < $1.shardID }) {
            try await self.read(shard, ids, limit, into: &found, progress)
            if found.isCutOff { break }
        }
        return found
    }

    private func read(
        _ shard: StreamShard,
        _ ids: Set<OrderID>,
        _ limit: Int,
        into found: inout Found,
        _ progress: @Sendable (Int) -> Void
    ) async throws(AWSError) {
        var iterator: String? = try await self.client.getShardIterator(
            streamARN: self.streamARN,
            shardID: shard.shardID,
            position: .trimHorizon,
            deadline: self.deadline
        )
        var emptyPages = 0
        // A closed shard is read to its end.
        while let current = iterator, emptyPages < Self.maximumEmptyPages || shard.endingSequenceNumber != nil {
            // A task that is cancelled does not rest; its next request fails.
            if emptyPages > 0 { try? await self.time.sleep(for: Self.rest) }
            let page = try await self.client.getRecords(shardIterator: current, limit: nil, deadline: self.deadline)
            for record in page.records {
                found.records += 1
                let change = TableChange(record, shardID: shard.shardID, streamARN: self.streamARN)
                if let change, let id = OrderID(change.orderID.text), ids.contains(id) {
                    found.changes[id, default: []].append(change)
                }
            }
            guard found.records < limit else {
                found.isCutOff = true
                return
            }
            emptyPages = page.records.isEmpty ? emptyPages + 1 : 0
            iterator = page.nextShardIterator
            progress(found.records)
        }
    }

    private var deadline: UTCInstant { self.time.now + .seconds(30) }
}
