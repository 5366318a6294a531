internal import AWSClient
internal import Platform
internal import TestSupport
internal import Testing

/// What a session does with failures, in time that jumps.
@Suite struct AWSSessionRetryTests {
    private let time = ManualTime()
    private let put = PutItemInput(tableName: "T", item: ["orderId": .s("O")])

    private func deadline(in duration: Duration) -> UTCInstant { self.time.now + duration }

    private func client(
        _ transport: ScriptedTransport,
        environment: [String: String] = [:],
        seed: UInt64 = 1
    ) throws -> DynamoDBClient {
        DynamoDBClient(session: try .scripted(transport, time: self.time, environment: environment, seed: seed))
    }

    private func failure(
        _ transport: ScriptedTransport,
        deadline: UTCInstant? = nil,
        environment: [String: String] = [:]
    ) async throws -> AWSError {
        let client = try self.client(transport, environment: environment)
        let error = await #expect(throws: AWSError.self) { try await client.putItem(self.put, deadline: deadline) }
        return try #require(error)
    }

    private static func refused(_ code: String, status: Int = 400, headers: HTTPHeaders = [:]) -> ScriptedTransport.Step
    {
        .json(status, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#\(code)\",\"message\":\"m\"}", headers: headers)
    }

    private static let lost = ScriptedTransport.Step.failure(.init(.connectionLost, "lost", wasSent: true))
    private static let unreachable = ScriptedTransport.Step.failure(.init(.connectionFailed, "no", wasSent: false))

    @Test(arguments: [
        refused("ProvisionedThroughputExceededException"), refused("ThrottlingException"),
        refused("TransactionConflictException", status: 500), refused("TransactionConflictException", status: 503),
        refused("InternalServerError", status: 500), .json(503, "busy"), .json(502, ""), .json(429, "{}"),
        refused("TransactionInProgressException"), lost, unreachable,
        .failure(.init(.timedOut, "slow", wasSent: true)), .json(200, "{}", headers: ["x-amz-crc32": "1"]),
        .json(200, "{\"trunc"),
    ])
    func `repeats what may succeed later`(step: ScriptedTransport.Step) async throws {
        let transport = ScriptedTransport([step, step, .json(200, "{}")])
        try await self.client(transport).putItem(self.put, deadline: nil)
        #expect(transport.requests.count == 3)
        #expect(self.time.sleeps.count == 2)
    }

    @Test(arguments: [
        refused("ConditionalCheckFailedException"), refused("ValidationException"), refused("AccessDeniedException"),
        refused("TransactionConflictException"), refused("ExpiredTokenException"), .json(404, ""),
        .failure(.init(.untrustedServer, "who?", wasSent: false)),
        .failure(.init(.responseTooLarge, "big", wasSent: true)), .failure(.init(.cancelled, "c", wasSent: true)),
    ])
    func `does not repeat what cannot succeed`(step: ScriptedTransport.Step) async throws {
        let transport = ScriptedTransport([step, .json(200, "{}")])
        _ = try await self.failure(transport)
        #expect(transport.requests.count == 1)
    }

    @Test func `gives up after three attempts unless told otherwise`() async throws {
        let three = ScriptedTransport(Array(repeating: Self.unreachable, count: 9))
        #expect(try await self.failure(three).code == .connectionFailed)
        #expect(three.requests.count == 3)
        let five = ScriptedTransport(Array(repeating: Self.unreachable, count: 9))
        _ = try await self.failure(five, environment: ["AWS_MAX_ATTEMPTS": "5"])
        #expect(five.requests.count == 5)
    }

    @Test func `tells ambiguous failures from those without effect`() async throws {
        let unsent = try await self.failure(ScriptedTransport([Self.unreachable, Self.unreachable, Self.unreachable]))
        #expect(!unsent.mayHaveBeenApplied)
        let lost = try await self.failure(ScriptedTransport([Self.lost, Self.unreachable, Self.unreachable]))
        #expect(lost.code == .connectionFailed)
        #expect(lost.mayHaveBeenApplied)
        let refused = Self.refused("ConditionalCheckFailedException")
        #expect(try await self.failure(ScriptedTransport([refused])).mayHaveBeenApplied == false)
        #expect(try await self.failure(ScriptedTransport([Self.lost, refused])).mayHaveBeenApplied)
        let internalError = Self.refused("InternalServerError", status: 500)
        #expect(try await self.failure(ScriptedTransport([internalError, refused])).mayHaveBeenApplied)
    }

    @Test func `signs each attempt anew`() async throws {
        let transport = ScriptedTransport([
            Self.refused("ThrottlingException", headers: ["Retry-After": "2"]), .json(200, "{}"),
        ])
        try await self.client(transport).putItem(self.put, deadline: nil)
        let dates = transport.requests.map { $0.headers["X-Amz-Date"] }
        #expect(dates.count == 2 && dates[0] != dates[1])
    }

    @Test(arguments: [
        (unreachable, 50), (refused("ThrottlingException"), 500),
    ])
    func `waits full jitter that grows`(step: ScriptedTransport.Step, base: Int) async throws {
        let limits = (0..<5).map { Duration.milliseconds(base << $0) }
        var (shortest, longest) = (limits, Array(repeating: Duration.zero, count: 5))
        for seed in UInt64(0)..<50 {
            let time = ManualTime()
            let session = try AWSSession.scripted(
                ScriptedTransport(Array(repeating: step, count: 6)),
                time: time,
                environment: ["AWS_MAX_ATTEMPTS": "6"],
                seed: seed
            )
            await #expect(throws: AWSError.self) {
                try await DynamoDBClient(session: session).putItem(self.put, deadline: nil)
            }
            try #require(time.sleeps.count == 5, "seed \(seed)")
            #expect(zip(time.sleeps, limits).allSatisfy { $0 >= .zero && $0 <= $1 }, "seed \(seed)")
            shortest = zip(shortest, time.sleeps).map { min($0, $1) }
            longest = zip(longest, time.sleeps).map { max($0, $1) }
        }
        // Of fifty draws from all of a span some are in its first quarter and some in its last.
        #expect(zip(shortest, limits).allSatisfy { $0 < $1 / 4 }, "\(shortest)")
        #expect(zip(longest, limits).allSatisfy { $0 > $1 * 3 / 4 }, "\(longest)")
    }

