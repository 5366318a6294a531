internal import AWSClient
internal import AWSOperations
internal import Orders
internal import OrdersCommand
internal import PipesRunner
internal import Platform
internal import Synchronization
internal import TestSupport
internal import Testing

/// How sources are asked: at their pace, less after failures, and not at all while nobody looks.
@Suite struct FeedTests {
    private struct Failure: Error {}

    /// Stops the runner after some polls.
    private struct CountingFeed: DashboardFeed {
        static let name = "counting"
        let interval = Duration.seconds(1)
        let time: ManualTime
        let stop: StopFlag
        let fails: Bool
        let cost: Duration
        let polls: Recorder
        var left = 6

        mutating func poll(into store: DashboardStore) async throws {
            self.polls.instants.withLock { $0.append(self.time.uptime) }
            self.left -= 1
            if self.left == 0 { self.stop.set() }
            self.time.advance(by: self.cost)
            if self.fails { throw Failure() }
        }
    }

    private final class Recorder: Sendable {
        let instants = Mutex<[Duration]>([])
    }

    private static func runner(_ store: DashboardStore, _ time: any TimeSource, _ stop: StopFlag) -> FeedRunner {
        let failure = FeedFailure(isLocal: false)
        return FeedRunner(store: store, time: time, stop: stop, patience: .seconds(10), failure: failure)
    }

    /// Seconds between polls.
    private func pauses(fails: Bool = false, cost: Duration = .zero) async throws -> [Double] {
        let (time, stop, store, polls) = (ManualTime(), StopFlag(), DashboardStore(), Recorder())
        let today = try #require(Day("2026-03-01"))
        _ = try #require(store.join(DaySelection(), today: today))
        let runner = Self.runner(store, time, stop)
        await runner.run(CountingFeed(time: time, stop: stop, fails: fails, cost: cost, polls: polls))
        let instants = polls.instants.withLock { $0 }
        return zip(instants.dropFirst(), instants).map { ($0 - $1) / .seconds(1) }
    }

    @Test func `a source that answers is asked at its pace`() async throws {
        #expect(try await self.pauses() == [1, 1, 1, 1, 1])
    }

    @Test func `a source that fails is asked less and less often, up to a limit`() async throws {
        #expect(try await self.pauses(fails: true) == [2, 4, 8, 10, 10])
    }

    @Test func `a source that takes long has four times as long a rest`() async throws {
        #expect(try await self.pauses(cost: .seconds(3)) == [15, 15, 15, 15, 15])
    }

    /// Stops the runner at its fifth sleep.
    private struct StoppingTime: TimeSource {
        let time = ManualTime()
        let stop: StopFlag

        var now: UTCInstant { self.time.now }
        var uptime: Duration { self.time.uptime }

        func sleep(for duration: Duration) async throws {
            try await self.time.sleep(for: duration)
            if self.time.sleeps.count == 5 { self.stop.set() }
        }
    }

    @Test func `nothing is asked while no page is open`() async {
        let (stop, polls) = (StopFlag(), Recorder())
        let time = StoppingTime(stop: stop)
        let runner = Self.runner(DashboardStore(), time, stop)
        await runner.run(
            CountingFeed(time: time.time, stop: stop, fails: false, cost: .zero, polls: polls)
        )
        #expect(time.time.sleeps.count == 5)
        #expect(polls.instants.withLock { $0.isEmpty })
    }
}

/// Where the table's stream is read from, and how it goes on.
@Suite struct ChangesFeedTests {
    /// A stream whose iterators are `shard/position`.
    private final class FakeStream: DynamoDBStreamsOperations {
        struct State {
            var shards: [String: [String]] = [:]
            var closed: Set<String> = []
            var parents: [String: String] = [:]
            var failure: AWSError.Code?
            /// Of the next iterator that is asked for.
            var iteratorFailure: AWSError.Code?
            var positions: [String] = []
            var reads = 0
        }

        let state = Mutex(State())

