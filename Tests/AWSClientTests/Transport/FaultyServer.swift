internal import AWSClient
internal import Foundation
internal import Platform
internal import TestSupport
internal import Testing

/// A server of Tests/python, running.
///
/// It ends with the closing of its input, that is at the latest with this process.
final class TestServerProcess: Sendable {
    /// Where it listens, which is the first thing it prints.
    let firstLine: String
    private let process: Process
    private let input: Pipe

    init(_ script: String, _ arguments: [String]) throws {
        self.process = Process()
        self.process.executableURL = URL(filePath: "/usr/bin/env")
        self.process.arguments = ["python3", PythonInterpreter.scripts.appending(path: script).path] + arguments
        let output = Pipe()
        self.input = Pipe()
        self.process.standardInput = self.input
        self.process.standardOutput = output
        try self.process.run()
        var bytes = Data()
        while !bytes.contains(UInt8(ascii: "\n")) {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else {
                throw CocoaError(.fileReadUnknown, userInfo: [NSDebugDescriptionErrorKey: "\(script): no port"])
            }
            bytes += more
        }
        self.firstLine = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    deinit {
        try? self.input.fileHandleForWriting.close()
        self.process.terminate()
        self.process.waitUntilExit()
    }
}

/// `http_server.py`, running.
final class FaultyServer: Sendable {
    let endpoint: Endpoint
    private let process: TestServerProcess

    init(host: String = "127.0.0.1", certificate: TestCertificates.Leaf? = nil, maximumTLS: String? = nil) throws {
        let tls = certificate.map { [$0.certificate, $0.key] + (maximumTLS.map { [$0] } ?? []) } ?? []
        self.process = try TestServerProcess("http_server.py", tls)
        let port = try #require(UInt16(self.process.firstLine))
        self.endpoint = Endpoint(scheme: certificate == nil ? "http" : "https", host: host, port: port)
    }

    func request(
        _ path: String,
        _ method: HTTPRequest.Method = .get,
        query: [(name: String, value: String)] = [],
        headers: HTTPHeaders = [:],
        body: [UInt8] = [],
        answerDelay: Duration = .zero
    ) -> HTTPRequest {
        HTTPRequest(
            method: method,
            endpoint: self.endpoint,
            path: path,
            query: query,
            headers: headers,
            body: body,
            answerDelay: answerDelay
        )
    }

    /// Makes the connections that there are, all of them idle, silent for ever.
    func mute(_ transport: CurlTransport) async throws {
        _ = try await transport.send(self.request("/mute"), deadline: nil)
    }

    /// What the server heard.
    struct Counts: Decodable, Sendable {
        let connections: Int
        let requests: Int
    }

    func counts(_ transport: CurlTransport) async throws -> Counts {
        let response = try await transport.send(self.request("/counts"), deadline: nil)
        return try JSONDecoder().decode(Counts.self, from: Data(response.body))
    }
}

/// What `/echo` and unknown paths answer.
struct Echo: Decodable, Sendable {
    let method: String
    let target: String
    let headers: [[String]]
    /// One character per byte.
    let body: String
    let connection: Int

    init(_ response: HTTPResponse) throws {
        self = try JSONDecoder().decode(Echo.self, from: Data(response.body))
    }
}

/// Runs `body` on a loop with a transport of its own.
func withTransport<Value: Sendable>(
    trustRoots: TrustRoots = .libraryDefault,
    limits: CurlLimits = CurlLimits(),
    clock: any ClockSource = SystemClock(),
    _ body: @escaping @Sendable (CurlTransport) async throws -> Value
) throws -> Value {
    let loop = EventLoop(clock: clock)
    let transport = CurlTransport(loop: loop, trustRoots: trustRoots, limits: limits)
    return try loop.run { try await body(transport) }
}
