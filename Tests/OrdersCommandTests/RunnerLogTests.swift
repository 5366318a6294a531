internal import AWSClient
internal import OrdersCommand
internal import PipesRunner
internal import Synchronization
internal import Testing

/// What of a runner's events becomes a line.
@Suite struct RunnerLogTests {
    private static func lines(_ events: [RunnerEvent]) -> [String] {
        let lines = Mutex<[String]>([])
        let log = RunnerLog(name: "P", note: { line in lines.withLock { $0.append(line) } })
        for event in events { log.write(event) }
        return lines.withLock { $0 }
    }

    /// Each answer of a service has an id of its own.
    private static func throttled(_ requestID: String, _ message: String = "slow down") -> FailureReason {
        FailureReason(
            AWSError(
                code: AWSError.Code(rawValue: "ThrottlingException"),
                message: message,
                operation: "Kinesis.GetRecords",
                statusCode: 400,
                requestID: requestID
            )
        )
    }

    @Test func `a failure is told once, with the id of its first request`() {
        let lines = Self.lines(["R-1", "R-2"].map { .readFailed(Self.throttled($0), shardID: "s") })
        let failure = "Kinesis.GetRecords failed: ThrottlingException: slow down (HTTP 400) (request id R-1)"
        #expect(lines == ["P: cannot read the stream, trying again: \(failure)"])
    }

    @Test func `so are a batch that fails again and a dead letter that cannot be stored`() {
        let lines = Self.lines([
            .batchFailed(records: 3, reason: Self.throttled("R-1"), shardID: "s"),
            .batchFailed(records: 3, reason: Self.throttled("R-2"), shardID: "s"),
            .deadLetterFailed(Self.throttled("R-3"), shardID: "s"),
            .deadLetterFailed(Self.throttled("R-4"), shardID: "s"),
        ])
        #expect(lines.count == 2)
    }

    @Test func `another failure is told, and each only once while shards fail side by side`() {
        let (first, second) = (Self.throttled("R-1"), Self.throttled("R-2", "slower"))
        let round: [RunnerEvent] = [
            .readFailed(first, shardID: "a"), .readFailed(second, shardID: "b"),
            .batchFailed(records: 3, reason: "x", shardID: "a"), .batchFailed(records: 5, reason: "x", shardID: "b"),
            .batchFailed(records: 5, reason: "y", shardID: "b"), .deadLetterFailed("x", shardID: "a"),
        ]
        let lines = Self.lines(Array(repeating: round, count: 3).flatMap { $0 })
        #expect(lines.count == 5)
        #expect(lines.contains("P: 3 records failed: x") && !lines.contains("P: 5 records failed: x"))
    }

    @Test func `no more than 64 failures are remembered, of which the oldest are forgotten`() {
        let failures = (0...64).map { RunnerEvent.readFailed("\($0)", shardID: "s") }
        #expect(Self.lines(failures + [failures[1], failures[64]]).count == 65)
        #expect(Self.lines(failures + [failures[0]]).count == 66)
    }

    @Test func `after a batch that failed is delivered, its failure is news, and that of a read is not`() {
        let batch = RunnerEvent.batchFailed(records: 3, reason: "x", shardID: "s")
        let read = RunnerEvent.readFailed("x", shardID: "s")
        let lines = Self.lines([batch, read, .deliveredAgain(shardID: "s"), batch, read])
        #expect(lines.count == 3)
        #expect(lines[2] == lines[0])
    }

    @Test func `what each batch is given up for is told`() {
        let batch: [RunnerEvent] = [
            .batchFailed(records: 1, reason: "x", shardID: "s"), .deadLetterFailed("y", shardID: "s"),
            .gaveUp(records: 1, condition: .retryAttemptsExhausted, stored: true, shardID: "s"),
        ]
        #expect(Self.lines(batch + batch).count == 6)
    }

    @Test func `each loss is told, however like the one before it is`() {
        let gaveUp = RunnerEvent.gaveUp(records: 50, condition: .recordAgeExceeded, stored: true, shardID: "s")
        let lost = RunnerEvent.recordsLost(shardID: "s")
        #expect(Self.lines([gaveUp, gaveUp, lost, lost]).count == 4)
    }

    @Test func `after reading works again a second outage is told like the first`() {
        let outage = RunnerEvent.readFailed(Self.throttled("R-1"), shardID: "s")
        let again = RunnerEvent.readAgain(shardID: "s")
        let lines = Self.lines([outage, outage, again, outage, again])
        #expect(lines.count == 4)
        #expect(lines[1] == "P: reading the stream again" && lines[2] == lines[0] && lines[3] == lines[1])
    }

    private static func batch(_ reason: FailureReason, _ shardID: String) -> RunnerEvent {
        .batchFailed(records: 1, reason: reason, shardID: shardID)
    }

    @Test(
        arguments: [
            RunnerEvent.deliveredAgain(shardID: "b"), .shardFinished("b"),
            .gaveUp(records: 1, condition: .retryAttemptsExhausted, stored: false, shardID: "b"),
        ]
    )
    func `a failure goes on in its shard though another shard is rid of its own`(end: RunnerEvent) {
        let lines = Self.lines([
            Self.batch("x", "a"), Self.batch("y", "b"), end, Self.batch("x", "a"), Self.batch("y", "b"),
        ])
        #expect(lines.count { $0.hasSuffix("failed: x") } == 1)
        #expect(lines.count { $0.hasSuffix("failed: y") } == 2)
    }

    @Test func `a failure of two shards is over with the last of them, though only the first one's was told`() {
        let (first, second) = (RunnerEvent.readFailed("x", shardID: "a"), RunnerEvent.readFailed("x", shardID: "b"))
        let (firstAgain, secondAgain) = (RunnerEvent.readAgain(shardID: "a"), RunnerEvent.readAgain(shardID: "b"))
        let outage = [first, second, firstAgain, first, firstAgain]
        let failure = "P: cannot read the stream, trying again: x"
        #expect(Self.lines(outage) == [failure])
        let lines = Self.lines(outage + [secondAgain, second])
        #expect(lines == [failure, "P: reading the stream again", failure])
    }

    @Test func `a shard at its end has no failure any more`() {
        let gone: [RunnerEvent] = [
            .readFailed("x", shardID: "a"), .deadLetterFailed("x", shardID: "a"), Self.batch("x", "a"),
        ]
        let next: [RunnerEvent] = [
            .readFailed("x", shardID: "b"), .deadLetterFailed("x", shardID: "b"), Self.batch("x", "b"),
        ]
        let end = RunnerEvent.shardFinished("a")
        #expect(Self.lines(gone + next).count == 3)
        #expect(Self.lines(gone + [end] + next).count == 7)
    }
}
