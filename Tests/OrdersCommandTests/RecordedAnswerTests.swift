import AWSClient
import AWSOperations
import Foundation
import OrdersCommand
import Platform
import TestSupport
import Testing

/// Answers of AWS itself that `orders doctor --record` kept are read by the clients as those that tests make up are.
@Suite struct RecordedAnswerTests {
    /// For the day on which somebody has an account: what is put here is taken in.
    private static let folder = PythonInterpreter.repository.appending(path: "Tests/Recorded")

    private static func answers(in folder: URL) throws -> [RecordedAnswer] {
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return try files.filter { $0.pathExtension == "json" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map { try JSONDecoder().decode(RecordedAnswer.self, from: Data(contentsOf: $0)) }
    }

    /// The error that the client makes of the answer.
    private static func error(of answer: RecordedAnswer) async throws -> AWSError? {
        guard let operation = ClientOperation.named(answer.operation) else { return nil }
        let steps = Array(repeating: ScriptedTransport.Step.answer(answer.response), count: 3)
        do {
            try await operation.call(AWSSession.scripted(ScriptedTransport(steps)))
            return nil
        } catch {
            return try #require(error as? AWSError)
        }
    }

    @Test func `what was recorded is understood`() async throws {
        for answer in try Self.answers(in: Self.folder) {
            let error = try await Self.error(of: answer)
            #expect(error?.code != .malformedResponse, "\(answer.operation)")
            #expect((error == nil) == (200..<300).contains(answer.status), "\(answer.operation)")
        }
    }

    @Test func `what is recorded is read back, without what belongs to the account or to customers`() async throws {
        let records = #"{"Records":[{"Data":"eyJjYXJkIjoxfQ==","PartitionKey":"maria@example.com","#
        let place = #""SequenceNumber":"49590338271490256608559692538361571095921575989136588898","#
        let rest = #""ApproximateArrivalTimestamp":1756318080.5}],"NextShardIterator":"next","MillisBehindLatest":0}"#
        let arn = "arn:aws:kinesis:eu-central-1:999988887777:stream/orders"
        let details = #""Owner":"bob@example.com","ARN":"\#(arn)","Id":"shardId-999988887777"}"#
        let limits = #"{"ShardLimit":500,"OpenShardCount":4,"# + details
        let recorder = AnswerRecorder(
            ScriptedTransport([
                .answer(HTTPResponse(statusCode: 200, body: Array((records + place + rest).utf8))),
                .answer(HTTPResponse(statusCode: 200, body: Array(limits.utf8))),
                .answer(HTTPResponse(statusCode: 200, body: Array(limits.utf8))),
            ])
        )
        let client = KinesisClient(
            session: AWSSession(configuration: try .example([:]), transport: recorder, time: ManualTime())
        )
        _ = try await client.getRecords(shardIterator: "i", limit: 1, deadline: nil)
        for _ in 0..<2 { _ = try await client.describeLimits(deadline: nil) }

        let folder = FileManager.default.temporaryDirectory.appending(path: "recorded-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try recorder.write(to: folder, accountID: "999988887777") == 2)
        let answers = try Self.answers(in: folder)
        #expect(answers.map(\.operation) == ["kinesis.GetRecords", "kinesis.DescribeLimits"])
        let text = answers.map(\.body).joined()
        #expect(text.contains("shardId-999988887777"))
        for detail in [":999988887777", "maria", "bob", "eyJjYXJkIjoxfQ"] {
            #expect(!text.contains(detail), "\(detail)")
        }
        #expect(text.contains("49590338271490256608559692538361571095921575989136588898"))
        #expect(text.contains(":123456789012:stream/orders"))
        for answer in answers { #expect(try await Self.error(of: answer) == nil) }
    }
}
