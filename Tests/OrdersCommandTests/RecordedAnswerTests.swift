import AWSClient
import AWSOperations
import Foundation
import JSONText
import LambdaEvents
import Orders
import OrdersCommand
import Platform
import TestSupport
import Testing

/// Answers of AWS itself that `orders doctor --record` kept are read by the clients as those that tests make up are.
@Suite struct RecordedAnswerTests {
    /// For the day on which somebody has an account: what is put here is taken in.
    ///
    /// Another test names another folder.
    private static let folder =
        ProcessInfo.processInfo.environment["RECORDED_ANSWERS"].map { URL(filePath: $0) }
        ?? PythonInterpreter.repository.appending(path: "Tests/Recorded")

    private static func answers(in folder: URL) throws -> [RecordedAnswer] {
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return
            try files
            .filter { $0.pathExtension == "json" && $0.lastPathComponent != RecordedConnection.fileName }
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
            let error = try #require(error as? AWSError)
            // One answer is given again and again: a page that is followed by another is understood.
            return error.code == .repeatedPage ? nil : error
        }
    }

    @Test func `what was recorded is understood`() async throws {
        for answer in try Self.answers(in: Self.folder) {
            let error = try await Self.error(of: answer)
            #expect(error?.code != .malformedResponse, "\(answer.operation)")
            // Each statement of a batch has an error of its own.
            if answer.operation == "dynamodb.BatchExecuteStatement", answer.body.contains("\"Error\"") {
                #expect(error?.code == .duplicateItem || error?.code == .conditionalCheckFailed)
            } else {
                #expect((error == nil) == (200..<300).contains(answer.status), "\(answer.operation)")
            }
        }
    }

    @Test func `recorded refusals say what the pipeline goes by`() async throws {
        for answer in try Self.answers(in: Self.folder) {
            let error = try await Self.error(of: answer)
            switch error?.code {
            // The item that is there comes with the refusal, so that it need not be read.
            case .conditionalCheckFailed?: #expect(error?.item?["orderId"] != nil, "\(answer.operation)")
            case .preconditionFailed?: #expect(answer.operation == "s3.PutObject" && answer.status == 412)
            default: break
            }
        }
    }

    @Test func `recorded sequence numbers are read, and tell the arrival where they tell a time`() throws {
        let pattern = #/"SequenceNumber"\s*:\s*"([^"]*)"/#
        for answer in try Self.answers(in: Self.folder) where answer.operation.hasPrefix("kinesis.") {
            for found in answer.body.matches(of: pattern) {
                #expect(SequenceNumber(String(found.output.1)) != nil, "\(answer.operation): \(found.output.1)")
            }
            let body = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
            for record in body?["Records"] as? [[String: Any]] ?? [] {
                guard let arrival = record["ApproximateArrivalTimestamp"] as? Double,
                    let time = (record["SequenceNumber"] as? String).flatMap({ SequenceNumber($0)?.time })
                else { continue }
                #expect(abs(Double(time.millisecondsSince1970) / 1_000 - arrival) <= 10, "\(record)")
            }
        }
    }

    @Test func `recorded changes of the table are what a Pipe hands to the processors`() throws {
        for answer in try Self.answers(in: Self.folder) where answer.operation == "dynamodbstreams.GetRecords" {
            let body = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
            for record in body?["Records"] as? [[String: Any]] ?? [] {
                let json = Array(try JSONSerialization.data(withJSONObject: record))
                let change = try #require(TableChange(recorded: json), "\(record)")
                #expect(change.orderID.text.hasPrefix("probe-"))
                #expect(change.eventID != nil && change.sequenceNumber != nil)
                guard let image = change.newImage else { continue }
                let order = try JSONReader.read(image) { try OrderImage.read(image: &$0) }.get()
                #expect(ExactText(order.id.text) == change.orderID && order.currency == .test && order.timestamp != nil)
            }
        }
    }

    @Test func `recorded connections are of TLS as AWS has it`() throws {
        let file = Self.folder.appending(path: RecordedConnection.fileName)
        guard let content = try? Data(contentsOf: file) else { return }
        for connection in try JSONDecoder().decode([RecordedConnection].self, from: content) {
            #expect(["TLSv1.2", "TLSv1.3"].contains(connection.version) && !connection.cipher.isEmpty)
            #expect(connection.isResumed || !connection.chain.isEmpty)
        }
    }

    @Test func `of the table's changes only those of probes are kept`() throws {
        let record = { (order: String) in
            #"{"eventID":"\#(order)","eventName":"INSERT","dynamodb":{"Keys":{"orderId":{"S":"\#(order)"}},"#
                + #""NewImage":{"orderId":{"S":"\#(order)"},"customerEmail":{"S":"maria@example.com"}},"#
                + #""SequenceNumber":"1","ApproximateCreationDateTime":1.7563180805E9}}"#
        }
        let body = #"{"NextShardIterator":"next","Records":[\#(record("O-1")),\#(record("probe-1-topic"))]}"#
        let answer = RecordedAnswer(operation: "dynamodbstreams.GetRecords", status: 200, headers: [:], body: body)
        let kept = answer.withoutPersonalDetails(accountID: "999988887777").body
        #expect(kept.contains(#""eventID":"probe-1-topic""#) && kept.contains(#""NextShardIterator":"next""#))
        #expect(kept.contains("1.7563180805E9"))
        #expect(!kept.contains("O-1") && !kept.contains("maria"))
    }

    @Test func `a Pipe's pointer to records is kept, and other messages are not`() throws {
        let bodies = [#"{\"DDBStreamBatchInfo\":{\"shardId\":\"s\"}}"#, #"{\"orderId\":\"O-1\"}"#]
        let messages = bodies.map { #"{"Body":"\#($0)","ReceiptHandle":"r"}"# }.joined(separator: ",")
        let text = #"{"Messages":[\#(messages)]}"#
        let answer = RecordedAnswer(operation: "sqs.ReceiveMessage", status: 200, headers: [:], body: text)
        let kept = answer.withoutPersonalDetails(accountID: "").body
        #expect(kept.contains(bodies[0]) && !kept.contains("O-1"))
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
