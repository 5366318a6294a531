import PipesRunner
import Platform
import Synchronization
import TestSupport
import Testing

@Suite struct StreamRunnerTests {
    private static func record(_ number: Int, key: String) -> PolledRecord {
        PolledRecord(
            identifier: "\(number)",
            sequenceNumber: "\(number)",
            arrival: nil,
            orderingKey: key,
            json: Array("\(number)".utf8)
        )
    }

    /// Runs until every shard is at its end.
    private static func run(
        _ shards: [ScriptedStream.Shard],
        stream: ScriptedStream,
        settings: StreamRunner.Settings,
        target: RecordingTarget,
        sink: RecordingSink?
    ) async throws -> DeliverySummary {
        let stop = StopFlag()
        let ended = Mutex(0)
        let runner = StreamRunner(
            settings: settings,
            stream: stream,
            target: target,
            deadLetters: sink,
            time: ManualTime(),
            stop: stop
        ) { event in
            guard case .shardFinished = event else { return }
            let count = ended.withLock { ended in
                ended += 1
                return ended
            }
            if count == shards.count { stop.set() }
        }
        try await runner.run()
        return await runner.summary
    }

    /// One parent that splits, descendants that merge, records of five items throughout; two further roots appear late.
    private static func shards(_ random: inout some RandomNumberGenerator) -> [ScriptedStream.Shard] {
        var number = 0
        func records(_ keys: [String]) -> [PolledRecord] {
            (0..<Int.random(in: 0...30, using: &random)).map { _ in
                number += 1
                return self.record(number, key: keys.randomElement(using: &random) ?? "k")
            }
        }
        return [
            ScriptedStream.Shard(id: "root", records: records(["a", "b", "c"])),
            ScriptedStream.Shard(id: "left", parentIDs: ["root"], records: records(["a"])),
            ScriptedStream.Shard(id: "right", parentIDs: ["root"], records: records(["b", "c"]), appearsAfter: 2),
            ScriptedStream.Shard(id: "leftmost", parentIDs: ["left"], records: records(["a"]), appearsAfter: 3),
            ScriptedStream.Shard(
                id: "merged",
                parentIDs: ["leftmost", "right"],
                records: records(["a", "b", "c"]),
                appearsAfter: 4
            ),
            ScriptedStream.Shard(id: "late", records: records(["d"]), appearsAfter: 2),
            ScriptedStream.Shard(id: "orphan", parentIDs: ["gone"], records: records(["e"]), appearsAfter: 1),
        ].shuffled(using: &random)
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func `loses nothing and repeats nothing, whatever fails`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let shards = Self.shards(&random)
        let poison = Set((1...100).filter { _ in Int.random(in: 0..<10, using: &random) == 0 })
        let retries = Int.random(in: 0...4, using: &random)
        let bisects = Bool.random(using: &random)
        let settings = StreamRunner.Settings(
            limits: BatchLimits(size: Int.random(in: 1...20, using: &random)),
            policy: DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: retries, bisects: bisects),
            parallelizationFactor: Int.random(in: 1...4, using: &random)
        )
        let faults = SeededGenerator(seed: seed &* 31)
        let dice = Mutex(faults)
        let target = RecordingTarget { numbers, _ in
            let roll = dice.withLock { Int.random(in: 0..<100, using: &$0) }
            let failing = numbers.filter(poison.contains)
            return switch roll {
            case ..<10: .refused("throttled")
            case ..<15: .failed("killed")
            case ..<20: .answered(Array(#"{"batchItemFailures":[{"itemIdentifier":""}]}"#.utf8))
            default: failing.isEmpty ? .answered([]) : RecordingTarget.failures(failing)
            }
        }
        let sink = RecordingSink(refusals: 2)
        let stream = ScriptedStream(shards: shards, pageSize: 8, faults: 10, seed: seed)
        let summary = try await Self.run(shards, stream: stream, settings: settings, target: target, sink: sink)

        let all = shards.flatMap(\.records)
        let context = Comment(rawValue: "seed \(seed)")
        #expect(summary.read == all.count, context)
        #expect(summary.pending == 0, context)
        #expect(summary.delivered + summary.deadLettered == all.count, context)
        let dead = sink.batches.flatMap(\.records).map(\.identifier)
        #expect(Set(dead).count == dead.count, context)
        #expect(dead.count == summary.deadLettered, context)
        let sent = Set(target.calls.flatMap(\.numbers))
        #expect(sent == Set(all.compactMap { Int($0.identifier) }), context)
        #expect(Set(dead.compactMap(Int.init)).isSuperset(of: poison.intersection(sent)), context)
        Self.checkRepeats(target.calls, bisects: bisects, context)
        Self.checkOrder(target.calls, all, context)
        if !bisects {
            Self.checkAttempts(target.calls, dead: dead.compactMap(Int.init), retries: retries, context)
        }
    }

    /// What a target accepted is not sent again, unless bisecting splits its batch.
    private static func checkRepeats(_ calls: [RecordingTarget.Call], bisects: Bool, _ context: Comment) {
        var accepted: Set<Int> = []
        for call in calls {
            #expect(accepted.isDisjoint(with: call.numbers), context)
            guard case .answered(let payload) = call.outcome else { continue }
            switch BatchAnswer(payload: payload, identifiers: call.numbers.map(String.init)) {
            case .success: accepted.formUnion(call.numbers)
            case .partialFailure(let failed):
                guard !bisects || call.numbers.count == 1 else { continue }
                accepted.formUnion(call.numbers.filter { !failed.contains("\($0)") })
            case .failure: break
            }
        }
    }

    /// The records of one item are first sent in the order of the stream.
    private static func checkOrder(_ calls: [RecordingTarget.Call], _ all: [PolledRecord], _ context: Comment) {
        let keys = Dictionary(all.map { ($0.identifier, $0.orderingKey) }) { first, _ in first }
        var seen: Set<Int> = []
        var last: [String: Int] = [:]
        for number in calls.flatMap(\.numbers) where seen.insert(number).inserted {
            guard let key = keys["\(number)"] else { continue }
            #expect(number > last[key] ?? 0, context)
            last[key] = number
        }
    }

    /// A dead-lettered record was tried exactly retries + 1 times; throttled calls do not count.
    private static func checkAttempts(
        _ calls: [RecordingTarget.Call],
        dead: [Int],
        retries: Int,
        _ context: Comment
    ) {
        var attempts: [Int: Int] = [:]
        for call in calls {
            if case .refused = call.outcome { continue }
            for number in call.numbers { attempts[number, default: 0] += 1 }
        }
        for number in dead { #expect(attempts[number] == retries + 1, context) }
    }

    @Test func `without a queue it counts what it discards`() async throws {
        let shards = [ScriptedStream.Shard(id: "s", records: (1...5).map { Self.record($0, key: "k") })]
        let target = RecordingTarget { _, _ in .failed("boom") }
        let settings = StreamRunner.Settings(
            policy: DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: 1)
        )
        let stream = ScriptedStream(shards: shards)
        let summary = try await Self.run(shards, stream: stream, settings: settings, target: target, sink: nil)
        #expect(summary.discarded == 5 && summary.deadLettered == 0 && summary.retried == 5)
    }

    @Test func `LATEST delivers only what comes later`() async throws {
        let shards = [
            ScriptedStream.Shard(id: "old", records: [Self.record(1, key: "k")]),
            ScriptedStream.Shard(id: "new", parentIDs: ["old"], records: [Self.record(2, key: "k")], appearsAfter: 1),
        ]
        let target = RecordingTarget { _, _ in .answered([]) }
        let settings = StreamRunner.Settings(
            position: .latest,
            policy: DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: 1)
        )
        let stream = ScriptedStream(shards: shards)
        _ = try await Self.run([shards[1]], stream: stream, settings: settings, target: target, sink: nil)
        #expect(target.calls.map(\.numbers) == [[2]])
    }

