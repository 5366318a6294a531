import AWSClient
import AWSOperations
import OrdersCommand
import Platform
import TestSupport
import Testing

/// Shards whose last records are old are read to their ends, however many reads give nothing, as long as there is time.
@Suite struct ShardProgressReaderTests {
    private static let shard = "shardId-0"
    private static let archiver = "OrderArchiver"
    private static let aggregator = "AnalyticsAggregator"

    private let time = ManualTime()

    /// A stream that takes 1,500 reads to its end, or to its record.
    private func stream(
        _ shardIDs: [String] = [Self.shard],
        closed: String? = nil,
        record: KinesisRecord? = nil
    ) -> IdleStream {
        let records = record.map { [Self.shard: $0] } ?? [:]
        return IdleStream(shardIDs, closed: closed, idleMinutes: 1_500, records: records, time: self.time)
    }

    /// A reader of checkpoints by function, the same in each shard.
    private func reader(_ stream: IdleStream, _ checkpoints: [String: String] = [:]) async throws -> ShardProgressReader
    {
        let dynamoDB = InMemoryDynamoDB(keys: ["Checkpoints": ["checkpoint"]])
        for shard in try await stream.listShards(streamName: "orders", deadline: nil) {
            for (function, number) in checkpoints {
                let key = "\(function)#orders#\(shard.shardID)"
                dynamoDB.seed("Checkpoints", ["checkpoint": .s(key), "sequenceNumber": .s(number)])
            }
        }
        return ShardProgressReader(
            dynamoDB: dynamoDB,
            kinesis: stream,
            checkpointsTable: "Checkpoints",
            streamName: "orders",
            time: self.time
        )
    }

    /// What one look at the archiver's shards finds.
    private func look(
        _ reader: ShardProgressReader,
        within patience: Duration,
        from places: inout ShardPlaces
    ) async throws -> [ShardBacklog] {
        let found = try await reader.progress(of: [Self.archiver], within: patience, from: &places)
        return found.flatMap { $0.shards }.map { $0.backlog }
    }

    @Test func `a shard is read on as long as its end comes nearer`() async throws {
        let stream = self.stream()
        var places = ShardPlaces()
        let reader = try await self.reader(stream)
        let found = try await self.look(reader, within: .seconds(600), from: &places)
        #expect(found == [.empty])
        #expect(stream.reads.count == 1_500)
        #expect(stream.positions == [.trimHorizon])
    }

    @Test func `a record behind a long stretch without any is found, and again at once`() async throws {
        let stream = self.stream(record: .ofBeginning("7"))
        let reader = try await self.reader(stream, [Self.archiver: "5"])
        var places = ShardPlaces()
        let found = try await self.look(reader, within: .seconds(600), from: &places)
        // Between 1,500 reads are 1,499 rests of 350 ms.
        #expect(found == [.waiting(.milliseconds(524_650))])
        self.time.advance(by: .seconds(1_000))
        let again = try await self.look(reader, within: .zero, from: &places)
        #expect(again == [.waiting(.milliseconds(1_524_650))])
        #expect(stream.reads.count == 1_501)
        #expect(stream.positions == [.afterSequenceNumber("5"), .atSequenceNumber("7")])
    }

