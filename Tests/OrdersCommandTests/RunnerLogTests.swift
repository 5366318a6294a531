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

    @Test func `another failure is told, and so is the first one behind it`() {
        let lines = Self.lines([
            .readFailed(Self.throttled("R-1")), .readFailed(Self.throttled("R-2", "slower")),
            .readFailed(Self.throttled("R-3")), .batchFailed(records: 3, reason: "x"),
            .batchFailed(records: 2, reason: "x"),
        ])
        #expect(lines.count == 5)
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
