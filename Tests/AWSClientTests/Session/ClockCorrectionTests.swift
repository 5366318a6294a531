internal import AWSClient
internal import Platform
internal import Synchronization
internal import TestSupport
internal import Testing

/// Our clock is wrong, is put right, or stands still while the process is frozen; the service's own is right.
@Suite struct ClockCorrectionTests {
    /// Refuses what is signed more than five minutes off, as most services do, and tells its time.
    private final class PunctualService: HTTPTransport {
        let time: ManualTime
        /// What the service's clock is ahead of ours; a wrong clock of ours is a change of it.
        let ahead: SharedValue<Duration>
        let code: String
        /// Happens before an answer is given, by the number of the request: a jump, a freeze.
        let events: SharedValue<[Int: @Sendable () -> Void]>
        let requests = SharedValue(0)
        let accepted = SharedValue(0)

        init(time: ManualTime, ahead: Duration = .zero, code: String = "InvalidSignatureException") {
            self.time = time
            self.ahead = SharedValue(ahead)
            self.code = code
            self.events = SharedValue([:])
        }

        var now: UTCInstant { self.time.now + self.ahead.value }

        func send(_ request: HTTPRequest, deadline: UTCInstant?) async throws(HTTPTransportError) -> HTTPResponse {
            let number = self.requests.value
            self.requests.value += 1
            self.events.value[number]?()
            let date = request.headers["X-Amz-Date"] ?? ""
            let headers: HTTPHeaders = ["Date": Self.httpDate(self.now)]
            if [-300, 0, 300].contains(where: { (self.now + .seconds($0)).iso8601Basic == date }) || self.isNear(date) {
                self.accepted.value += 1
                return HTTPResponse(statusCode: 200, headers: headers, body: Array("{}".utf8))
            }
            let body = "{\"__type\":\"\(self.code)\",\"message\":\"Signature expired\"}"
            return HTTPResponse(statusCode: 403, headers: headers, body: Array(body.utf8))
        }

        private func isNear(_ date: String) -> Bool {
            let (earliest, latest) = (self.now + .seconds(-300), self.now + .seconds(300))
            return (earliest.iso8601Basic...latest.iso8601Basic).contains(date)
        }

        private static func httpDate(_ instant: UTCInstant) -> String {
            let time = instant.civilTime
            let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            return "Mon, \(two(time.day)) \(months[time.month - 1]) \(time.year) "
                + "\(two(time.hour)):\(two(time.minute)):\(two(time.second)) GMT"
        }
    }

    private let time = ManualTime()

    private func client(_ service: PunctualService, attempts: Int) throws -> DynamoDBClient {
        let session = AWSSession(
            configuration: try .example(["AWS_MAX_ATTEMPTS": "\(attempts)"]),
            transport: service,
            time: self.time,
            random: SeededRandom(seed: 1)
        )
        return DynamoDBClient(session: session)
    }

    private func put(_ client: DynamoDBClient) async throws {
        try await client.putItem(PutItemInput(tableName: "T", item: [:]), deadline: nil)
    }

    @Test(arguments: [1, 3], [-86_400, -301, 301, 7_200, 30 * 86_400] as [Int64])
    func `a wrong clock costs one more attempt, also where only one is allowed, and is put right for ever`(
        attempts: Int,
        ahead: Int64
    ) async throws {
        let service = PunctualService(time: self.time, ahead: .seconds(ahead))
        let client = try self.client(service, attempts: attempts)
        try await self.put(client)
        #expect(service.requests.value == 2)
        try await self.put(client)
        #expect(service.requests.value == 3)
        #expect(self.time.sleeps.isEmpty)
    }

    @Test(arguments: [1, 3])
    func `a clock that was wrong and is put right is learnt anew`(attempts: Int) async throws {
        let service = PunctualService(time: self.time, ahead: .seconds(7_200))
        let client = try self.client(service, attempts: attempts)
        try await self.put(client)
        // Our clock is put right: it jumps, the service's does not.
        self.time.jumpWallClock(by: .seconds(7_200))
        service.ahead.value = .zero
        try await self.put(client)
        #expect(service.requests.value == 4)
        try await self.put(client)
        #expect(service.requests.value == 5)
    }

    @Test func `a request that was frozen on its way is signed anew, and the clock stays as it is`() async throws {
        let service = PunctualService(time: self.time)
        let time = self.time
        service.events.value = [0: { time.jumpWallClock(by: .seconds(14 * 86_400)) }]
        let client = try self.client(service, attempts: 1)
        try await self.put(client)
        #expect(service.requests.value == 2)
        try await self.put(client)
        #expect(service.requests.value == 3)
    }

    @Test func `a refusal that the time does not explain is not repeated`() async throws {
        let service = PunctualService(time: self.time, ahead: .seconds(200), code: "SignatureDoesNotMatch")
        let refusal = ScriptedTransport([
            .json(
                403,
                "{\"__type\":\"SignatureDoesNotMatch\"}",
                headers: ["Date": "Wed, 27 Aug 2025 18:10:00 GMT"]
            )
        ])
        let client = DynamoDBClient(session: try .scripted(refusal, time: self.time))
        await #expect(throws: AWSError.self) { try await self.put(client) }
        #expect(refusal.requests.count == 1)
        try await self.put(try self.client(service, attempts: 1))
        #expect(service.requests.value == 1)
    }

    @Test func `a clock that never stands still ends the call after its attempts and one more`() async throws {
        let service = PunctualService(time: self.time, ahead: .seconds(7_200))
        let time = self.time
        let jump: @Sendable () -> Void = { time.jumpWallClock(by: .seconds(-86_400)) }
        service.events.value = Dictionary(uniqueKeysWithValues: (0..<100).map { ($0, jump) })
        let client = try self.client(service, attempts: 3)
        let error = await #expect(throws: AWSError.self) { try await self.put(client) }
        #expect(error?.code.rawValue == "InvalidSignatureException")
        #expect(service.requests.value == 4)
    }

    @Test func `whatever the clocks do between calls, each call succeeds with at most two requests`() async throws {
        for seed in UInt64(0)..<100 {
            let random = SeededRandom(seed: seed)
            var generator = random.generator
            let time = ManualTime()
            let service = PunctualService(time: time)
            let session = AWSSession(
                configuration: try .example(["AWS_MAX_ATTEMPTS": "1"]),
                transport: service,
                time: time,
                random: random
            )
            for call in 0..<30 {
                let jump = Duration.seconds(Int64.random(in: -40 * 86_400...40 * 86_400, using: &generator))
                switch Int.random(in: 0..<4, using: &generator) {
                // Our clock alone is put right or wrong.
                case 0:
                    time.jumpWallClock(by: jump)
                    service.ahead.value -= jump
                // A freeze: our clocks go on from where the service's are, or from where they stood.
                case 1: time.jumpWallClock(by: jump < .zero ? .zero - jump : jump)
                case 2: service.ahead.value += jump < .zero ? .zero - jump : jump
                default: time.advance(by: .seconds(1))
                }
                let before = service.requests.value
                try await self.put(DynamoDBClient(session: session))
                #expect(service.requests.value - before <= 2, "seed \(seed), call \(call)")
            }
        }
    }
}

/// A value that closures share.
private final class SharedValue<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) {
        self.mutex = Mutex(value)
    }

    var value: Value {
        get { self.mutex.withLock { $0 } }
        set { self.mutex.withLock { $0 = newValue } }
    }
}