        func describeStream(
            streamARN: String,
            deadline: UTCInstant?
        ) async throws(AWSError) -> DynamoDBStreamDescription {
            let shards = self.state.withLock { state in
                state.shards.keys.sorted().map {
                    StreamShard(
                        shardID: $0,
                        parentShardID: state.parents[$0],
                        endingSequenceNumber: state.closed.contains($0) ? "9" : nil
                    )
                }
            }
            return DynamoDBStreamDescription(streamStatus: "ENABLED", shards: shards)
        }

        func getShardIterator(
            streamARN: String,
            shardID: String,
            position: ShardIteratorPosition,
            deadline: UTCInstant?
        ) async throws(AWSError) -> String {
            let failure: AWSError.Code? = self.state.withLock { state in
                defer { state.iteratorFailure = nil }
                return state.iteratorFailure
            }
            if let failure { throw AWSError(code: failure, message: "", operation: "GetShardIterator") }
            return self.state.withLock { state in
                state.positions.append("\(shardID) \(position)")
                let count = state.shards[shardID]?.count ?? 0
                return switch position {
                case .latest: "\(shardID)/\(count)"
                case .afterSequenceNumber(let number): "\(shardID)/\(number)"
                case .trimHorizon, .atSequenceNumber, .atTimestamp: "\(shardID)/0"
                }
            }
        }

        func getRecords(
            shardIterator: String,
            limit: Int?,
            deadline: UTCInstant?
        ) async throws(AWSError) -> DynamoDBStreamsRecordsPage {
            let parts = shardIterator.split(separator: "/").map(String.init)
            let failure: AWSError.Code? = self.state.withLock { state in
                state.reads += 1
                defer { state.failure = nil }
                return state.failure
            }
            if let failure { throw AWSError(code: failure, message: "", operation: "GetRecords") }
            let (all, isEnd) = self.state.withLock { state in
                (state.shards[parts[0]] ?? [], state.closed.contains(parts[0]))
            }
            let start = Int(parts[1]) ?? 0
            var records: [DynamoDBStreamsRecord] = []
            for (index, id) in all.enumerated().dropFirst(start) { records.append(Self.record(id, number: index + 1)) }
            return DynamoDBStreamsRecordsPage(
                records: records,
                nextShardIterator: isEnd ? nil : "\(parts[0])/\(all.count)"
            )
        }

        private static func record(_ id: String, number: Int) -> DynamoDBStreamsRecord {
            let key = #"{"orderId":{"S":"\#(id)"}}"#
            return DynamoDBStreamsRecord(
                eventID: id,
                sequenceNumber: String(number),
                approximateCreationDateTime: nil,
                json: Array(#"{"eventName":"INSERT","dynamodb":{"Keys":\#(key),"NewImage":\#(key)}}"#.utf8)
            )
        }
    }

    private static let reach = Duration.seconds(600)

    private let stream = FakeStream()
    private let store = DashboardStore()
    private let time = ManualTime()

