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
        let lines = Self.lines([.readFailed(Self.throttled("R-1")), .readFailed(Self.throttled("R-2"))])
        let failure = "Kinesis.GetRecords failed: ThrottlingException: slow down (HTTP 400) (request id R-1)"
        #expect(lines == ["P: cannot read the stream, trying again: \(failure)"])
    }

    @Test func `so are a batch that fails again and a dead letter that cannot be stored`() {
        let lines = Self.lines([
            .batchFailed(records: 3, reason: Self.throttled("R-1")),
            .batchFailed(records: 3, reason: Self.throttled("R-2")),
            .deadLetterFailed(Self.throttled("R-3")), .deadLetterFailed(Self.throttled("R-4")),
        ])
        #expect(lines.count == 2)
    }

    @Test func `another failure is told, and each only once while shards fail side by side`() {
        let (first, second) = (Self.throttled("R-1"), Self.throttled("R-2", "slower"))
        let round: [RunnerEvent] = [
            .readFailed(first), .readFailed(second), .batchFailed(records: 3, reason: "x"),
            .batchFailed(records: 5, reason: "x"), .batchFailed(records: 5, reason: "y"), .deadLetterFailed("x"),
        ]
        let lines = Self.lines(Array(repeating: round, count: 3).flatMap { $0 })
        #expect(lines.count == 5)
        #expect(lines.contains("P: 3 records failed: x") && !lines.contains("P: 5 records failed: x"))
    }

    @Test func `no more than 64 failures are remembered, of which the oldest are forgotten`() {
        let failures = (0...64).map { RunnerEvent.readFailed("\($0)") }
        #expect(Self.lines(failures + [failures[1], failures[64]]).count == 65)
        #expect(Self.lines(failures + [failures[0]]).count == 66)
    }

    @Test func `after a batch that failed is delivered, its failure is news, and that of a read is not`() {
        let (batch, read) = (RunnerEvent.batchFailed(records: 3, reason: "x"), RunnerEvent.readFailed("x"))
        let lines = Self.lines([batch, read, .deliveredAgain, batch, read])
        #expect(lines.count == 3)
        #expect(lines[2] == lines[0])
    }

    @Test func `what each batch is given up for is told`() {
        let gaveUp = RunnerEvent.gaveUp(records: 1, condition: .retryAttemptsExhausted, stored: true)
        let batch: [RunnerEvent] = [.batchFailed(records: 1, reason: "x"), .deadLetterFailed("y"), gaveUp]
        #expect(Self.lines(batch + batch).count == 6)
    }

    @Test func `each loss is told, however like the one before it is`() {
        let gaveUp = RunnerEvent.gaveUp(records: 50, condition: .recordAgeExceeded, stored: true)
        let lost = RunnerEvent.recordsLost(shardID: "s")
        #expect(Self.lines([gaveUp, gaveUp, lost, lost]).count == 4)
    }

    @Test func `after reading works again a second outage is told like the first`() {
        let outage = RunnerEvent.readFailed(Self.throttled("R-1"))
        let lines = Self.lines([outage, outage, .readAgain, outage, .readAgain])
        #expect(lines.count == 4)
        #expect(lines[1] == "P: reading the stream again" && lines[2] == lines[0] && lines[3] == lines[1])
    }
}
