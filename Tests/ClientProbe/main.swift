internal import AWSClient
internal import Glibc
internal import JSONText
internal import Platform
internal import TestSupport

// Makes calls with the functions' AWS client, as the standard input asks for, a line of JSON each, and says on a line of
// the standard output what came of each: Tests/EndToEnd/answers compares it with botocore.

/// One line of the input.
struct Assignment {
    var operation = ""
    var endpoint = ""
    var attempts = "3"
    var timeoutMilliseconds: Int64 = 30_000

    init(_ line: String) throws {
        try JSONReader.read(Array(line.utf8)) { reader in
            try reader.readObject { key, reader in
                switch key {
                case "operation": self.operation = try reader.readString()
                case "endpoint": self.endpoint = try reader.readString()
                case "attempts": self.attempts = try reader.readString()
                case "timeoutMilliseconds": self.timeoutMilliseconds = try reader.readInteger()
                default: throw reader.error(.invalidValue, "unknown member")
                }
            }
        }
    }
}

/// The loop's time, but that no wait between two attempts takes any.
struct ImpatientTime: TimeSource {
    var now: UTCInstant { SystemClock.now }
    var uptime: Duration { SystemClock.uptime }

    func sleep(for _: Duration) async throws {}
}

/// The real transport with an attempt's time shortened to what a test may take.
struct HastyTransport: HTTPTransport {
    let transport: CurlTransport
    let timeout: Duration

    func send(_ request: HTTPRequest, deadline: UTCInstant?) async throws(HTTPTransportError) -> HTTPResponse {
        let end = SystemClock.now + self.timeout
        return try await self.transport.send(request, deadline: deadline.map { min($0, end) } ?? end)
    }
}

func outcome(of assignment: Assignment, _ transport: CurlTransport) async throws -> [UInt8] {
    let environment = Environment([
        "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_ENDPOINT_URL": assignment.endpoint, "AWS_MAX_ATTEMPTS": assignment.attempts,
    ])
    // A session of its own: no clock and no retry tokens of another call.
    let session = AWSSession(
        configuration: try AWSConfiguration(environment: environment),
        transport: HastyTransport(transport: transport, timeout: .milliseconds(assignment.timeoutMilliseconds)),
        time: ImpatientTime()
    )
    guard let operation = ClientOperation.named(assignment.operation) else {
        preconditionFailure("the client has no operation \(assignment.operation)")
    }
    var writer = JSONWriter()
    do {
        try await operation.call(session)
        writer.object { $0.member("outcome", "success") }
    } catch let error as AWSError {
        writer.object { writer in
            writer.member("outcome", "error")
            writer.member("code", error.code.rawValue)
            writer.key("status")
            writer.integer(error.statusCode ?? 0)
            writer.key("throttling")
            writer.bool(error.isThrottling)
            writer.key("retryable")
            writer.bool(error.isRetryable)
        }
    }
    return writer.bytes
}

let loop = EventLoop()
let transport = CurlTransport(loop: loop, trustRoots: .libraryDefault)
try loop.run {
    while let line = readLine() {
        print(String(decoding: try await outcome(of: Assignment(line), transport), as: UTF8.self))
        // Whoever asked waits for the line.
        fflush(nil)
    }
}
