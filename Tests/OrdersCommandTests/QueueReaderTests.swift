import AWSClient
import AWSOperations
import OrdersCommand
import Platform
import TestSupport
import Testing

@Suite struct QueueReaderTests {
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
}
