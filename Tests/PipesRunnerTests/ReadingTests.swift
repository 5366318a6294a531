import AWSClient
import PipesRunner
import Platform
import Synchronization
import TestSupport
import Testing

/// How often a shard is read, what is told of reads that fail, and what ends a run.
@Suite struct ReadingTests {
    /// One open shard whose reads are answered by a rule; the last of them sets the stop.
    private final class RuledShard: StreamReader {
        typealias Rule = @Sendable (_ read: Int) throws -> StreamPage

        private let lastRead: Int
        private let stop: StopFlag
        private let rule: Rule
        private let count = Mutex(0)

        init(reads: Int, stop: StopFlag, rule: @escaping Rule) {
            self.lastRead = reads
            self.stop = stop
            self.rule = rule
        }

        func shards() async throws -> [ShardDescription] { [ShardDescription(id: "s")] }

        func iterator(shardID: String, position: ShardPosition) async throws -> String { "i" }

        func records(shardID: String, iterator: String) async throws -> StreamPage {
            let read = self.count.withLock { count in
                count += 1
                return count
            }
            if read == self.lastRead { self.stop.set() }
            return try self.rule(read)
        }
    }

    /// The sleep between two descriptions, the one of an hour, lasts until the stop; the others move the clock.
    private struct ReadingTime: TimeSource {
        let time = ManualTime()
        let stop: StopFlag

        var now: UTCInstant { self.time.now }
        var uptime: Duration { self.time.uptime }

        func sleep(for duration: Duration) async throws {
            guard duration == .seconds(3_600) else {
                try await self.time.sleep(for: duration)
                // Who waits lets the others work.
                return await Task.yield()
            }
            while !self.stop.isSet {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }

    private static let policy = DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: 0)

    private static func settings(window: Duration = .zero, lanes: Int = 1) -> StreamRunner.Settings {
        StreamRunner.Settings(
            limits: BatchLimits(size: 100, window: window),
            policy: Self.policy,
            parallelizationFactor: lanes,
            describeInterval: .seconds(3_600),
            stopInterval: .seconds(3_600)
        )
    }

    /// A page of one record, or an empty one.
    private static func page(
        _ number: Int,
        isEmpty: Bool = false,
        isLatest: Bool? = nil,
        isFull: Bool = false
    ) -> StreamPage {
        let record = PolledRecord(
            identifier: "\(number)",
            sequenceNumber: "\(number)",
            arrival: nil,
            orderingKey: "k",
            json: Array("\(number)".utf8)
        )
        return StreamPage(
            records: isEmpty ? [] : [record],
            readCount: isEmpty ? 0 : 1,
            lastSequenceNumber: isEmpty ? nil : "\(number)",
            nextIterator: "i",
            isLatest: isLatest,
            isFull: isFull
        )
    }

    /// What was told until the stop, and how long each sleep of the reader was.
    private static func read(
        _ reads: Int,
        _ settings: StreamRunner.Settings,
        rule: @escaping RuledShard.Rule
    ) async throws -> (events: [RunnerEvent], sleeps: [Duration]) {
        let stop = StopFlag()
        let time = ReadingTime(stop: stop)
        let events = Mutex<[RunnerEvent]>([])
        let runner = StreamRunner(
            settings: settings,
            stream: RuledShard(reads: reads, stop: stop, rule: rule),
            target: RecordingTarget { _, _ in .answered([]) },
            deadLetters: nil,
            time: time,
            stop: stop,
            tell: { event in events.withLock { $0.append(event) } }
        )
        try await runner.run()
        return (events.withLock { $0 }, time.time.sleeps)
    }

    struct Traffic: Sendable {
        let isLatest: Bool?
        let isFull: Bool
        /// Among eight reads.
        let rests: Int
    }

    @Test(
        arguments: [
            Traffic(isLatest: nil, isFull: false, rests: 7), Traffic(isLatest: true, isFull: false, rests: 7),
            Traffic(isLatest: false, isFull: false, rests: 0), Traffic(isLatest: nil, isFull: true, rests: 0),
            Traffic(isLatest: true, isFull: true, rests: 0),
        ],
        [Duration.zero, .seconds(60)]
    )
    func `a shard with traffic is read four times a second, unless there is more to read`(
        page: Traffic,
        window: Duration
    ) async throws {
        let (_, sleeps) = try await Self.read(8, Self.settings(window: window)) { read in
            Self.page(read, isLatest: page.isLatest, isFull: page.isFull)
        }
        #expect(sleeps == [Duration](repeating: .milliseconds(250), count: page.rests))
    }

