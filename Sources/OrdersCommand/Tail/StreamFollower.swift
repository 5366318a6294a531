internal import AWSClient
package import PipesRunner
package import Platform

/// Follows every shard of a stream for somebody who watches: nothing is kept, and what fails is tried again.
package struct StreamFollower: Sendable {
    /// Kinesis allows five reads of a shard a second, which the functions' mappings share.
    private static let pollInterval = Duration.seconds(1)
    /// Between two reads of a shard that has more: four a second, so that the mappings can still read meanwhile.
    private static let pageInterval = Duration.milliseconds(250)
    /// New shards show up in descriptions only.
    private static let describeInterval = Duration.seconds(15)
    /// Pages of one shard in a row before the others get their turn.
    private static let maximumPages = 20

    private let name: String
    private let stream: any StreamReader
    private let since: UTCInstant?
    private let time: any TimeSource
    private let stop: StopFlag

    /// A follower of the stream that notes call `name`; without `since` it begins with what comes from now on.
    package init(name: String, stream: any StreamReader, since: UTCInstant?, time: any TimeSource, stop: StopFlag) {
        self.name = name
        self.stream = stream
        self.since = since
        self.time = time
        self.stop = stop
    }

    /// Hands over each record until the stop.
    package func run(_ take: @escaping @Sendable (PolledRecord) throws -> Void) async throws {
        var lineage = ShardLineage(position: self.since == nil ? .latest : .trimHorizon)
        var cursors: [ShardCursor] = []
        var described: Duration?
        while !self.stop.isSet {
            if described.map({ self.time.uptime - $0 >= Self.describeInterval }) ?? true {
                let shards = try await self.patiently { try await self.stream.shards() }
                guard let shards else { continue }
                described = self.time.uptime
                cursors += lineage.describe(shards).map(self.cursor)
            }
            for index in cursors.indices.reversed() where !self.stop.isSet {
                guard try await self.read(&cursors[index], take) else { continue }
                let shardID = cursors.remove(at: index).shardID
                cursors += lineage.finish(shardID).map(self.cursor)
                described = nil
            }
            try await self.time.rest(Self.pollInterval, self.stop)
        }
    }

    /// Of the children of a shard that ended long ago, too, only what came since then.
    private func cursor(_ start: ShardLineage.Start) -> ShardCursor {
        ShardCursor(shardID: start.shardID, position: self.since.map { .since($0) } ?? start.position)
    }

    /// Reads what a shard has for now; true where there is nothing more to come.
    private func read(
        _ cursor: inout ShardCursor,
        _ take: (PolledRecord) throws -> Void
    ) async throws -> Bool {
        var isFirstRead = true
        for _ in 0..<Self.maximumPages where !self.stop.isSet {
            do {
                switch cursor.next {
                case .locate(let position):
                    let iterator = try await self.stream.iterator(shardID: cursor.shardID, position: position)
                    cursor.located(iterator, at: self.time.now)
                case .read(let iterator):
                    if !isFirstRead { try await self.time.rest(Self.pageInterval, self.stop) }
                    isFirstRead = false
                    let page = try await self.stream.records(shardID: cursor.shardID, iterator: iterator)
                    for record in page.records { try take(record) }
                    if page.nextIterator == nil { return true }
                    cursor.received(page)
                    if page.readCount == 0 || page.isLatest == true { return false }
                }
            } catch StreamReaderError.expired {
                cursor.expired()
            } catch StreamReaderError.trimmed {
                Console.note("\(self.name): records left \(cursor.shardID) before they were read")
                cursor.trimmed()
            } catch StreamReaderError.shardGone {
                Console.note("\(self.name): records may have left \(cursor.shardID) before they were read")
                return true
            } catch StreamReaderError.unusable(let reason) {
                throw ToolError.failed("\(self.name): \(reason)")
            } catch let error as AWSError where error.isRetryable && !error.isCancellation {
                Console.note("\(self.name): cannot be read, trying again: \(error)")
                cursor.failed()
                return false
            }
        }
        return false
    }

    /// Nil where the request failed for a passing reason, after a rest.
    private func patiently<Value>(_ request: () async throws -> Value) async throws -> Value? {
        do {
            return try await request()
        } catch StreamReaderError.unusable(let reason) {
            throw ToolError.failed("\(self.name): \(reason)")
        } catch let error as AWSError where error.isRetryable && !error.isCancellation {
            Console.note("\(self.name): cannot be read, trying again: \(error)")
            try await self.time.rest(Self.pollInterval, self.stop)
            return nil
        }
    }
}

extension TimeSource {
    /// Sleeps, but no longer than a moment once the user has had enough.
    func rest(_ duration: Duration, _ stop: StopFlag) async throws {
        let end = self.uptime + duration
        while !stop.isSet, self.uptime < end {
            try await self.sleep(for: min(.milliseconds(100), end - self.uptime))
        }
    }
}
