import PipesRunner
import Platform
import Testing

@Suite struct DeliveryTests {
    /// Runs a delivery to its end against a function of the records; every wait and dead letter is noted.
    private struct Run {
        var invocations: [[String]] = []
        var waits: [Duration] = []
        var undelivered: [UndeliveredBatch] = []
        var delivered = 0

        init(
            _ count: Int,
            _ policy: DeliveryPolicy,
            now: UTCInstant = .seconds(100),
            limit: Int = 200,
            target: (_ attempt: Int, _ identifiers: [String]) -> TargetOutcome
        ) {
            var delivery = Delivery((0..<count).map { .numbered($0) }, policy: policy)
            var now = now
            while self.invocations.count < limit {
                switch delivery.next(at: now) {
                case .finish: return
                case .wait(let duration):
                    self.waits.append(duration)
                    now = now + duration
                case .giveUp(let batch): self.undelivered.append(batch)
                case .invoke(let records):
                    let identifiers = records.map(\.identifier)
                    self.invocations.append(identifiers)
                    switch target(self.invocations.count, identifiers) {
                    case .answered(let bytes):
                        let answer = BatchAnswer(payload: bytes, identifiers: identifiers)
                        self.delivered += delivery.answered(answer)
                    case .failed: delivery.failed()
                    case .refused: delivery.refused()
                    case .unusable: return
                    }
                }
            }
        }
    }

