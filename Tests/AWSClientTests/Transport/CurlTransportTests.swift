internal import AWSClient
internal import Foundation
internal import Platform
internal import Synchronization
internal import TestSupport
internal import Testing

/// The transport in front of a server that misbehaves on request.
@Suite struct CurlTransportTests {
    private let server: FaultyServer

    init() throws {
        self.server = try FaultyServer()
    }

    private func failure(
        of request: HTTPRequest,
        limits: CurlLimits = CurlLimits(),
        within: Duration? = nil
    ) throws -> HTTPTransportError {
        let error = #expect(throws: HTTPTransportError.self) {
            try withTransport(limits: limits) { transport in
                try await transport.send(request, deadline: within.map { SystemClock.now + $0 })
            }
        }
        return try #require(error)
    }

    @Test(arguments: [HTTPRequest.Method.post, .put, .get])
    func `sends the request as it is`(method: HTTPRequest.Method) throws {
        let body: [UInt8] = method == .get ? [] : Array(0...255) + Array(repeating: 65, count: 2_000_000)
        let request = self.server.request(
            "/a/../b%3D/./c//",
            method,
            query: [("x", "1 &"), ("y", "")],
            headers: ["X-One": "1", "X-None": "", "Host": "dynamodb.example.com"],
            body: body
        )
        let response = try withTransport { try await $0.send(request, deadline: nil) }
        let echo = try Echo(response)
        #expect(echo.method == method.rawValue)
        #expect(echo.target == "/a/../b%3D/./c//?x=1%20%26&y=")
        #expect(echo.body.unicodeScalars.map { UInt8($0.value) } == body)
        let names = Set(echo.headers.map { $0[0] })
        #expect(names.subtracting(["Content-Length"]) == ["Host", "X-One", "X-None"])
        #expect(echo.headers.contains(["Host", "dynamodb.example.com"]))
    }

    @Test func `reads the answer as it is`() throws {
        let response = try withTransport { try await $0.send(self.server.request("/echo"), deadline: nil) }
        #expect(response.statusCode == 200)
        #expect(response.headers["X-TWICE"] == "one")
        #expect(response.headers.fields.filter { $0.name.lowercased() == "x-twice" }.map(\.value) == ["one", "two"])
        #expect(response.headers["X-Empty"] == "")
    }

    @Test func `head has no body`() throws {
        let request = self.server.request("/echo", .head)
        let response = try withTransport { try await $0.send(request, deadline: nil) }
        #expect(response.statusCode == 200)
        #expect(response.body.isEmpty)
    }

    @Test func `interim answers are forgotten`() throws {
        let response = try withTransport { try await $0.send(self.server.request("/continue"), deadline: nil) }
        #expect(response.statusCode == 200)
        #expect(response.headers["X-Final"] == "1")
        #expect(response.headers["X-Interim"] == nil)
    }

    @Test func `does not follow redirects`() throws {
        let response = try withTransport { try await $0.send(self.server.request("/redirect"), deadline: nil) }
        #expect(response.statusCode == 307)
        #expect(response.body == Array("moved".utf8))
    }

    @Test func `keeps connections alive`() throws {
        let server = self.server
        let counts = try withTransport { transport in
            for _ in 0..<5 { _ = try await transport.send(server.request("/echo", .post, body: [1]), deadline: nil) }
            return try await server.counts(transport)
        }
        #expect(counts.connections == 1)
        #expect(counts.requests == 6)
    }

    @Test func `copes with a server that closes after each answer`() throws {
        let server = self.server
        let counts = try withTransport { transport in
            for _ in 0..<3 {
                let response = try await transport.send(server.request("/close", .post, body: [1]), deadline: nil)
                #expect(response.body == Array("bye".utf8))
            }
            return try await server.counts(transport)
        }
        #expect(counts.connections == 4)
        #expect(counts.requests == 4)
    }

    /// Of several loops in a process all handlers are made by the first thread.
    @Test func `a transport serves the thread that its loop runs on, wherever it was made`() throws {
        let server = self.server
        let loops = (0..<2).map { _ in EventLoop() }
        let transports = loops.map { CurlTransport(loop: $0, trustRoots: .libraryDefault) }
        let statuses = Mutex<[Int]>([])
        let threads = zip(loops, transports).map { loop, transport in
            let thread = Thread {
                let status = try? loop.run { try await transport.send(server.request("/"), deadline: nil).statusCode }
                statuses.withLock { $0.append(status ?? 0) }
            }
            thread.start()
            return thread
        }
        while threads.contains(where: { !$0.isFinished }) { sched_yield() }
        #expect(statuses.withLock { $0 } == [200, 200])
    }

    @Test func `transfers run side by side over bounded connections`() throws {
        let server = self.server
        let (elapsed, connections) = try withTransport(limits: CurlLimits(connections: 4)) { transport in
            let start = SystemClock.uptime
            let used = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        try Echo(await transport.send(server.request("/slow"), deadline: nil)).connection
                    }
                }
                return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            return (SystemClock.uptime - start, used.count)
        }
        #expect(connections == 4)
        // Twelve times 50 ms, one after the other, would be 600 ms.
        #expect(elapsed < .milliseconds(550))
    }

    /// In a process of its own, since the environment belongs to all tests.
    @Test func `a proxy of the environment is not asked for loopback`() async {
        await #expect(processExitsWith: .success) {
            for name in ["http_proxy", "HTTPS_PROXY", "ALL_PROXY"] { setenv(name, "http://127.0.0.1:1", 1) }
            let server = try FaultyServer()
            let status = try withTransport { try await $0.send(server.request("/echo"), deadline: nil).statusCode }
            try #require(status == 200)
        }
    }

    @Test func `a refused connection was not sent`() throws {
        let endpoint = self.server.endpoint
        let unused = HTTPRequest(method: .post, endpoint: Endpoint(scheme: "http", host: "127.0.0.1", port: 1))
        #expect(endpoint.port != 1)
        let error = try self.failure(of: unused)
        #expect(error.code == .connectionFailed)
        #expect(!error.wasSent)
    }

    @Test func `an unknown host was not sent`() throws {
        let request = HTTPRequest(method: .get, endpoint: Endpoint(scheme: "http", host: "nowhere.invalid", port: 80))
        let error = try self.failure(of: request)
        #expect(error.code == .hostNotFound || error.code == .connectionFailed)
        #expect(!error.wasSent)
    }

    @Test(arguments: ["/drop", "/truncated", "/truncated-head"])
    func `a connection lost after sending is ambiguous`(path: String) throws {
        let error = try self.failure(of: self.server.request(path, .post, body: [1, 2, 3]))
        #expect(error.code == .connectionLost)
        #expect(error.wasSent)
    }

    @Test func `never sends a request with a body twice by itself`() throws {
        let server = self.server
        let (error, requests) = try withTransport { transport in
            let request = server.request("/drop-second", .post, body: [1, 2, 3])
            _ = try await transport.send(request, deadline: nil)
            let error = await #expect(throws: HTTPTransportError.self) {
                try await transport.send(request, deadline: nil)
            }
            return (error, try await server.counts(transport).requests)
        }
        #expect(error?.code == .connectionLost)
        #expect(error?.wasSent == true)
        #expect(requests == 3)
    }

    @Test func `a silent server times out at the deadline`() throws {
        let start = SystemClock.uptime
        let error = try self.failure(of: self.server.request("/silent", .post, body: [1]), within: .milliseconds(150))
        #expect(error.code == .timedOut)
        #expect(error.wasSent)
        #expect(SystemClock.uptime - start < .seconds(5))
    }

    @Test func `a past deadline sends nothing`() throws {
        let server = self.server
        let error = try self.failure(of: server.request("/echo", .post, body: [1]), within: .seconds(-1))
        #expect(error.code == .timedOut)
        #expect(!error.wasSent)
        #expect(try withTransport { try await server.counts($0) }.requests == 1)
    }

    @Test(arguments: ["/large?1000001", "/large-chunked?2000000"])
    func `a body over the limit is refused`(path: String) throws {
        let request = self.server.request(path)
        let error = try self.failure(of: request, limits: CurlLimits(responseBody: 1_000_000))
        #expect(error.code == .responseTooLarge)
        #expect(error.wasSent)
    }

    @Test func `a body up to the limit is read`() throws {
        let request = self.server.request("/large?1000000")
        let response = try withTransport(limits: CurlLimits(responseBody: 1_000_000)) {
            try await $0.send(request, deadline: nil)
        }
        #expect(response.body.count == 1_000_000)
    }

    @Test(arguments: ["/garbage", "/endless-headers"])
    func `what is not HTTP is malformed`(path: String) throws {
        let error = try self.failure(of: self.server.request(path))
        #expect(error.code == .malformedResponse)
        #expect(error.wasSent)
    }

    @Test func `a header value cannot begin another header`() throws {
        let request = self.server.request("/echo", headers: ["X-A": "1\r\nX-B: 2"])
        let error = try self.failure(of: request)
        #expect(error.code == .misconfigured)
        #expect(!error.wasSent)
        #expect(!error.message.contains("X-B"))
    }

    /// The outcome of `request` in a child task that is cancelled when `moment` has passed.
    private static func cancelled(
        _ request: HTTPRequest,
        _ transport: CurlTransport,
        after moment: @escaping @Sendable () async throws -> Void
    ) async throws -> HTTPTransportError? {
        try await withThrowingTaskGroup(of: HTTPTransportError?.self) { group in
            group.addTask {
                do {
                    _ = try await transport.send(request, deadline: nil)
                    return nil
                } catch let error as HTTPTransportError {
                    return error
                }
            }
            try await moment()
            group.cancelAll()
            return try await group.next() ?? nil
        }
    }

    @Test func `cancelling the task ends the transfer`() throws {
        let server = self.server
        let (error, status) = try withTransport { transport in
            let request = server.request("/silent", .post, body: [1])
            let error = try await Self.cancelled(request, transport) {
                // Its answer shows that the request before it is under way.
                _ = try await transport.send(server.request("/slow"), deadline: nil)
            }
            return (error, try await transport.send(server.request("/echo"), deadline: nil).statusCode)
        }
        #expect(error?.code == .cancelled)
        #expect(error?.wasSent == true)
        #expect(status == 200)
    }

    @Test func `a task cancelled beforehand sends nothing`() throws {
        let server = self.server
        let (error, requests) = try withTransport { transport in
            let request = server.request("/echo", .post, body: [1])
            let error = try await Self.cancelled(request, transport) {}
            return (error, try await server.counts(transport).requests)
        }
        #expect(error?.code == .cancelled)
        #expect(error?.wasSent == false)
        #expect(requests == 1)
    }
}
