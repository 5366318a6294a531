internal import AWSClient
internal import AWSOperations
internal import TestSupport
internal import Testing

/// An answer of 200 whose body is an error document, as S3 sends it where it fails after the status line is out.
@Suite struct ErrorDocumentTests {
    private static let documents = ClientOperation.all.filter { !$0.isAnsweredByContent && $0.name != "s3.HeadObject" }

    private func document(_ operation: ClientOperation, code: String) -> ScriptedTransport.Step {
        if !operation.answersXML {
            return .json(200, "{\"message\":\"later\",\"__type\":\"com.amazonaws.service#\(code)\"}")
        }
        let error = "<Error><Code>\(code)</Code><Message>later</Message><RequestId>R</RequestId></Error>"
        let body = operation.service == "s3" ? error : "<ErrorResponse>\(error)</ErrorResponse>"
        return .xml(200, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\(body)")
    }

    private func failure(of operation: ClientOperation, _ transport: ScriptedTransport) async throws -> AWSError {
        let session = try AWSSession.scripted(transport)
        let error = await #expect(throws: AWSError.self) { try await operation.call(session) }
        return try #require(error)
    }

    @Test(arguments: Self.documents)
    func `an error document in an answer of 200 is that error, and is tried again`(
        operation: ClientOperation
    ) async throws {
        let step = self.document(operation, code: "InternalError")
        let transport = ScriptedTransport([step, step, step])
        let error = try await self.failure(of: operation, transport)
        #expect(error.code.rawValue == "InternalError")
        #expect(error.message == "later")
        #expect(error.statusCode == 200)
        #expect(error.isRetryable)
        #expect(error.mayHaveBeenApplied)
        #expect(transport.requests.count == 3)
    }

    @Test(arguments: Self.documents)
    func `whatever the error is called, the service failed on its way, which SDKs take for a 500`(
        operation: ClientOperation
    ) async throws {
        let step = self.document(operation, code: "QueueDoesNotExist")
        let transport = ScriptedTransport([step, step, step])
        #expect(try await self.failure(of: operation, transport).code.rawValue == "QueueDoesNotExist")
        #expect(transport.requests.count == 3)
    }

    @Test(arguments: ["<Error><Code>Internal", "gateway", "<html></html>"])
    func `an answer to PutObject or DeleteObject with a body is damaged`(body: String) async throws {
        for name in ["s3.PutObject", "s3.DeleteObject"] {
            let operation = try #require(ClientOperation.named(name))
            let transport = ScriptedTransport([.xml(200, body), .xml(200, body), .xml(200, body)])
            #expect(try await self.failure(of: operation, transport).code == .malformedResponse)
            #expect(transport.requests.count == 3)
        }
    }

    @Test func `content that looks like an error is content`() async throws {
        let xml = "<Error><Code>InternalError</Code></Error>"
        let s3 = S3Client(session: try .scripted(ScriptedTransport([.xml(200, xml, headers: ["ETag": "e"])])))
        #expect(try await s3.getObject(bucket: "bucket", key: "k", deadline: nil).body == Array(xml.utf8))
        let json = "{\"__type\":\"com.amazonaws#InternalError\"}"
        let lambda = LambdaClient(session: try .scripted(ScriptedTransport([.json(200, json)])))
        let output = try await lambda.invoke(.init(functionName: "f", payload: []), deadline: nil)
        #expect(output.payload == Array(json.utf8))
    }

    @Test(arguments: [
        "{\"__type\":\"com.amazonaws.dynamodb#GetItemOutput\",\"Item\":{\"a\":{\"S\":\"1\"}}}",
        "{\"Item\":{\"a\":{\"S\":\"1\"},\"__type\":{\"S\":\"ValidationException\"}}}",
    ])
    func `a type that is no error's, or a customer's attribute of that name, is no error`(body: String) async throws {
        let client = DynamoDBClient(session: try .scripted(ScriptedTransport([.json(200, body)])))
        let item = try await client.getItem(.init(tableName: "T", key: [:]), deadline: nil)
        #expect(item?["a"] == .s("1"))
    }
}
