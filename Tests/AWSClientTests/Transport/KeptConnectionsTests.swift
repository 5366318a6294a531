internal import AWSClient
internal import AWSOperations
internal import Platform
internal import TestSupport
internal import Testing

/// Connections that died without a word: behind a NAT that forgot them, or while the machine was frozen.
@Suite struct KeptConnectionsTests {
    private let server: FaultyServer
    /// For connections that answer late, and may.
    private static let impatient = CurlLimits(silence: .milliseconds(300))

    init() throws {
        self.server = try FaultyServer()
    }

    /// Makes `count` connections, all of them idle when it returns.
    private static func connect(_ count: Int, _ server: FaultyServer, _ transport: CurlTransport) async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<count {
                group.addTask { try Echo(await transport.send(server.request("/slow"), deadline: nil)).connection }
            }
            let numbers = try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            #expect(numbers.count == count)
        }
    }

    @Test func `ten silent connections cost one wait`() throws {
        let server = self.server
        try withTransport { transport in
            try await Self.connect(10, server, transport)
            try await server.mute(transport)
            let request = server.request("/echo", .post, body: [1])
            let error = await #expect(throws: HTTPTransportError.self) {
                try await transport.send(request, deadline: SystemClock.now + .seconds(20))
            }
            #expect(error?.code == .timedOut)
            // The service may have acted on it.
            #expect(error?.wasSent == true)
            for _ in 0..<10 {
                let response = try await transport.send(request, deadline: SystemClock.now + .seconds(20))
                #expect(try Echo(response).connection > 10)
            }
        }
    }

    /// A second later libcurl's own count of idle seconds tells old connections from new ones.
    @Test func `connections made after silent ones are kept alive again`() throws {
        let server = self.server
        try withTransport { transport in
            try await Self.connect(4, server, transport)
            try await server.mute(transport)
            await #expect(throws: HTTPTransportError.self) {
                try await transport.send(server.request("/echo"), deadline: nil)
            }
            var numbers: Set<Int> = []
            for _ in 0..<5 {
                numbers.insert(try Echo(await transport.send(server.request("/echo"), deadline: nil)).connection)
            }
            #expect(numbers == [5])
        }
    }

    /// Those that wait side by side give up side by side.
    @Test func `requests over silent connections at the same time cost one wait together`() throws {
        let server = self.server
        try withTransport { transport in
            try await Self.connect(8, server, transport)
            try await server.mute(transport)
            let start = SystemClock.uptime
            let failures = await withTaskGroup(of: HTTPTransportError.Code?.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        do throws(HTTPTransportError) {
                            _ = try await transport.send(server.request("/echo"), deadline: nil)
                            return nil
                        } catch {
                            return error.code
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(failures == Array(repeating: .timedOut, count: 8))
            // One after the other, they would take 16 seconds.
            #expect(SystemClock.uptime - start < .seconds(12))
            #expect(try await transport.send(server.request("/echo"), deadline: nil).statusCode == 200)
        }
    }

    /// With the product's own limits.
    @Test func `a call over a silent connection succeeds within a function's 10 seconds`() throws {
        let server = self.server
        let loop = EventLoop()
        let transport = CurlTransport(loop: loop, trustRoots: .libraryDefault)
        let session = AWSSession(
            configuration: try .example(["AWS_ENDPOINT_URL": server.endpoint.origin]),
            transport: transport,
            time: loop
        )
        try loop.run {
            let table = DynamoDBClient(session: session)
            let input = GetItemInput(tableName: "orders", key: ["orderId": .s("1")])
            try await Self.connect(10, server, transport)
            try await server.mute(transport)
            let deadline = loop.now + .seconds(9)
            _ = try await table.getItem(input, deadline: deadline)
            _ = try await table.getItem(input, deadline: deadline)
        }
    }

    @Test func `a new connection may be silent until the deadline`() throws {
        let server = self.server
        let response = try withTransport(limits: Self.impatient) { transport in
            try await transport.send(server.request("/slow-head"), deadline: nil)
        }
        #expect(response.body == Array("late".utf8))
    }

    @Test func `an answer that takes long by its contract is waited for`() throws {
        let server = self.server
        let response = try withTransport(limits: Self.impatient) { transport in
            try await Self.connect(1, server, transport)
            return try await transport.send(
                server.request("/slow-head", answerDelay: .seconds(10)),
                deadline: nil
            )
        }
        #expect(response.body == Array("late".utf8))
    }

    /// Whatever libcurl's clock, which is the monotonic one, says.
    @Test(arguments: [Duration.seconds(51), .seconds(3_600), .seconds(3 * 7 * 86_400), .seconds(-3_600)])
    func `after a freeze no connection from before it is used`(jump: Duration) throws {
        let server = self.server
        let clock = JumpingClock()
        try withTransport(clock: clock) { transport in
            try await Self.connect(3, server, transport)
            try await server.mute(transport)
            clock.jump(now: jump)
            let response = try await transport.send(server.request("/echo"), deadline: nil)
            #expect(try Echo(response).connection == 4)
        }
    }

    @Test func `a freeze of seconds keeps connections`() throws {
        let server = self.server
        let clock = JumpingClock()
        try withTransport(clock: clock) { transport in
            try await Self.connect(1, server, transport)
            clock.jump(now: .seconds(40))
            let response = try await transport.send(server.request("/echo"), deadline: nil)
            #expect(try Echo(response).connection == 1)
        }
    }

    @Test func `a freeze in the middle of a request leaves idle connections unused`() throws {
        let server = self.server
        let clock = JumpingClock()
        try withTransport(clock: clock) { transport in
            try await Self.connect(3, server, transport)
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    let request = server.request("/slow-head", answerDelay: .seconds(10))
                    return try await transport.send(request, deadline: nil).statusCode
                }
                await Task.yield()
                clock.jump(now: .seconds(3_600))
                let echo = try Echo(await transport.send(server.request("/echo"), deadline: nil))
                #expect(echo.connection == 4)
                let status = try await group.next()
                #expect(status == 200)
            }
        }
    }

    @Test func `a deadline that the wall clock jumps over ends the request`() throws {
        let server = self.server
        let clock = JumpingClock()
        try withTransport(clock: clock) { transport in
            let start = SystemClock.uptime
            let deadline = clock.now + .seconds(3_600)
            try await withThrowingTaskGroup(of: HTTPTransportError.Code?.self) { group in
                group.addTask {
                    do throws(HTTPTransportError) {
                        _ = try await transport.send(server.request("/silent"), deadline: deadline)
                        return nil
                    } catch {
                        return error.code
                    }
                }
                // Its answer shows that the request before it is under way.
                _ = try await transport.send(server.request("/slow"), deadline: nil)
                clock.jump(now: .seconds(7_200))
                _ = try await transport.send(server.request("/slow"), deadline: nil)
                let code = try await group.next()
                #expect(code == .timedOut)
            }
            #expect(SystemClock.uptime - start < .seconds(25))
        }
    }
}