    @Test func `of an end that is not reached in time only its distance is known`() async throws {
        let stream = self.stream(record: .ofBeginning("7"))
        var (places, notes) = (ShardPlaces(), [Duration]())
        let reader = try await self.reader(stream)
        let found = try await reader.progress(
            of: [Self.archiver],
            within: .seconds(10),
            from: &places,
            note: { notes.append($0) }
        )
        let progress = try #require(found.first?.shards.first)
        // The 30th read is the first that is done behind 10 s.
        #expect(progress.backlog == .unread(.seconds(88_200)))
        #expect(progress.lag == nil)
        #expect(notes.count == 29 && notes.first == .seconds(89_940) && notes.last == .seconds(88_260))
        #expect(
            Judgement.shard(Self.archiver, progress, patience: .seconds(10))
                == .untold(
                    "OrderArchiver in shardId-0",
                    "no record waits as far as was read in 10 s, up to 88200 s before the shard's end: "
                        + "--read-for looks for longer"
                )
        )
    }

    @Test func `another look goes on where the one before it ended`() async throws {
        let stream = self.stream()
        let reader = try await self.reader(stream)
        var (places, looks) = (ShardPlaces(), 0)
        var found: [ShardBacklog] = []
        while found != [.empty], looks < 100 {
            found = try await self.look(reader, within: .seconds(10), from: &places)
            looks += 1
        }
        #expect(looks == 50)
        // At the end a look is one read, for what came since.
        found = try await self.look(reader, within: .seconds(10), from: &places)
        #expect(found == [.empty])
        #expect(stream.reads.count == 1_501)
        #expect(stream.positions.count == 1)
    }

    @Test func `an iterator that has grown old is not read with`() async throws {
        let stream = self.stream()
        let reader = try await self.reader(stream)
        var places = ShardPlaces()
        _ = try await self.look(reader, within: .seconds(10), from: &places)
        self.time.advance(by: .seconds(241))
        _ = try await self.look(reader, within: .zero, from: &places)
        #expect(stream.positions == [.trimHorizon, .trimHorizon])
    }

    @Test(arguments: [[Self.archiver: "5", Self.aggregator: "5"], [Self.archiver: "5"]])
    func `shards are read side by side, and each leaves reads to its functions`(
        checkpoints: [String: String]
    ) async throws {
        let shardIDs = (0..<20).map { "shardId-\($0)" }
        let stream = self.stream(shardIDs)
        let start = self.time.uptime
        var places = ShardPlaces()
        let reader = try await self.reader(stream, checkpoints)
        let found = try await reader.progress(
            of: [Self.archiver, Self.aggregator],
            within: .seconds(1_200),
            from: &places
        )
        #expect(found.map { $0.function } == [Self.archiver, Self.aggregator])
        #expect(found.allSatisfy { $0.shards.count == 20 && $0.shards.allSatisfy { $0.backlog == .empty } })
        // One shard after the other would take twenty times as long.
        #expect(self.time.uptime - start < .seconds(1_200))
        for shardID in shardIDs {
            let times = stream.reads.filter { $0.shardID == shardID }.map { $0.at }
            #expect(zip(times.dropFirst(), times).allSatisfy { $0 - $1 >= .milliseconds(350) })
        }
    }

    @Test(arguments: ["ProvisionedThroughputExceededException", "LimitExceededException", "ThrottlingException"])
    func `a shard that refuses reads rests for longer and is read on, and others as before`(code: String) async throws {
        let shardIDs = [Self.shard, "shardId-1"]
        let stream = IdleStream(
            shardIDs,
            idleMinutes: 30,
            refused: [Self.shard: 10..<14],
            failure: AWSError.Code(rawValue: code),
            time: self.time
        )
        var places = ShardPlaces()
        let reader = try await self.reader(stream)
        let found = try await self.look(reader, within: .seconds(600), from: &places)
        #expect(found == [.empty, .empty])
        // The place is kept: none is asked for anew, and no read is made twice but the four that were refused.
        #expect(stream.positions.count == 2)
        let reads = stream.reads.filter { $0.shardID == Self.shard }
        #expect(reads.count == 34)
        let rests = zip(reads, reads.dropFirst()).filter { $0.0.isRefused }.map { $0.1.at - $0.0.at }
        // One second, two and twice four, up to the next look at all shards.
        #expect(rests == [.milliseconds(1_050), .milliseconds(2_100), .milliseconds(4_200), .milliseconds(4_200)])
        let others = stream.reads.filter { $0.shardID != Self.shard }.map { $0.at }
        #expect(zip(others.dropFirst(), others).allSatisfy { $0 - $1 == .milliseconds(350) })
    }

    @Test func `a shard that refuses reads to the end of the time is not read, for that reason`() async throws {
        let stream = IdleStream([Self.shard], idleMinutes: 1_500, refused: [Self.shard: 1..<1_000], time: self.time)
        var places = ShardPlaces()
        let reader = try await self.reader(stream)
        let start = self.time.uptime
        let found = try await reader.progress(of: [Self.archiver], within: .seconds(10), from: &places)
        #expect(self.time.uptime - start < .seconds(11))
        let progress = try #require(found.first?.shards.first)
        #expect(
            Judgement.shard(Self.archiver, progress, patience: .seconds(10))
                == .untold(
                    "OrderArchiver in shardId-0",
                    "no record waits as far as was read in 10 s, up to 89940 s before the shard's end, where the last "
                        + "read was refused (ProvisionedThroughputExceededException), since others read it, too: --read-for "
                        + "looks for longer"
                )
        )
    }

    @Test func `what another look has found is not told again where a read is refused`() async throws {
        let stream = IdleStream([Self.shard], idleMinutes: 1, refused: [Self.shard: 1..<2], time: self.time)
        var places = ShardPlaces()
        let reader = try await self.reader(stream)
        var found = try await self.look(reader, within: .zero, from: &places)
        #expect(found == [.empty])
        found = try await self.look(reader, within: .zero, from: &places)
        #expect(found == [.unread(nil)])
        found = try await self.look(reader, within: .zero, from: &places)
        #expect(found == [.empty])
        #expect(stream.positions.count == 1)
    }

    @Test func `any other failure of a read ends the look`() async throws {
        let stream = IdleStream(
            [Self.shard],
            idleMinutes: 30,
            refused: [Self.shard: 3..<4],
            failure: .accessDenied,
            time: self.time
        )
        let reader = try await self.reader(stream)
        await #expect(throws: AWSError.self) {
            var places = ShardPlaces()
            _ = try await self.look(reader, within: .seconds(600), from: &places)
        }
    }

    @Test func `a closed shard is left out once it is known to be read to its end`() async throws {
        let reader = try await self.reader(self.stream(closed: Self.shard))
        var places = ShardPlaces()
        let first = try await self.look(reader, within: .zero, from: &places)
        #expect(first == [.unread(.seconds(89_940))])
        for _ in 0..<2 {
            let found = try await self.look(reader, within: .seconds(600), from: &places)
            #expect(found == [])
        }
    }
}
