internal import AWSClient
package import AWSOperations
package import Orders
package import Platform

/// The last orders, from the Orders table's stream.
///
/// Both Pipes read the stream already, and DynamoDB serves two readers of a shard well. So on AWS this one comes every 3 s
/// and, like every feed, stays away for twice as long after each refusal; it begins with what is new, and does so again
/// after a time without a page or an answer. A local stream is read from its beginning.
package struct ChangesFeed: DashboardFeed {
    /// As the page's notes name the feed.
    package static let name = "orders"
    /// Pages of a shard in one poll.
    private static let maximumPages = 5
    /// A stream's shards are listed so often; a shard that ends has its successors listed at once.
    private static let listingInterval = Duration.seconds(60)

    private struct Shard: Sendable {
        /// The shard whose changes come before all of this one's.
        let parent: String?
        var iterator: String?
        var last: String?
    }

    /// How long to wait between two polls.
    package let interval: Duration
    private let client: any DynamoDBStreamsOperations
    private let streamARN: String
    private let startsAtBeginning: Bool
    private let reach: Duration
    private let rules: OrderRules
    private let outcomes: OrderOutcomes
    private let time: any TimeSource
    private var orders: LastOrders
    private var shards: [String: Shard]?
    private var nextListing = Duration.zero
    /// When the last poll that read all began, or the feed, by the clock by which iterators and log lines grow old.
    private var lastSuccess: UTCInstant?

    /// A feed from the stream of that ARN, from its beginning or from what is new.
    ///
    /// After a longer time than `reach` without a poll that succeeded, what came meanwhile is left out, and so are the
    /// orders from before, unless the feed starts at the beginning: `FunctionsFeed`, which has the same reach, reads no
    /// log lines of such changes, so that they would look as if no function had taken them.
    package init(
        client: any DynamoDBStreamsOperations,
        streamARN: String,
        startsAtBeginning: Bool,
        reach: Duration,
        rules: OrderRules,
        outcomes: OrderOutcomes,
        time: any TimeSource,
        pace: FeedPace
    ) {
        self.client = client
        self.streamARN = streamARN
        self.startsAtBeginning = startsAtBeginning
        self.reach = reach
        self.rules = rules
        self.orders = LastOrders(rules: rules)
        self.outcomes = outcomes
        self.time = time
        self.interval = pace.changes
    }

    /// Reads what is new in each shard and puts the last orders into the store.
    package mutating func poll(into store: DashboardStore) async throws {
        let start = self.time.now
        self.beginAnewAfterLongAbsence(at: start)
        if self.time.uptime >= self.nextListing { try await self.list() }
        for id in (self.shards ?? [:]).keys.sorted() {
            // An order's later change must not be read first: the list shows what came last.
            if let parent = self.shards?[id]?.parent, self.shards?[parent]?.iterator != nil { continue }
            try await self.read(id)
        }
        store.set(Self.name, self.orders.value(self.outcomes))
        self.lastSuccess = start
    }

    /// Forgets the places in the shards, and the orders, after a long time without a poll that succeeded.
    ///
    /// Kept orders would have the status that they had before, and wait for good for log lines that nobody has read.
    private mutating func beginAnewAfterLongAbsence(at now: UTCInstant) {
        if self.startsAtBeginning { return }
        if let lastSuccess, now <= lastSuccess + self.reach { return }
        (self.shards, self.nextListing, self.lastSuccess) = (nil, .zero, now)
        self.orders = LastOrders(rules: self.rules)
    }

    private mutating func list() async throws {
        let stream = try await self.client.describeStream(streamARN: self.streamARN, deadline: self.deadline)
        let isFirst = self.shards == nil
        var shards = self.shards ?? [:]
        for shard in stream.shards where shards[shard.shardID] == nil {
            // A shard that came later is the successor of one that was read.
            let fromBeginning = self.startsAtBeginning || !isFirst
            // Of a closed shard nothing is new.
            guard fromBeginning || shard.endingSequenceNumber == nil else {
                shards[shard.shardID] = Shard(parent: shard.parentShardID)
                continue
            }
            let iterator = try await self.iterator(shard.shardID, fromBeginning ? .trimHorizon : .latest)
            shards[shard.shardID] = Shard(parent: shard.parentShardID, iterator: iterator)
        }
        let listed = Set(stream.shards.map(\.shardID))
        self.shards = shards.filter { listed.contains($0.key) }
        self.nextListing = self.time.uptime + Self.listingInterval
    }

    private mutating func read(_ id: String) async throws {
        for _ in 0..<Self.maximumPages {
            guard let shard = self.shards?[id], let iterator = shard.iterator else { return }
            guard let page = try await self.page(iterator, of: id, behind: shard.last) else { return }
            for record in page.records {
                if let change = OrderChange(record) { self.orders.take(change) }
            }
            self.shards?[id]?.iterator = page.nextShardIterator
            if let last = page.records.last { self.shards?[id]?.last = last.sequenceNumber }
            if page.nextShardIterator == nil { self.nextListing = .zero }
            // Behind any other page there is nothing yet, and asking would take a read from the Pipes.
            guard page.isFull else { return }
        }
    }

    /// Nil where the iterator was too old: nobody looked for long.
    ///
    /// What came meanwhile is read next, if it is still there.
    private mutating func page(
        _ iterator: String,
        of id: String,
        behind last: String?
    ) async throws -> DynamoDBStreamsRecordsPage? {
        let failure: AWSError
        do {
            return try await self.client.getRecords(shardIterator: iterator, limit: nil, deadline: self.deadline)
        } catch {
            failure = error
        }
        var position = ShardIteratorPosition.trimHorizon
        switch failure.code {
        case .expiredIterator: if let last { position = .afterSequenceNumber(last) }
        case .trimmedDataAccess: break
        default: throw failure
        }
        let renewed = try await self.renewedIterator(id, position)
        self.shards?[id]?.iterator = renewed
        return nil
    }

    /// An iterator at the position, or at the oldest change that is left, where the stream does not have that place any more.
    private func renewedIterator(_ id: String, _ position: ShardIteratorPosition) async throws(AWSError) -> String {
        do {
            return try await self.iterator(id, position)
        } catch {
            guard error.code == .trimmedDataAccess else { throw error }
            return try await self.iterator(id, .trimHorizon)
        }
    }

    private func iterator(_ shardID: String, _ position: ShardIteratorPosition) async throws(AWSError) -> String {
        try await self.client.getShardIterator(
            streamARN: self.streamARN,
            shardID: shardID,
            position: position,
            deadline: self.deadline
        )
    }

    private var deadline: UTCInstant { self.time.now + .seconds(30) }
}
