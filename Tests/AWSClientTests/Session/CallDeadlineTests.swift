internal import AWSClient
internal import Platform
internal import Synchronization
internal import TestSupport
internal import Testing

/// A call's deadline is in wall-clock time, and the wall clock jumps: a call ends by whichever clock comes first.
@Suite struct CallDeadlineTests {
    /// Fails each attempt after a time, and lets the wall clock jump with some of them.
    private final class FailingService: HTTPTransport {
        let time: ManualTime
        let jumps: [Int: Duration]
        /// What one attempt takes.
        let latency: Duration
        private let state = Mutex<(requests: Int, allowed: [Duration])>((0, []))

        init(time: ManualTime, latency: Duration, jumps: [Int: Duration]) {
            self.time = time
            self.latency = latency
            self.jumps = jumps
        }

        var requests: Int { self.state.withLock { $0.requests } }
        /// How long each attempt was allowed to take, from the moment it began.
        var allowed: [Duration] { self.state.withLock { $0.allowed } }

        func send(_ request: HTTPRequest, deadline: UTCInstant?) async throws(HTTPTransportError) -> HTTPResponse {
            let now = self.time.now
            let number = self.state.withLock { state in
                state.requests += 1
                if let deadline { state.allowed.append(deadline - now) }
                return state.requests - 1
            }
            self.time.advance(by: self.latency)
            if let jump = self.jumps[number] { self.time.jumpWallClock(by: jump) }
            throw HTTPTransportError(.connectionLost, "gone", wasSent: true)
        }
    }

    private func failure(
        _ service: FailingService,
        time: ManualTime,
        deadline: Duration,
        seed: UInt64 = 1
    ) async throws -> AWSError {
        let session = AWSSession(
            configuration: try .example(["AWS_MAX_ATTEMPTS": "20"]),
            transport: service,
            time: time,
            random: SeededRandom(seed: seed)
        )
        let error = await #expect(throws: AWSError.self) {
            try await DynamoDBClient(session: session).putItem(
                PutItemInput(tableName: "T", item: [:]),
                deadline: time.now + deadline
            )
        }
        return try #require(error)
    }

    @Test func `a wall clock that is put back does not make a call last longer`() async throws {
        let time = ManualTime()
        let begin = time.uptime
        let service = FailingService(time: time, latency: .seconds(1), jumps: [0: .seconds(-86_400)])
        _ = try await self.failure(service, time: time, deadline: .seconds(5))
        #expect(time.uptime - begin <= .seconds(6))
        #expect(service.requests <= 6)
        #expect(service.allowed.allSatisfy { $0 > .zero && $0 <= .seconds(5) })
    }

    @Test(arguments: [6, 3_600, 14 * 86_400] as [Int64])
    func `a process that wakes after the deadline sends nothing more`(seconds: Int64) async throws {
        let time = ManualTime()
        let service = FailingService(time: time, latency: .seconds(1), jumps: [0: .seconds(seconds)])
        let error = try await self.failure(service, time: time, deadline: .seconds(5))
        #expect(service.requests == 1)
        #expect(error.mayHaveBeenApplied)
        #expect(error.isRetryable)
    }

    @Test func `whatever the wall clock does, a call ends in the time that it had, and each attempt gets what is left`()
        async throws
    {
        for seed in UInt64(0)..<200 {
            let random = SeededRandom(seed: seed)
            var generator = random.generator
            let time = ManualTime()
            let begin = time.uptime
            let jumps = (0..<20).compactMap { number -> (Int, Duration)? in
                guard Int.random(in: 0..<4, using: &generator) == 0 else { return nil }
                return (number, .seconds(Int64.random(in: -86_400...10, using: &generator)))
            }
            let latency = Duration.milliseconds(Int64.random(in: 1...2_000, using: &generator))
            let given = Duration.milliseconds(Int64.random(in: 1...20_000, using: &generator))
            let service = FailingService(time: time, latency: latency, jumps: Dictionary(uniqueKeysWithValues: jumps))
            _ = try await self.failure(service, time: time, deadline: given, seed: seed)
            // The last attempt of this service takes its time, whatever it was allowed.
            #expect(time.uptime - begin <= given + latency, "seed \(seed)")
            #expect(service.allowed.allSatisfy { $0 > .zero && $0 <= given }, "seed \(seed)")
        }
    }

    @Test func `credentials that end meanwhile are told at once, and not taken for a wrong clock`() async throws {
        let time = ManualTime()
        let step = ScriptedTransport.Step.json(
            400,
            "{\"__type\":\"ExpiredTokenException\",\"message\":\"The security token included in the request is expired\"}",
            headers: ["Date": "Wed, 10 Sep 2025 18:08:00 GMT"]
        )
        let transport = ScriptedTransport([step])
        time.jumpWallClock(by: .seconds(14 * 86_400))
        let client = DynamoDBClient(session: try .scripted(transport, time: time))
        let error = await #expect(throws: AWSError.self) {
            try await client.putItem(PutItemInput(tableName: "T", item: [:]), deadline: nil)
        }
        #expect(error?.code.rawValue == "ExpiredTokenException")
        #expect(transport.requests.count == 1)
    }

    @Test func `each day has a signing key of its own, also one that comes again after the clock was put back`()
        async throws
    {
        let time = ManualTime()
        let transport = ScriptedTransport(Array(repeating: .json(200, "{}"), count: 3))
        let client = DynamoDBClient(session: try .scripted(transport, time: time))
        for jump in [0, 21 * 86_400, -21 * 86_400] as [Int64] {
            time.jumpWallClock(by: .seconds(jump))
            try await client.putItem(PutItemInput(tableName: "T", item: [:]), deadline: nil)
        }
        let signatures = transport.requests.map { $0.headers["Authorization"] }
        #expect(signatures[0] == signatures[2])
        #expect(signatures[0] != signatures[1])
        #expect(signatures[1]?.contains("/20250917/") == true)
    }
}
