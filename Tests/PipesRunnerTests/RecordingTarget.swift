import EventPatterns
import PipesRunner
import Synchronization

/// A target that fails by the test's rule and notes each call.
///
/// Payloads hold the records' numbers: `[1,2,3]`.
final class RecordingTarget: PipeTarget {
    struct Call: Sendable {
        let numbers: [Int]
        let outcome: TargetOutcome
    }

    private let state = Mutex<[Call]>([])
    private let rule: @Sendable (_ numbers: [Int], _ call: Int) -> TargetOutcome

    init(rule: @escaping @Sendable (_ numbers: [Int], _ call: Int) -> TargetOutcome) {
        self.rule = rule
    }

    var calls: [Call] { self.state.withLock { $0 } }

    func invoke(payload: [UInt8]) async -> TargetOutcome {
        await Task.yield()
        var numbers: [Int] = []
        if case .array(let elements)? = try? JSONValue(parsing: payload) {
            numbers = elements.map { if case .number(let number) = $0 { Int(number) } else { -1 } }
        }
        return self.state.withLock { calls in
            let outcome = self.rule(numbers, calls.count)
            calls.append(Call(numbers: numbers, outcome: outcome))
            return outcome
        }
    }

    static func failures(_ numbers: [Int]) -> TargetOutcome {
        let items = numbers.map { #"{"itemIdentifier":"\#($0)"}"# }.joined(separator: ",")
        return .answered(Array(#"{"batchItemFailures":[\#(items)]}"#.utf8))
    }
}

/// A dead-letter queue that refuses some of the messages at first.
final class RecordingSink: DeadLetterSink {
    struct Unavailable: Error {}

    private let state = Mutex<(batches: [UndeliveredBatch], refusals: Int)>(([], 0))

    init(refusals: Int = 0) {
        self.state.withLock { $0.refusals = refusals }
    }

    var batches: [UndeliveredBatch] { self.state.withLock { $0.batches } }

    func store(_ batch: UndeliveredBatch, shardID: String) async throws {
        try self.state.withLock { state in
            if state.refusals > 0 {
                state.refusals -= 1
                throw Unavailable()
            }
            state.batches.append(batch)
        }
    }
}