    @Test(arguments: [Duration.milliseconds(250), .seconds(2)])
    func `no sleep is longer than a stop may stay unnoticed`(stopInterval: Duration) async throws {
        let time = ManualTime()
        let stop = StopFlag()
        // Seen at the second description, ten seconds after the first.
        let shards = [ScriptedStream.Shard(id: "s", records: [Self.record(1, key: "k")], appearsAfter: 1)]
        let runner = StreamRunner(
            settings: StreamRunner.Settings(
                policy: DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: 0),
                stopInterval: stopInterval
            ),
            stream: ScriptedStream(shards: shards),
            target: RecordingTarget { _, _ in .answered([]) },
            deadLetters: nil,
            time: time,
            stop: stop
        ) { event in
            if case .shardFinished = event { stop.set() }
        }
        try await runner.run()
        #expect(time.sleeps.max() == stopInterval)
        #expect(time.sleeps.reduce(.zero, +) >= .seconds(10))
    }

    @Test func `a stop finishes what is in flight, retries nothing, and tells what is left`() async throws {
        let shards = [ScriptedStream.Shard(id: "s", records: (1...5).map { Self.record($0, key: "k") })]
        let stop = StopFlag()
        let target = RecordingTarget { _, _ in
            stop.set()
            return RecordingTarget.failures([2])
        }
        let runner = StreamRunner(
            settings: StreamRunner.Settings(
                policy: DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: 9)
            ),
            stream: ScriptedStream(shards: shards, pageSize: 1_000, seed: 3),
            target: target,
            deadLetters: nil,
            time: ManualTime(),
            stop: stop
        )
        try await runner.run()
        let summary = await runner.summary
        #expect(target.calls.count == 1)
        #expect(summary.pending == 1 && summary.delivered == summary.read - 1)
    }

    @Test func `a shard that is gone ends with what was read of it, and its children start`() async throws {
        let records = (1...3).map { Self.record($0, key: "k") }
        let shards = [
            ScriptedStream.Shard(id: "parent", records: Array(records[..<2]), isGone: true),
            ScriptedStream.Shard(id: "child", parentIDs: ["parent"], records: [records[2]], appearsAfter: 1),
        ]
        let stop = StopFlag()
        let events = Mutex<[RunnerEvent]>([])
        let target = RecordingTarget { _, _ in .answered([]) }
        let runner = StreamRunner(
            settings: StreamRunner.Settings(
                limits: BatchLimits(size: 100, window: .seconds(86_400)),
                policy: DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: 1)
            ),
            stream: ScriptedStream(shards: shards),
            target: target,
            deadLetters: nil,
            time: ManualTime(),
            stop: stop
        ) { event in
            events.withLock { $0.append(event) }
            if event == .shardFinished("child") { stop.set() }
        }
        try await runner.run()
        let told = events.withLock { $0 }
        let expected: [RunnerEvent] = [
            .shardStarted("parent"), .recordsLost(shardID: "parent"), .shardFinished("parent"),
            .shardStarted("child"), .shardFinished("child"),
        ]
        #expect(told == expected)
        #expect(target.calls.map(\.numbers) == [[1, 2], [3]])
    }

    @Test func `a batch that is taken after it failed is told, and no other`() async throws {
        let records = (1...2).map { Self.record($0, key: "k") }
        let stop = StopFlag()
        let events = Mutex<[RunnerEvent]>([])
        let target = RecordingTarget { _, call in
            switch call {
            case 0: .refused("throttled")
            case 1: .failed("killed")
            default: .answered([])
            }
        }
        let runner = StreamRunner(
            settings: StreamRunner.Settings(
                limits: BatchLimits(size: 1),
                policy: DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: 3)
            ),
            stream: ScriptedStream(shards: [ScriptedStream.Shard(id: "s", records: records)]),
            target: target,
            deadLetters: nil,
            time: ManualTime(),
            stop: stop
        ) { event in
            events.withLock { $0.append(event) }
            if event == .shardFinished("s") { stop.set() }
        }
        try await runner.run()
        let told = events.withLock { $0 }
        let expected: [RunnerEvent] = [
            .shardStarted("s"),
            .batchFailed(records: 1, reason: "throttled; not counted as an attempt", shardID: "s"),
            .batchFailed(records: 1, reason: "killed", shardID: "s"), .deliveredAgain(shardID: "s"),
            .shardFinished("s"),
        ]
        #expect(told == expected)
        #expect(target.calls.map(\.numbers) == [[1], [1], [1], [2]])
    }

    @Test func `a stream that cannot be used ends the run with the reason`() async throws {
        struct Gone: StreamReader {
            func shards() async throws -> [ShardDescription] { throw StreamReaderError.unusable("it is gone") }
            func iterator(shardID: String, position: ShardPosition) async throws -> String { "" }
            func records(shardID: String, iterator: String) async throws -> StreamPage {
                throw StreamReaderError.expired
            }
        }
        let runner = StreamRunner(
            settings: StreamRunner.Settings(
                policy: DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: 1)
            ),
            stream: Gone(),
            target: RecordingTarget { _, _ in .answered([]) },
            deadLetters: nil,
            time: ManualTime(),
            stop: StopFlag()
        )
        await #expect(throws: StreamReaderError.unusable("it is gone")) { try await runner.run() }
    }
}
