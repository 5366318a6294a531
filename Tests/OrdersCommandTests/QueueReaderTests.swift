import AWSClient
import AWSOperations
import OrdersCommand
import PipesRunner
import Platform
import TestSupport
import Testing

@Suite struct QueueReaderTests {
    /// Works as `CurlTransport` does, on its loop alone, and sends nothing of a cancelled task.
    private struct StoppingTransport: HTTPTransport {
        let script: ScriptedTransport
        let loop: EventLoop
        let stop: StopFlag
        /// Requests before the one that sets the flag.
        let requestsBefore: Int
        /// Whether nothing answers that one.
        let stands: Bool

        func send(
            _ request: HTTPRequest,
            deadline: UTCInstant?
        ) async throws(HTTPTransportError) -> HTTPResponse {
            guard self.loop.isCurrent else {
                throw HTTPTransportError(.misconfigured, "sent outside the loop", wasSent: false)
            }
            if Task.isCancelled { throw Self.cancelled }
            if !self.stop.isSet, self.script.requests.count == self.requestsBefore {
                self.stop.set()
                if self.stands {
                    try? await ManualTime(mode: .wait).sleep(for: .seconds(3_600))
                    throw Self.cancelled
                }
            }
            return try await self.script.send(request, deadline: deadline)
        }

        private static let cancelled = HTTPTransportError(.cancelled, "the task was cancelled", wasSent: false)
    }

    /// What a look finds, on a loop, in which the request behind `requestsBefore` others sets the flag.
    private static func stoppedLook(
        _ script: ScriptedTransport,
        requestsBefore: Int,
        stands: Bool
    ) throws -> QueueReader.Contents? {
        let (loop, stop, time) = (EventLoop(), StopFlag(), ManualTime())
        let transport = StoppingTransport(
            script: script,
            loop: loop,
            stop: stop,
            requestsBefore: requestsBefore,
            stands: stands
        )
        let session = AWSSession(configuration: try .example(), transport: transport, time: time)
        let reader = QueueReader(sqs: SQSClient(session: session), time: time, executor: loop)
        return try loop.run { () async throws -> QueueReader.Contents? in
            try await stop.cancelling(on: YieldingTime()) { () async throws -> QueueReader.Contents in
                try await reader.peek("url", limit: 100, waitTimeSeconds: 1, stop: stop)
            }
        }
    }

    private static func messages(_ ids: [String]) -> ScriptedTransport.Step {
        let items = ids.map { #"{"MessageId":"\#($0)","ReceiptHandle":"handle-\#($0)","Body":"body"}"# }
        return .json(200, #"{"Messages":[\#(items.joined(separator: ","))]}"#)
    }

    private static func reader(_ transport: ScriptedTransport) throws -> QueueReader {
        let time = ManualTime()
        return QueueReader(sqs: SQSClient(session: try .scripted(transport, time: time)), time: time)
    }

    private static func released(_ transport: ScriptedTransport) -> [String] {
        transport.requests.map { String(decoding: $0.body, as: UTF8.self) }
            .filter { $0.contains(#""VisibilityTimeout":0"#) }
    }

    @Test func `a look gives every message once and makes each visible again`() async throws {
        let gone = Array(repeating: ScriptedTransport.Step.json(200, ""), count: 3)
        let transport = ScriptedTransport(
            [Self.messages(["a", "b"]), Self.messages(["b", "c"]), Self.messages(["a"])] + gone
        )
        let contents = try await Self.reader(transport).peek("url", limit: 100)
        #expect(contents.messages.map(\.messageID) == ["a", "b", "c"])
        #expect(!contents.isCutOff)
        #expect(Self.released(transport).count == 3)
    }

    @Test func `a look ends at its limit and says so`() async throws {
        let gone = Array(repeating: ScriptedTransport.Step.json(200, ""), count: 2)
        let transport = ScriptedTransport([Self.messages(["a", "b"])] + gone)
        let contents = try await Self.reader(transport).peek("url", limit: 2)
        #expect(contents.isCutOff)
        #expect(Self.released(transport).count == 2)
    }

    @Test func `messages are visible again after a failure too`() async throws {
        let refusal = ScriptedTransport.Step.json(403, #"{"__type":"AccessDenied","message":"no"}"#)
        let transport = ScriptedTransport([Self.messages(["a"]), refusal, .json(200, "")])
        let reader = try Self.reader(transport)
        await #expect(throws: AWSError.self) { try await reader.peek("url", limit: 100) }
        #expect(Self.released(transport).count == 1)
    }

    @Test func `messages are visible again after a look that outlasts the grace of a stop`() throws {
        let gone = Array(repeating: ScriptedTransport.Step.json(200, ""), count: 2)
        let script = ScriptedTransport([Self.messages(["a", "b"])] + gone)
        #expect(try Self.stoppedLook(script, requestsBefore: 1, stands: true) == nil)
        #expect(Self.released(script).count == 2)
        #expect(script.remainingSteps == 0)
    }

    @Test func `a look ends with the request in which it is stopped`() throws {
        let gone = Array(repeating: ScriptedTransport.Step.json(200, ""), count: 2)
        let script = ScriptedTransport([Self.messages(["a", "b"])] + gone)
        let contents = try Self.stoppedLook(script, requestsBefore: 0, stands: false)
        #expect(contents?.messages.map(\.messageID) == ["a", "b"])
        #expect(Self.released(script).count == 2)
        #expect(script.requests.count == 3)
    }

    @Test func `where a whole round cannot be made visible, the rest is not tried`() async throws {
        let refusal = ScriptedTransport.Step.json(403, #"{"__type":"AccessDenied","message":"no"}"#)
        let found = Self.messages((0..<20).map { "m-\($0)" })
        let transport = ScriptedTransport([found] + Array(repeating: refusal, count: 20))
        let contents = try await Self.reader(transport).peek("url", limit: 20)
        #expect(contents.messages.count == 20)
        #expect(Self.released(transport).count == 8)
        #expect(transport.deadlines.last == ManualTime().now + .seconds(3))
    }
}