    @Test func `a batch that is due is not held up by the rest before the next read`() async throws {
        let (_, sleeps) = try await Self.read(2, Self.settings(window: .milliseconds(100))) { Self.page($0) }
        #expect(sleeps == [.milliseconds(100), .milliseconds(150)])
    }

    @Test(arguments: [StreamReaderError.expired, .trimmed])
    func `a service that refuses every iterator is asked as seldom as one that fails`(
        refusal: StreamReaderError
    ) async throws {
        let (events, sleeps) = try await Self.read(10, Self.settings()) { _ in throw refusal }
        // The first refusal is followed by another iterator at once, and the last read by the stop.
        #expect(sleeps == (1...8).map { Self.policy.wait(afterFailures: $0) })
        let failures = events.count { if case .readFailed = $0 { true } else { false } }
        #expect(failures == 8)
        // Of every shard alike.
        #expect(Set(events.compactMap { $0.failure?.kind }) == ["refuses the iterator that it has just given"])
        #expect(events.count { $0 == .recordsLost(shardID: "s") } == (refusal == .trimmed ? 1 : 0))
    }

    @Test(arguments: [StreamReaderError.expired, .trimmed])
    func `refusals with pages between them cost no rest`(refusal: StreamReaderError) async throws {
        let (events, sleeps) = try await Self.read(9, Self.settings()) { read in
            if read.isMultiple(of: 2) { throw refusal }
            return Self.page(read, isLatest: false)
        }
        #expect(sleeps.isEmpty)
        #expect(events.count { $0 == .recordsLost(shardID: "s") } == (refusal == .trimmed ? 4 : 0))
    }

    @Test func `a read that succeeds after some that failed is told, and no other`() async throws {
        struct Outage: Error {}
        let (events, _) = try await Self.read(7, Self.settings()) { read in
            if [2, 3, 6].contains(read) { throw Outage() }
            return Self.page(read, isEmpty: true)
        }
        let (outage, again) = (
            RunnerEvent.readFailed(FailureReason(Outage()), shardID: "s"), RunnerEvent.readAgain(shardID: "s")
        )
        #expect(events == [.shardStarted("s"), outage, outage, again, outage, again])
    }

    @Test(arguments: [1, 2])
    func `a target that cannot be used ends the run with the reason and gives nothing up`(lanes: Int) async {
        let stop = StopFlag()
        let target = RecordingTarget { _, _ in .unusable("renew them") }
        let sink = RecordingSink()
        let runner = StreamRunner(
            settings: Self.settings(lanes: lanes),
            stream: RuledShard(reads: 1_000, stop: stop) { Self.page($0) },
            target: target,
            deadLetters: sink,
            time: ReadingTime(stop: stop),
            stop: stop
        )
        await #expect(throws: RunnerFailure("renew them")) { try await runner.run() }
        #expect(target.calls.count == 1 && sink.batches.isEmpty && !stop.isSet)
        #expect(await runner.summary.pending > 0)
    }

    @Test func `credentials that have ended end the run at a dead letter, too`() async {
        struct Refusing: DeadLetterSink {
            func store(_ batch: UndeliveredBatch, shardID: String) async throws {
                throw AWSError(code: .init(rawValue: "ExpiredToken"), message: "m", operation: "SQS.SendMessage")
            }
        }
        let stop = StopFlag()
        let runner = StreamRunner(
            settings: Self.settings(),
            stream: RuledShard(reads: 1_000, stop: stop) { Self.page($0) },
            target: RecordingTarget { _, _ in .failed("boom") },
            deadLetters: Refusing(),
            time: ReadingTime(stop: stop),
            stop: stop
        )
        let failure = await #expect(throws: RunnerFailure.self) { try await runner.run() }
        #expect(failure?.description.hasPrefix("SQS.SendMessage failed: ExpiredToken: m; the credentials") == true)
    }
}
