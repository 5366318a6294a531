internal import AWSClient
internal import PipesRunner
internal import Platform

/// Follows every shard of a stream for somebody who watches: nothing is kept, and what fails is tried again.
struct StreamFollower: Sendable {
    /// Kinesis allows five reads of a shard a second, which the functions share.
    private static let pollInterval = Duration.seconds(1)
    /// New shards show up in descriptions only.
    private static let describeInterval = Duration.seconds(15)
    /// Pages of one shard in a row before the others get their turn.
    private static let maximumPages = 20

    let name: String
    let stream: any StreamReader
    /// Nil: from now on.
    let since: UTCInstant?
    let time: any TimeSource
    let stop: StopFlag

    /// Hands over each record until the stop.
    func run(_ take: @escaping @Sendable (PolledRecord) throws -> Void) async throws {
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

    /// Reads what a shard has for now; true at the end of a closed one.
    private func read(
        _ cursor: inout ShardCursor,
        _ take: (PolledRecord) throws -> Void
    ) async throws -> Bool {
        for _ in 0..<Self.maximumPages where !self.stop.isSet {
            do {
                switch cursor.next {
                case .locate(let position):
                    let iterator = try await self.stream.iterator(shardID: cursor.shardID, position: position)
                    cursor.located(iterator, at: self.time.now)
                case .read(let iterator):
                    let page = try await self.stream.records(shardID: cursor.shardID, iterator: iterator)
                    for record in page.records { try take(record) }
                    if page.nextIterator == nil { return true }
                    cursor.received(page)
                    if page.readCount == 0 { return false }
                }
            } catch StreamReaderError.expired {
                cursor.expired()
            } catch StreamReaderError.trimmed {
                Console.note("\(self.name): records left \(cursor.shardID) before they were read")
                cursor.trimmed()
            } catch StreamReaderError.unusable(let reason) {
                throw ToolError.failed("\(self.name): \(reason)")
            } catch let error as AWSError where error.isRetryable {
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
        } catch let error as AWSError where error.isRetryable {
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
