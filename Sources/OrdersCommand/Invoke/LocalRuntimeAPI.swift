internal import FlyingFox
internal import FlyingSocks
internal import Foundation
internal import JSONText
internal import Platform

/// Lambda's Runtime API for one event, on loopback.
///
/// It gives the event to the first `next`, takes one answer, and leaves the `next` behind it waiting, as a frozen
/// environment would.
actor LocalRuntimeAPI {
    /// Bytes of an event or an answer (6 MiB and 100 bytes).
    static let maximumPayload = 6 * 1_024 * 1_024 + 100

    /// What the runtime did, in its order.
    enum Event: Sendable {
        case started
        case ended(InvocationOutcome)
        /// It answered and asks for the next event: its work is done.
        case idle
    }

    private enum State { case starting, handling, finished }

    private let payload: [UInt8]
    private let requestID: String
    private let function: String
    private let timeout: Duration
    private let report: AsyncStream<Event>.Continuation
    private var state = State.starting

    init(
        payload: [UInt8],
        requestID: String,
        function: String,
        timeout: Duration,
        report: AsyncStream<Event>.Continuation
    ) {
        self.payload = payload
        self.requestID = requestID
        self.function = function
        self.timeout = timeout
        self.report = report
    }

    /// A server that is about to listen on a free port of loopback.
    func server() async throws -> HTTPServer {
        let server = HTTPServer(config: try Self.listening())
        await self.serve("GET /2018-06-01/runtime/invocation/next", by: server) { _ in try await self.next() }
        await self.serve("POST /2018-06-01/runtime/invocation/:id/response", by: server) { request in
            try await self.end(request) { body, _ in
                body.count > Self.maximumPayload ? .responseTooLarge(bytes: body.count) : .answered(body)
            }
        }
        await self.serve("POST /2018-06-01/runtime/invocation/:id/error", by: server) { request in
            try await self.end(request) { .functionError($0, type: $1) }
        }
        await self.serve("POST /2018-06-01/runtime/init/error", by: server) { request in
            try await self.initializationError(request)
        }
        return server
    }

    /// Answers programs of this process's user only: neither another user nor a web page shall get the event or answer it.
    private func serve(
        _ route: HTTPRoute,
        by server: HTTPServer,
        _ answer: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) async {
        await server.appendRoute(route) { request in
            if let reason = LoopbackGuard.refusal(of: request, at: await server.listeningAddress) {
                return Self.refusal(.forbidden, "Forbidden", reason)
            }
            return try await answer(request)
        }
    }

    private func next() async throws -> HTTPResponse {
        if self.state == .finished {
            self.report.yield(.idle)
            try await Task.sleep(for: .seconds(86_400))
        }
        if self.state == .starting {
            self.state = .handling
            self.report.yield(.started)
        }
        let deadline = SystemClock.now + self.timeout
        return HTTPResponse(
            statusCode: .ok,
            headers: [
                .contentType: "application/json",
                HTTPHeader("Lambda-Runtime-Aws-Request-Id"): self.requestID,
                HTTPHeader("Lambda-Runtime-Deadline-Ms"): String(deadline.nanosecondsSince1970 / 1_000_000),
                HTTPHeader("Lambda-Runtime-Invoked-Function-Arn"):
                    "arn:aws:lambda:us-east-1:000000000000:function:\(self.function)",
                HTTPHeader("Lambda-Runtime-Trace-Id"): Self.traceID(),
            ],
            body: Data(self.payload)
        )
    }

    private func end(
        _ request: HTTPRequest,
        outcome: ([UInt8], String?) -> InvocationOutcome
    ) async throws -> HTTPResponse {
        let body = Array(try await request.bodyData)
        guard request.routeParameters["id"] == self.requestID else {
            return Self.refusal(.badRequest, "InvalidRequestID", "no such request: answer the one `next` gave")
        }
        guard self.state == .handling else {
            return Self.refusal(.forbidden, "InvalidStateTransition", "the invocation has its answer already")
        }
        self.state = .finished
        let result = outcome(body, Self.errorType(request))
        self.report.yield(.ended(result))
        if case .responseTooLarge = result {
            return Self.refusal(
                HTTPStatusCode(413, phrase: "Request Entity Too Large"),
                "RequestEntityTooLarge",
                "Exceeded maximum allowed payload size (\(Self.maximumPayload) bytes)."
            )
        }
        return Self.accepted
    }

    private func initializationError(_ request: HTTPRequest) async throws -> HTTPResponse {
        let body = Array(try await request.bodyData)
        guard self.state == .starting else {
            return Self.refusal(.forbidden, "InvalidStateTransition", "init/error comes before the first `next`")
        }
        self.state = .finished
        self.report.yield(.ended(.initializationError(body, type: Self.errorType(request))))
        return Self.accepted
    }

    private static func errorType(_ request: HTTPRequest) -> String? {
        request.headers[HTTPHeader("Lambda-Runtime-Function-Error-Type")]
    }

    /// `Root=1-<seconds>-<96 bits>`, sampled as Lambda does by default: not.
    private static func traceID() -> String {
        let seconds = String(SystemClock.now.secondsSince1970, radix: 16)
        let digits = UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(24)
        return "Root=1-\(seconds)-\(digits);Parent=\(digits.prefix(16));Sampled=0"
    }

    private static var accepted: HTTPResponse {
        HTTPResponse(
            statusCode: .accepted,
            headers: [.contentType: "application/json"],
            body: Data(#"{"status":"OK"}"#.utf8)
        )
    }

    private static func refusal(_ status: HTTPStatusCode, _ type: String, _ message: String) -> HTTPResponse {
        var writer = JSONWriter()
        writer.object {
            $0.member("errorType", type)
            $0.member("errorMessage", message)
        }
        return HTTPResponse(
            statusCode: status,
            headers: [.contentType: "application/json"],
            body: Data(writer.bytes)
        )
    }
}