    private func feed(startsAtBeginning: Bool) throws -> ChangesFeed {
        let bands = AmountBands(
            normalMinimum: try #require(AmountThreshold("100")),
            premiumMinimum: try #require(AmountThreshold("1000"))
        )
        let rules = OrderRules(bands: try #require(bands), testDomains: try #require(TestDomains("test.com")))
        return ChangesFeed(
            client: self.stream,
            streamARN: "arn",
            startsAtBeginning: startsAtBeginning,
            reach: Self.reach,
            rules: rules,
            outcomes: OrderOutcomes(),
            time: self.time,
            pace: .local
        )
    }

    private func shown() throws -> [String] {
        let view = self.store.view(DaySelection(), today: try #require(Day("2026-03-01")))
        guard case .object(let orders)? = view["orders"] else { return [] }
        return orders.keys.sorted().map(\.text)
    }

    private func change(_ body: (inout FakeStream.State) -> Void) { self.stream.state.withLock { body(&$0) } }

    @Test func `a local stream is read from its beginning, AWS's from what is new`() async throws {
        self.change { $0.shards = ["a": ["O1", "O2"]] }
        var local = try self.feed(startsAtBeginning: true)
        try await local.poll(into: self.store)
        #expect(try self.shown() == ["O1", "O2"])
        var aws = try self.feed(startsAtBeginning: false)
        try await aws.poll(into: self.store)
        #expect(try self.shown() == [])
        self.change { $0.shards["a"]?.append("O3") }
        try await aws.poll(into: self.store)
        #expect(try self.shown() == ["O3"])
    }

    @Test func `a shard that ends is followed by its successor, from that one's beginning`() async throws {
        self.change { $0.shards = ["a": []] }
        var feed = try self.feed(startsAtBeginning: false)
        try await feed.poll(into: self.store)
        self.change {
            $0.shards = ["a": ["O1"], "b": ["O2"]]
            $0.closed = ["a"]
        }
        try await feed.poll(into: self.store)
        try await feed.poll(into: self.store)
        #expect(try self.shown() == ["O1", "O2"])
    }

    @Test func `a shard waits for the rest of the one that it follows, also after minutes without a page`() async throws
    {
        self.change { $0.shards = ["b": []] }
        var feed = try self.feed(startsAtBeginning: false)
        try await feed.poll(into: self.store)
        self.time.jumpWallClock(by: .seconds(300))
        self.change {
            // The successor is the first by its name.
            $0.shards = ["b": ["O1"], "a": ["O2"]]
            ($0.closed, $0.parents) = (["b"], ["a": "b"])
            $0.failure = .expiredIterator
        }
        self.time.advance(by: .seconds(61))
        try await feed.poll(into: self.store)
        #expect(try self.shown() == [])
        try await feed.poll(into: self.store)
        #expect(try self.shown() == ["O1"])
        try await feed.poll(into: self.store)
        #expect(try self.shown() == ["O1", "O2"])
    }

    @Test(arguments: [(0, 1), (1, 1), (999, 1), (1_000, 2)])
    func `a shard is asked again at once only behind a full page`(records: Int, reads: Int) async throws {
        self.change { $0.shards = ["a": (0..<records).map { "O\($0)" }] }
        var feed = try self.feed(startsAtBeginning: true)
        try await feed.poll(into: self.store)
        #expect(self.stream.state.withLock { $0.reads } == reads)
    }

    @Test func `a page of few large records is full, too`() async throws {
        let large = String(repeating: "O", count: 130_000)
        self.change { $0.shards = ["a": ["\(large)1", "\(large)2"]] }
        var feed = try self.feed(startsAtBeginning: true)
        try await feed.poll(into: self.store)
        #expect(self.stream.state.withLock { $0.reads } == 2)
    }

    @Test func `an iterator that is too old is renewed behind the last record`() async throws {
        self.change { $0.shards = ["a": ["O1"]] }
        var feed = try self.feed(startsAtBeginning: true)
        try await feed.poll(into: self.store)
        self.change {
            $0.shards["a"]?.append("O2")
            $0.failure = .expiredIterator
        }
        try await feed.poll(into: self.store)
        try await feed.poll(into: self.store)
        #expect(try self.shown() == ["O1", "O2"])
        #expect(self.stream.state.withLock { $0.positions.last } == #"a afterSequenceNumber("1")"#)
    }

    @Test func `what came in minutes without a page is read, also of a shard that had nothing before`() async throws {
        self.change { $0.shards = ["a": []] }
        var feed = try self.feed(startsAtBeginning: false)
        try await feed.poll(into: self.store)
        self.time.advance(by: Self.reach)
        self.change {
            $0.shards["a"] = ["O1", "O2"]
            $0.failure = .expiredIterator
        }
        try await feed.poll(into: self.store)
        try await feed.poll(into: self.store)
        #expect(try self.shown() == ["O1", "O2"])
    }

    /// A machine that was suspended has a wall clock that went on, and an uptime that did not.
    @Test func `what came in hours without a page is left out, and so are the orders from before`() async throws {
        self.change { $0.shards = ["a": []] }
        var feed = try self.feed(startsAtBeginning: false)
        try await feed.poll(into: self.store)
        self.change { $0.shards["a"] = ["O1"] }
        try await feed.poll(into: self.store)
        self.change {
            $0.shards = ["a": ["O1", "O2"], "b": ["O3"]]
            ($0.closed, $0.parents) = (["a"], ["b": "a"])
        }
        self.time.jumpWallClock(by: Self.reach + .seconds(1))
        try await feed.poll(into: self.store)
        #expect(try self.shown() == [])
        self.change { $0.shards["b"]?.append("O4") }
        try await feed.poll(into: self.store)
        #expect(try self.shown() == ["O4"])
    }

    @Test(arguments: [true, false])
    func `what came in a long outage with the page open is left out, too`(hasSucceededBefore: Bool) async throws {
        self.change { $0.shards = ["a": []] }
        var feed = try self.feed(startsAtBeginning: false)
        if hasSucceededBefore { try await feed.poll(into: self.store) }
        for _ in 0..<4 {
            self.time.advance(by: Self.reach / 2)
            self.change { $0.failure = .connectionFailed }
            let hasFailed = (try? await feed.poll(into: self.store)) == nil
            #expect(hasFailed)
            self.change { $0.shards["a"] = ["O1"] }
        }
        try await feed.poll(into: self.store)
        #expect(try self.shown() == [])
        #expect(self.stream.state.withLock { $0.positions.last } == "a latest")
        self.change { $0.shards["a"]?.append("O2") }
        try await feed.poll(into: self.store)
        #expect(try self.shown() == ["O2"])
    }

    @Test func `a local stream is read on after hours without a page`() async throws {
        self.change { $0.shards = ["a": ["O1"]] }
        var feed = try self.feed(startsAtBeginning: true)
        try await feed.poll(into: self.store)
        self.change { $0.shards["a"]?.append("O2") }
        self.time.jumpWallClock(by: .seconds(86_400))
        try await feed.poll(into: self.store)
        #expect(try self.shown() == ["O1", "O2"])
        #expect(self.stream.state.withLock { $0.positions.count } == 1)
    }

    @Test(arguments: [AWSError.Code.expiredIterator, .trimmedDataAccess])
    func `where the stream has forgotten the last record, its oldest is read`(failure: AWSError.Code) async throws {
        self.change { $0.shards = ["a": ["O1"]] }
        var feed = try self.feed(startsAtBeginning: true)
        try await feed.poll(into: self.store)
        self.change {
            $0.shards["a"] = ["O2", "O3"]
            $0.failure = failure
            if failure == .expiredIterator { $0.iteratorFailure = .trimmedDataAccess }
        }
        try await feed.poll(into: self.store)
        try await feed.poll(into: self.store)
        #expect(try self.shown() == ["O1", "O2", "O3"])
    }

    @Test func `a refusal is the feed's failure, and nothing is lost by it`() async throws {
        self.change { $0.shards = ["a": ["O1"]] }
        var feed = try self.feed(startsAtBeginning: true)
        self.change { $0.failure = .connectionLost }
        await #expect(throws: AWSError.self) { try await feed.poll(into: self.store) }
        try await feed.poll(into: self.store)
        #expect(try self.shown() == ["O1"])
    }

    @Test(
        arguments: [
            (#""message":"batch done","read":5,"counted":4"#, ["batches": 1, "read": 5, "counted": 4]),
            (#""message":"order taken","order_id":"O-1""#, ["batches": 1, "read": 1, "accepted": 1]),
            (
                #""message":"orders taken","accepted":3,"refused":2"#,
                ["batches": 1, "read": 5, "accepted": 3, "refused": 2]
            ),
            (#""message":"request refused","status":422"#, ["batches": 1, "read": 1, "refused": 1]),
            (#""message":"normal order processed""#, nil),
        ] as [(String, [String: Int64]?)]
    )
    func `each function's own line is counted, the intake's too`(members: String, counts: [String: Int64]?) throws {
        let text = #"{"timestamp":"2025-08-27T18:08:00.648Z",\#(members)}"#
        let line = try #require(FunctionLine(LogEvent(eventID: "", timestamp: 0, message: text)))
        #expect(line.batchCounts == counts)
    }
}
