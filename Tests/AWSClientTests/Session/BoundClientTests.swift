internal import AWSClient
internal import Platform
internal import TestSupport
internal import Testing

/// Clients that are bound to the work on an invocation: a session's few attempts, again and again until the deadline.
@Suite struct BoundClientTests {
    private let time = ManualTime()
    private let put = PutItemInput(tableName: "T", item: ["id": .s("1")])

    private static let throttled = ScriptedTransport.Step.json(
        400,
        #"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}"#
    )

    private func deadline(in left: Duration?) -> WorkDeadline {
        WorkDeadline(deadline: left.map { self.time.now + $0 }, time: self.time, random: SeededRandom(seed: 2))
    }

    private func client(_ transport: ScriptedTransport, until deadline: WorkDeadline) throws -> BoundDynamoDB {
        BoundDynamoDB(DynamoDBClient(session: try .scripted(transport, time: self.time)), until: deadline)
    }

    @Test func `a call outlasts more failures than a session has attempts for`() async throws {
        let transport = ScriptedTransport(Array(repeating: Self.throttled, count: 7) + [.json(200, "{}")])
        try await self.client(transport, until: self.deadline(in: .seconds(60))).putItem(self.put)
        #expect(transport.requests.count == 8)
        // Two waits within each round of three attempts, and one before the next.
        #expect(self.time.sleeps.count == 7)
        let rounds = [2, 5].map { self.time.sleeps[$0] }
        #expect(rounds[0] <= .milliseconds(50) && rounds[1] <= .milliseconds(100))
    }

    @Test func `the last error is thrown before the work deadline, and nothing is sent behind it`() async throws {
        let begin = self.time.now
        let transport = ScriptedTransport(Array(repeating: Self.throttled, count: 500))
        let client = try self.client(transport, until: self.deadline(in: .seconds(20)))
        let error = try #require(await #expect(throws: AWSError.self) { try await client.putItem(self.put) })
        #expect(error.isThrottling)
        #expect(self.time.now < begin + .seconds(18))
        #expect(self.time.now > begin + .seconds(14))
    }

    @Test func `a token bucket that is empty ends a round and not the call`() async throws {
        let lost = ScriptedTransport.Step.failure(HTTPTransportError(.connectionFailed, "", wasSent: false))
        // A hundred retries empty it: after that each round has one attempt.
        let transport = ScriptedTransport(Array(repeating: lost, count: 180) + [.json(200, "{}")])
        try await self.client(transport, until: self.deadline(in: .seconds(100_000))).putItem(self.put)
        #expect(transport.requests.count == 181)
        // Within a round a wait has 100 ms at most, between rounds 2 s.
        #expect(self.time.sleeps.prefix(20).reduce(.zero, +) < .seconds(12))
        #expect(self.time.sleeps.suffix(20).reduce(.zero, +) > .seconds(12))
    }

    @Test func `what an earlier round may have done is told with the last error`() async throws {
        let transport = ScriptedTransport([
            .failure(HTTPTransportError(.connectionLost, "", wasSent: true)),
            .failure(HTTPTransportError(.connectionFailed, "", wasSent: false)),
            .failure(HTTPTransportError(.connectionFailed, "", wasSent: false)),
            .json(400, #"{"__type":"ValidationException"}"#),
        ])
        let client = try self.client(transport, until: self.deadline(in: .seconds(60)))
        let error = try #require(await #expect(throws: AWSError.self) { try await client.putItem(self.put) })
        #expect(error.code == .validation)
        #expect(error.mayHaveBeenApplied)
    }

    @Test func `a permanent error is thrown at once`() async throws {
        let transport = ScriptedTransport([.json(400, #"{"__type":"ValidationException"}"#)])
        let client = try self.client(transport, until: self.deadline(in: .seconds(60)))
        await #expect(throws: AWSError.self) { try await client.putItem(self.put) }
        #expect(transport.requests.count == 1)
        #expect(self.time.sleeps.isEmpty)
    }

    @Test func `nothing is sent once work has ended`() async throws {
        let transport = ScriptedTransport([.json(200, "{}")])
        let deadline = self.deadline(in: .milliseconds(200))
        let error = await #expect(throws: AWSError.self) {
            try await self.client(transport, until: deadline).putItem(self.put)
        }
        #expect(error?.code == .deadlineExceeded)
        #expect(transport.requests.isEmpty)
    }
}
