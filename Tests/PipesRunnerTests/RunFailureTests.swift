import PipesRunner
import Platform
import Synchronization
import TestSupport
import Testing

/// What a run that cannot go on tells of the shard that has something under way then.
@Suite struct RunFailureTests {
    /// A shard with one record, and another that may not be read any more once something of that record is under way.
    private struct TwoShards: StreamReader {
        let isUnderWay: StopFlag

        func shards() async throws -> [ShardDescription] {
            [ShardDescription(id: "busy"), ShardDescription(id: "failing")]
        }

        func iterator(shardID: String, position: ShardPosition) async throws -> String { "i" }

        func records(shardID: String, iterator: String) async throws -> StreamPage {
            if shardID == "failing" {
                while !self.isUnderWay.isSet {
                    try Task.checkCancellation()
                    await Task.yield()
                }
                throw StreamReaderError.unusable("it is gone")
            }
            let record = PolledRecord(
                identifier: "1",
                sequenceNumber: "1",
                arrival: nil,
                orderingKey: "k",
                json: Array("1".utf8)
            )
            return StreamPage(records: [record], readCount: 1, lastSequenceNumber: "1", nextIterator: nil)
        }
    }

    /// A call that only a cancellation ends, and a message to the dead-letter queue likewise.
    private struct Standing: PipeTarget, DeadLetterSink {
        let isUnderWay: StopFlag
        let outcome: TargetOutcome
        let time = ManualTime(mode: .wait)

        func invoke(payload: [UInt8]) async -> TargetOutcome {
            self.isUnderWay.set()
            try? await self.time.sleep(for: .seconds(3_600))
            return self.outcome
        }

        func store(_ batch: UndeliveredBatch, shardID: String) async throws {
            self.isUnderWay.set()
            try await self.time.sleep(for: .seconds(3_600))
        }
    }

    /// What was told of failures until the run ended, and what it left.
    private static func failures(
        target: some PipeTarget,
        sink: Standing,
        isUnderWay: StopFlag
    ) async -> (told: [RunnerEvent.Failure], pending: Int) {
        let events = Mutex<[RunnerEvent]>([])
        let runner = StreamRunner(
            settings: StreamRunner.Settings(policy: DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: 0)),
            stream: TwoShards(isUnderWay: isUnderWay),
            target: target,
            deadLetters: sink,
            // The sleep between two descriptions lasts until the run's end.
            time: ManualTime(mode: .wait),
            stop: StopFlag(),
            tell: { event in events.withLock { $0.append(event) } }
        )
        await #expect(throws: StreamReaderError.unusable("it is gone")) { try await runner.run() }
        return (events.withLock { $0 }.compactMap(\.failure), await runner.summary.pending)
    }

    @Test(arguments: [TargetOutcome.refused("the task was cancelled"), .failed("the task was cancelled")])
    func `a batch that is cut off has not failed`(outcome: TargetOutcome) async {
        let isUnderWay = StopFlag()
        let standing = Standing(isUnderWay: isUnderWay, outcome: outcome)
        let (told, pending) = await Self.failures(target: standing, sink: standing, isUnderWay: isUnderWay)
        #expect(told.isEmpty && pending == 1)
    }

    @Test func `nor is a dead letter that is cut off told`() async {
        let isUnderWay = StopFlag()
        let (told, pending) = await Self.failures(
            target: RecordingTarget { _, _ in .failed("killed") },
            sink: Standing(isUnderWay: isUnderWay, outcome: .answered([])),
            isUnderWay: isUnderWay
        )
        #expect(told.map(\.kind) == ["killed"] && pending == 1)
    }
}