    @Test(arguments: [
        ("Retry-After", "3", Duration.seconds(3)), ("x-amz-retry-after", "1500", .milliseconds(1500)),
        ("Retry-After", "100000", .seconds(20)),
    ])
    func `waits as long as the service asks`(header: String, value: String, wait: Duration) async throws {
        var headers = HTTPHeaders()
        headers.append(header, value)
        let step = Self.refused("ThrottlingException", headers: headers)
        try await self.client(ScriptedTransport([step, .json(200, "{}")])).putItem(self.put, deadline: nil)
        #expect(self.time.sleeps == [wait])
    }

    @Test(
        arguments: [
            ("Wed, 27 Aug 2025 18:08:07 GMT", 7), ("Wednesday, 27-Aug-25 18:08:07 GMT", 7),
            ("Wed Aug 27 18:08:07 2025", 7),
            ("Wed, 27 Aug 2025 18:07:07 GMT", 0), ("Wed, 31 Feb 2025 18:08:07 GMT", nil), ("soon", nil),
        ] as [(String, Int64?)]
    )
    func `a date to wait for counts from the answer's own, in each form of HTTP's dates`(
        date: String,
        seconds: Int64?
    ) async throws {
        let headers: HTTPHeaders = ["Date": "Wed, 27 Aug 2025 18:08:00 GMT", "Retry-After": date]
        let step = Self.refused("InternalServerError", status: 500, headers: headers)
        try await self.client(ScriptedTransport([step, .json(200, "{}")])).putItem(self.put, deadline: nil)
        let wait = try #require(self.time.sleeps.first)
        // Without a wait that is asked for, the first is 50 ms at most.
        if let seconds, seconds > 0 { #expect(wait == .seconds(seconds)) } else { #expect(wait <= .milliseconds(50)) }
    }

    @Test func `does not wait past the deadline`() async throws {
        let step = Self.refused("ThrottlingException", headers: ["Retry-After": "3"])
        let transport = ScriptedTransport([step, .json(200, "{}")])
        let error = try await self.failure(transport, deadline: self.deadline(in: .seconds(3)))
        #expect(error.isThrottling)
        #expect(self.time.sleeps.isEmpty)
    }

    @Test func `sends nothing after the deadline`() async throws {
        let transport = ScriptedTransport([.json(200, "{}")])
        let error = try await self.failure(transport, deadline: self.deadline(in: .zero))
        #expect(error.code == .deadlineExceeded)
        #expect(!error.mayHaveBeenApplied)
        #expect(transport.requests.isEmpty)
    }

    @Test func `an attempt ends at the deadline or its own timeout`() async throws {
        let transport = ScriptedTransport([.json(200, "{}"), .json(200, "{}"), .json(200, "{}")])
        let client = try self.client(transport)
        try await client.putItem(self.put, deadline: self.deadline(in: .seconds(1)))
        try await client.putItem(self.put, deadline: self.deadline(in: .seconds(100)))
        try await client.putItem(self.put, deadline: nil)
        let now = self.time.now
        #expect(transport.deadlines == [now + .seconds(1), now + .seconds(5), now + .seconds(5)])
    }

    @Test func `a slow service ends the call at the deadline`() async throws {
        let transport = ScriptedTransport([.delay(.seconds(2)), .json(200, "{}")], time: self.time)
        let error = try await self.failure(transport, deadline: self.deadline(in: .seconds(1)))
        #expect(error.code == .deadlineExceeded)
        #expect(error.mayHaveBeenApplied)
    }

    @Test func `stops repeating while a service is down`() async throws {
        let transport = ScriptedTransport(Array(repeating: Self.unreachable, count: 1_000))
        let client = try self.client(transport)
        for _ in 0..<200 {
            await #expect(throws: AWSError.self) { try await client.putItem(self.put, deadline: nil) }
        }
        // 500 tokens at 5 a retry: 100 retries on top of 200 first attempts.
        #expect(transport.requests.count == 300)
    }

    @Test func `successes fill the bucket again`() async throws {
        let failures = ScriptedTransport(
            Array(repeating: Self.unreachable, count: 150) + Array(repeating: .json(200, "{}"), count: 5)
                + [Self.unreachable, .json(200, "{}")]
        )
        let client = try self.client(failures)
        for _ in 0..<50 {
            await #expect(throws: AWSError.self) { try await client.putItem(self.put, deadline: nil) }
        }
        for _ in 0..<6 { try await client.putItem(self.put, deadline: nil) }
        #expect(failures.remainingSteps == 0)
    }

    @Test(arguments: ["InvalidSignatureException", "RequestTimeTooSkewed", "SignatureDoesNotMatch"])
    func `corrects its clock once`(code: String) async throws {
        let date: HTTPHeaders = ["Date": "Wed, 27 Aug 2025 20:08:00 GMT"]
        let transport = ScriptedTransport([Self.refused(code, headers: date), .json(200, "{}"), .json(200, "{}")])
        let client = try self.client(transport)
        try await client.putItem(self.put, deadline: nil)
        try await client.putItem(self.put, deadline: nil)
        let dates = transport.requests.map { $0.headers["X-Amz-Date"] }
        #expect(dates == ["20250827T180800Z", "20250827T200800Z", "20250827T200800Z"].map(Optional.some))
    }

    @Test func `does not blame the clock when it is right`() async throws {
        let date: HTTPHeaders = ["Date": "Wed, 27 Aug 2025 18:09:00 GMT"]
        let step = Self.refused("InvalidSignatureException", headers: date)
        let transport = ScriptedTransport([step, .json(200, "{}")])
        _ = try await self.failure(transport)
        #expect(transport.requests.count == 1)
    }

    @Test func `other refusals have nothing to do with the clock`() async throws {
        let date: HTTPHeaders = ["Date": "Wed, 27 Aug 2025 20:08:00 GMT"]
        let transport = ScriptedTransport([Self.refused("ValidationException", headers: date), .json(200, "{}")])
        #expect(try await self.failure(transport).code == .validation)
        #expect(transport.requests.count == 1)
    }

    @Test func `corrects the clock only once a call`() async throws {
        let date: HTTPHeaders = ["Date": "Wed, 27 Aug 2025 20:08:00 GMT"]
        let step = Self.refused("InvalidSignatureException", headers: date)
        let transport = ScriptedTransport([step, step, .json(200, "{}")])
        _ = try await self.failure(transport)
        #expect(transport.requests.count == 2)
    }
}
