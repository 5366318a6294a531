internal import OrdersCommand
internal import PipesRunner
internal import Platform
internal import Synchronization
internal import TestSupport
internal import Testing

/// How the reading of a stream ends that is stopped while nothing answers.
@Suite struct StoppableStreamTests {
    /// Sets the stop with each request, and answers none, or each.
    private struct Shard: StreamReader {
        let stop: StopFlag
        var answers = false
        /// On which nothing ends but by a cancellation.
        let standingTime = ManualTime(mode: .wait)

        private func answer<Answer: Sendable>(_ answer: Answer) async throws -> Answer {
            self.stop.set()
            if !self.answers { try await self.standingTime.sleep(for: .seconds(3_600)) }
            return answer
        }

        func shards() async throws -> [ShardDescription] { try await self.answer([ShardDescription(id: "s")]) }

        func iterator(shardID: String, position: ShardPosition) async throws -> String {
            try await self.answer("\(shardID)-i")
        }

        func records(shardID: String, iterator: String) async throws -> StreamPage {
            try await self.answer(
                StreamPage(records: [], readCount: 0, lastSequenceNumber: nil, nextIterator: "\(iterator)-next")
            )
        }
    }

    private let stop = StopFlag()
    private let time = YieldingTime()

    @Test func `each request that nothing answers is cancelled soon after the stop`() async {
        let stream = StoppableStream(Shard(stop: self.stop), stop: self.stop, time: self.time)
        await #expect(throws: CancellationError.self) { try await stream.shards() }
        await #expect(throws: CancellationError.self) { try await stream.iterator(shardID: "s", position: .latest) }
        await #expect(throws: CancellationError.self) { try await stream.records(shardID: "s", iterator: "i") }
    }

    @Test func `what is answered is passed on`() async throws {
        // Of which the sleep for the grace never ends, so that the answer comes first.
        let stream = StoppableStream(
            Shard(stop: self.stop, answers: true),
            stop: self.stop,
            time: ManualTime(mode: .wait)
        )
        #expect(try await stream.shards() == [ShardDescription(id: "s")])
        #expect(try await stream.iterator(shardID: "s", position: .latest) == "s-i")
        #expect(try await stream.records(shardID: "s", iterator: "i").nextIterator == "i-next")
    }

    @Test func `a runner that is stopped meanwhile ends well and says nothing of it`() async throws {
        let events = Mutex<[RunnerEvent]>([])
        let runner = StreamRunner(
            settings: StreamRunner.Settings(policy: DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: 0)),
            stream: StoppableStream(Shard(stop: self.stop), stop: self.stop, time: self.time),
            target: Nobody(),
            deadLetters: nil,
            time: self.time,
            stop: self.stop,
            tell: { event in events.withLock { $0.append(event) } }
        )
        try await runner.run()
        let told = events.withLock { $0 }
        #expect(told.isEmpty)
    }

    private struct Nobody: PipeTarget {
        func invoke(payload: [UInt8]) async -> TargetOutcome { .answered([]) }
    }
}
