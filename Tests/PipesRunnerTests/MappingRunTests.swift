import PipesRunner
import Platform
import Synchronization
import TestSupport
import Testing

/// A Kinesis mapping's semantics over whole runs: the checkpoint never passes a record that failed.
@Suite struct MappingRunTests {
    private static func record(_ number: Int) -> PolledRecord {
        PolledRecord(
            identifier: "\(number)",
            sequenceNumber: "\(number)",
            arrival: nil,
            orderingKey: "k",
            json: Array("\(number)".utf8)
        )
    }

    @Test(arguments: 1...25 as ClosedRange<UInt64>)
    func `nothing is sent before all that is older is accepted or given up`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...80, using: &random)
        let shards = [ScriptedStream.Shard(id: "s", records: (1...count).map(Self.record))]
        let poison = Set((1...count).filter { _ in Int.random(in: 0..<12, using: &random) == 0 })
        let bisects = Bool.random(using: &random)
        let settings = StreamRunner.Settings(
            limits: BatchLimits(size: Int.random(in: 1...30, using: &random)),
            policy: DeliveryPolicy(
                partialFailure: .resumeAtLowest,
                maximumRetries: Int.random(in: 0...3, using: &random),
                bisects: bisects
            ),
            envelope: ("[", "]")
        )
        let dice = Mutex(SeededGenerator(seed: seed &* 17))
        let target = RecordingTarget { numbers, _ in
            switch dice.withLock({ Int.random(in: 0..<100, using: &$0) }) {
            case ..<10: .refused("throttled")
            case ..<15: .failed("killed")
            default: RecordingTarget.failures(numbers.filter(poison.contains))
            }
        }
        let sink = RecordingSink(refusals: 1)
        let stop = StopFlag()
        let runner = StreamRunner(
            settings: settings,
            stream: ScriptedStream(shards: shards, pageSize: 20, faults: 10, seed: seed),
            target: target,
            deadLetters: sink,
            time: ManualTime(),
            stop: stop,
            tell: { if case .shardFinished = $0 { stop.set() } }
        )
        try await runner.run()

        let context = Comment(rawValue: "seed \(seed)")
        let dead = Set(sink.batches.flatMap(\.records).compactMap { Int($0.identifier) })
        let summary = await runner.summary
        #expect(summary.pending == 0 && summary.delivered + summary.deadLettered == count, context)
        var next = 1
        for call in target.calls {
            let first = try #require(call.numbers.first)
            #expect(call.numbers == Array(first..<(first + call.numbers.count)), context)
            // What lies between was given up, since the target did not accept it.
            if first > next { #expect((next..<first).allSatisfy(dead.contains), context) }
            #expect(first >= next, context)
            guard case .answered = call.outcome else { continue }
            let failed = call.numbers.first(where: poison.contains)
            next = failed ?? (first + call.numbers.count)
        }
        #expect(bisects ? dead.isSuperset(of: poison) : true, context)
    }
}
