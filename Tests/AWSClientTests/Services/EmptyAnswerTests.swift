internal import AWSClient
internal import TestSupport
internal import Testing

/// An answer of 200 that does not say what the operation's answer has to say: of a proxy, or the service's by mistake.
@Suite struct EmptyAnswerTests {
    /// Operations without an output, which SQS and S3 answer with an empty body.
    private static let silent = ["sqs.DeleteMessage", "sqs.ChangeMessageVisibility", "s3.DeleteObject"]
    /// Operations that botocore's models give an output; only a function's result may be empty.
    private static let others = ClientOperation.all.filter {
        !Self.silent.contains($0.name) && $0.name != "lambda.Invoke"
    }

    private func outcome(of operation: ClientOperation, _ body: String) async throws -> (AWSError?, requests: Int) {
        let transport = ScriptedTransport(Array(repeating: .xml(200, body), count: 3))
        let session = try AWSSession.scripted(transport)
        do {
            try await operation.call(session)
            return (nil, transport.requests.count)
        } catch {
            return (try #require(error as? AWSError), transport.requests.count)
        }
    }

    @Test(arguments: Self.others)
    func `an empty answer is damaged and tried again`(operation: ClientOperation) async throws {
        let (error, requests) = try await self.outcome(of: operation, "")
        #expect(error?.code == .malformedResponse)
        #expect(error?.mayHaveBeenApplied == true)
        #expect(requests == 3)
    }

    @Test(arguments: Self.silent)
    func `an operation without an output may be answered by nothing`(name: String) async throws {
        let (error, requests) = try await self.outcome(of: try #require(ClientOperation.named(name)), "")
        #expect(error == nil)
        #expect(requests == 1)
    }

    @Test(arguments: [
        "sqs.SendMessage", "sqs.StartMessageMoveTask", "kinesis.PutRecords", "kinesis.ListShards", "kinesis.GetRecords",
        "kinesis.GetShardIterator", "dynamodbstreams.GetRecords", "dynamodbstreams.GetShardIterator",
        "dynamodbstreams.DescribeStream", "dynamodb.Query", "dynamodb.DescribeTable", "dynamodb.BatchExecuteStatement",
        "kinesis.DescribeStreamSummary",
        "pipes.DescribePipe", "lambda.GetFunctionConfiguration", "lambda.GetEventSourceMapping",
        "lambda.GetAccountSettings", "kinesis.DescribeLimits", "kms.DescribeKey", "kms.GetKeyPolicy",
    ])
    func `an answer that lacks what it is asked for is damaged`(name: String) async throws {
        let (error, requests) = try await self.outcome(of: try #require(ClientOperation.named(name)), "{}")
        #expect(error?.code == .malformedResponse)
        #expect(requests == 3)
    }

    @Test(arguments: ["null", "[]", "\"done\"", "true"])
    func `a write that is answered by no object is damaged`(body: String) async throws {
        for name in ["dynamodb.PutItem", "dynamodb.UpdateItem", "sqs.DeleteMessage"] {
            let (error, _) = try await self.outcome(of: try #require(ClientOperation.named(name)), body)
            #expect(error?.code == .malformedResponse, "\(name)")
        }
    }

    @Test func `a list of another document is damaged, not empty`() async throws {
        let operation = try #require(ClientOperation.named("s3.ListObjectsV2"))
        let (error, _) = try await self.outcome(of: operation, "<html><body>Welcome</body></html>")
        #expect(error?.code == .malformedResponse)
    }
}
