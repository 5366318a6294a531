import EventPatterns
import PipesRunner
import Platform
import Synchronization
import TestSupport
import Testing

/// `ParallelizationFactor`: several batches of a shard under way, an item's records one after the other.
@Suite struct LaneTests {
    /// Records of key `a` have odd numbers, those of `b` even ones; the two keys have lanes of their own.
    private static func records(_ numbers: some Sequence<Int>) -> [PolledRecord] {
        numbers.map { number in
            PolledRecord(
                identifier: "\(number)",
                sequenceNumber: "\(number)",
                arrival: nil,
                orderingKey: number % 2 == 1 ? "a" : "b",
                json: Array("\(number)".utf8)
            )
        }
    }

    private static func settings(batch: Int = 5, readAheadBytes: Int = 1_000_000) -> StreamRunner.Settings {
        StreamRunner.Settings(
            limits: BatchLimits(size: batch),
            policy: DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: nil),
            parallelizationFactor: 2,
            readAheadBytes: readAheadBytes
        )
    }

    /// Runs until the shard is at its end, or the rule sets the flag.
    private static func run(
        _ stream: ScriptedStream,
        _ settings: StreamRunner.Settings,
        _ target: some PipeTarget,
        stop: StopFlag
    ) async throws -> DeliverySummary {
        let runner = StreamRunner(
            settings: settings,
            stream: stream,
            target: target,
            deadLetters: nil,
            time: ManualTime(),
            stop: stop,
            tell: { if case .shardFinished = $0 { stop.set() } }
        )
        try await runner.run()
        return await runner.summary
    }

    @Test func `gives keys their lanes, and each lane one batch at a time`() {
        var lanes = ShardLanes(count: 2, limits: BatchLimits(size: 2), envelopeBytes: 2)
        lanes.add(Self.records(1...10), at: .seconds(0))
        #expect(lanes.waitingBytes == 11)
        let started = lanes.start(at: .seconds(0))
        #expect(Set(started.map { $0.batch.map(\.identifier) }) == [["1", "3"], ["2", "4"]])
        #expect(lanes.areAllBusy && lanes.start(at: .seconds(0)).isEmpty)
        #expect(lanes.next(started[0].lane, at: .seconds(0))?.count == 2)
        lanes.abandon(started[1].lane)
        #expect(lanes.busyCount == 1 && lanes.waitingBytes == 5)
    }

    @Test func `a lane that retries holds up no other`() async throws {
        let stop = StopFlag()
        let accepted = Mutex<[Int]>([])
        // Key a is refused until everything of b is delivered.
        let target = RecordingTarget { numbers, call in
            if call == 400 { stop.set() }
            return accepted.withLock { accepted in
                let isBlocked = accepted.count { $0 % 2 == 0 } < 100
                if numbers.contains(where: { $0 % 2 == 1 }), isBlocked { return .refused("throttled") }
                accepted += numbers
                return .answered([])
            }
        }
        let stream = ScriptedStream(
            shards: [ScriptedStream.Shard(id: "s", records: Self.records(1...200))],
            pageSize: 8,
            seed: 5
        )
        let summary = try await Self.run(stream, Self.settings(), target, stop: stop)
        #expect(summary.delivered == 200 && summary.pending == 0)
        let order = accepted.withLock { $0 }
        #expect(order.filter { $0 % 2 == 1 } == Array(stride(from: 1, to: 200, by: 2)))
        #expect(order.filter { $0 % 2 == 0 } == Array(stride(from: 2, through: 200, by: 2)))
    }

    @Test func `no more is read ahead of a lane that retries than may wait`() async throws {
        let stop = StopFlag()
        // Three bytes each, all of the one key; the other lane stays hungry.
        let records = Self.records(stride(from: 101, to: 900, by: 2))
        let stream = ScriptedStream(shards: [ScriptedStream.Shard(id: "s", records: records)], pageSize: 10, seed: 1)
        let readWhileBlocked = Mutex(0)
        let target = RecordingTarget { _, call in
            guard call < 200 else { return .answered([]) }
            readWhileBlocked.withLock { $0 = max($0, stream.servedCount) }
            return .refused("throttled")
        }
        let summary = try await Self.run(stream, Self.settings(readAheadBytes: 60), target, stop: stop)
        #expect(summary.delivered == records.count)
        // A batch under way, 20 that may wait, and the page that passed the mark.
        #expect((21...35).contains(readWhileBlocked.withLock { $0 }))
    }

    @Test func `each lane has one batch under way, and the lanes work side by side`() async throws {
        let target = OverlapTarget()
        let stream = ScriptedStream(
            shards: [ScriptedStream.Shard(id: "s", records: Self.records(1...200))],
            pageSize: 50,
            seed: 2
        )
        let summary = try await Self.run(stream, Self.settings(), target, stop: StopFlag())
        #expect(summary.delivered == 200)
        #expect(target.mostOfOneKey == 1 && target.mostAtOnce == 2)
    }

    @Test func `a stop finishes the batches under way in all lanes and loses none from the count`() async throws {
        let stop = StopFlag()
        let stopped = Mutex(false)
        let target = RecordingTarget { numbers, call in
            // Were the other lane held up, only this would end it.
            if call == 300 { stop.set() }
            if numbers.contains(where: { $0 % 2 == 1 }) { return .refused("throttled") }
            if call > 8 {
                stop.set()
                stopped.withLock { $0 = true }
            }
            return .answered([])
        }
        let stream = ScriptedStream(
            shards: [ScriptedStream.Shard(id: "s", records: Self.records(1...200))],
            pageSize: 20,
            seed: 4
        )
        let summary = try await Self.run(stream, Self.settings(), target, stop: stop)
        let accepted = target.calls.filter { $0.outcome == .answered([]) }.flatMap(\.numbers)
        #expect(stopped.withLock { $0 } && summary.delivered == accepted.count)
        #expect(summary.pending == summary.read - accepted.count && summary.pending > 0)
    }
}

/// Notes how many of its invocations overlap.
private final class OverlapTarget: PipeTarget {
    private struct State {
        var active: [Bool: Int] = [:]
        var mostOfOneKey = 0
        var mostAtOnce = 0
    }

    private let state = Mutex(State())

    var mostOfOneKey: Int { self.state.withLock { $0.mostOfOneKey } }
    var mostAtOnce: Int { self.state.withLock { $0.mostAtOnce } }

    func invoke(payload: [UInt8]) async -> TargetOutcome {
        guard case .array(let elements)? = try? JSONValue(parsing: payload), case .number(let number)? = elements.first
        else { return .failed("no records") }
        let key = Int(number) % 2 == 1
        self.state.withLock { state in
            state.active[key, default: 0] += 1
            state.mostOfOneKey = max(state.mostOfOneKey, state.active[key] ?? 0)
            state.mostAtOnce = max(state.mostAtOnce, state.active.values.reduce(0, +))
        }
        for _ in 0..<20 { await Task.yield() }
        self.state.withLock { $0.active[key, default: 0] -= 1 }
        return .answered([])
    }
}