    private static func pipe(
        retries: Int?,
        age: Duration? = nil,
        bisects: Bool = false
    ) -> DeliveryPolicy {
        DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: retries, maximumAge: age, bisects: bisects)
    }

    private static func mapping(retries: Int?, bisects: Bool = false) -> DeliveryPolicy {
        DeliveryPolicy(partialFailure: .resumeAtLowest, maximumRetries: retries, bisects: bisects)
    }

    private static func failures(_ identifiers: [String]) -> TargetOutcome {
        let items = identifiers.map { #"{"itemIdentifier":"\#($0)"}"# }.joined(separator: ",")
        return .answered(Array(#"{"batchItemFailures":[\#(items)]}"#.utf8))
    }

    @Test func `a success ends it with one invocation`() {
        let run = Run(3, Self.pipe(retries: 5)) { _, _ in .answered([]) }
        #expect(run.invocations == [["e0", "e1", "e2"]])
        #expect(run.delivered == 3 && run.waits.isEmpty && run.undelivered.isEmpty)
    }

    @Test(arguments: [0, 1, 5])
    func `a failure is invoked retries plus one times, then given up`(retries: Int) {
        let run = Run(2, Self.pipe(retries: retries)) { _, _ in .failed("boom") }
        #expect(run.invocations.count == retries + 1)
        #expect(run.undelivered.map(\.condition) == [.retryAttemptsExhausted])
        #expect(run.undelivered.first?.records.map(\.identifier) == ["e0", "e1"])
        #expect(run.undelivered.first?.invocations == retries + 1)
        #expect(run.delivered == 0)
    }

    @Test func `a Pipe sends only the failed records again`() {
        let run = Run(4, Self.pipe(retries: 5)) { attempt, _ in
            attempt == 1 ? Self.failures(["e1", "e3"]) : attempt == 2 ? Self.failures(["e3"]) : .answered([])
        }
        #expect(run.invocations == [["e0", "e1", "e2", "e3"], ["e1", "e3"], ["e3"]])
        #expect(run.delivered == 4)
    }

    @Test func `a Pipe gives up on what still fails, and on nothing else`() {
        let run = Run(4, Self.pipe(retries: 2)) { _, identifiers in
            Self.failures(identifiers.filter { $0 == "e2" })
        }
        #expect(run.invocations.count == 3)
        #expect(run.undelivered.map { $0.records.map(\.identifier) } == [["e2"]])
        #expect(run.delivered == 3)
    }

    @Test func `an answer about unknown records fails the whole batch`() {
        let run = Run(2, Self.pipe(retries: 1)) { _, _ in Self.failures(["e9"]) }
        #expect(run.invocations == [["e0", "e1"], ["e0", "e1"]])
        #expect(run.undelivered.first?.records.count == 2)
    }

    @Test func `bisecting halves down to the record that fails, at no cost of attempts`() {
        let run = Run(8, Self.pipe(retries: 2, bisects: true)) { _, identifiers in
            identifiers.contains("e5") ? .failed("boom") : .answered([])
        }
        #expect(
            run.invocations == [
                ["e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7"],
                ["e0", "e1", "e2", "e3"],
                ["e4", "e5", "e6", "e7"],
                ["e4", "e5"], ["e4"],
                ["e5"], ["e5"], ["e5"],
                ["e6", "e7"],
            ]
        )
        #expect(run.undelivered.map { $0.records.map(\.identifier) } == [["e5"]])
        #expect(run.delivered == 7)
    }

    @Test func `bisecting an odd batch loses nobody`() {
        let run = Run(5, Self.pipe(retries: 0, bisects: true)) { _, _ in .failed("boom") }
        #expect(run.undelivered.flatMap(\.records).map(\.identifier) == ["e0", "e1", "e2", "e3", "e4"])
    }

    @Test func `a mapping resumes at the lowest failure`() {
        let run = Run(5, Self.mapping(retries: 5)) { attempt, _ in
            attempt == 1 ? Self.failures(["e4", "e2"]) : .answered([])
        }
        #expect(run.invocations == [["e0", "e1", "e2", "e3", "e4"], ["e2", "e3", "e4"]])
        #expect(run.delivered == 5)
    }

    @Test func `a mapping that bisects cuts at the failure reported, at no cost of attempts`() {
        let run = Run(4, Self.mapping(retries: 1, bisects: true)) { _, identifiers in
            identifiers.contains("e2") ? Self.failures(["e2"]) : .answered([])
        }
        #expect(run.invocations == [["e0", "e1", "e2", "e3"], ["e2", "e3"], ["e2"], ["e2"], ["e3"]])
        #expect(run.undelivered.map { $0.records.map(\.identifier) } == [["e2"]])
        #expect(run.delivered == 3)
    }

    @Test func `without a limit it retries until the record is too old`() {
        // Records arrived at 0 and 1 s; the wait grows to 2 s.
        let run = Run(2, Self.pipe(retries: nil, age: .seconds(30)), now: .seconds(10)) { _, _ in .failed("boom") }
        #expect(run.undelivered.allSatisfy { $0.condition == .recordAgeExceeded })
        #expect(run.undelivered.flatMap(\.records).map(\.identifier) == ["e0", "e1"])
        #expect(run.invocations.count > 5 && run.invocations.count < 20)
    }

    @Test func `what is too old is never sent, and the rest is`() {
        let run = Run(4, Self.pipe(retries: 5, age: .seconds(60)), now: .seconds(62)) { _, _ in .answered([]) }
        #expect(run.invocations == [["e2", "e3"]])
        #expect(run.undelivered.map(\.condition) == [.recordAgeExceeded])
        #expect(run.undelivered.first?.records.map(\.identifier) == ["e0", "e1"])
        #expect(run.undelivered.first?.invocations == 0)
    }

    @Test func `throttling costs no attempt`() {
        let run = Run(1, Self.pipe(retries: 1)) { attempt, _ in
            attempt <= 10 ? .refused("throttled") : attempt == 11 ? .failed("boom") : .answered([])
        }
        #expect(run.invocations.count == 12)
        #expect(run.delivered == 1)
    }

    @Test func `waits double up to the limit`() {
        let run = Run(1, Self.pipe(retries: 7)) { _, _ in .failed("boom") }
        #expect(run.waits == [100, 200, 400, 800, 1_600, 2_000, 2_000].map { .milliseconds($0) })
    }

    @Test func `an empty batch is finished`() {
        let run = Run(0, Self.pipe(retries: 1)) { _, _ in .failed("boom") }
        #expect(run.invocations.isEmpty && run.undelivered.isEmpty)
    }
}
