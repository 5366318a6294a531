internal import AWSClient
internal import AWSOperations
internal import TestSupport
internal import Testing

/// What becomes of an answer that refuses.
@Suite struct ServiceErrorTests {
    private func dynamoDBError(
        _ steps: ScriptedTransport.Step...,
        environment: [String: String] = [:]
    ) async throws -> AWSError {
        let session = try AWSSession.scripted(ScriptedTransport(steps), environment: environment)
        let error = await #expect(throws: AWSError.self) {
            try await DynamoDBClient(session: session).putItem(
                PutItemInput(tableName: "T", item: [:]),
                deadline: nil
            )
        }
        return try #require(error)
    }

    @Test(arguments: [
        ("{\"__type\":\"com.amazonaws.dynamodb.v20120810#ValidationException\",\"message\":\"bad\"}", "bad"),
        ("{\"__type\":\"ValidationException\",\"Message\":\"bad\"}", "bad"),
        ("{\"__type\":\"a#ValidationException:http://internal/\",\"message\":null}", ""),
    ])
    func `reads name and message`(body: String, message: String) async throws {
        let error = try await self.dynamoDBError(.json(400, body))
        #expect(error.code == .validation)
        #expect(error.message == message)
        #expect(error.statusCode == 400)
        #expect(error.requestID == "SCRIPTED")
        #expect(error.operation == "DynamoDB.PutItem")
        #expect(!error.isRetryable)
    }

    @Test func `the header's name comes first`() async throws {
        let error = try await self.dynamoDBError(
            .json(400, "{}", headers: ["x-amzn-ErrorType": "ValidationException:http://internal/"])
        )
        #expect(error.code == .validation)
    }

    @Test(arguments: [(400, "BadRequest"), (403, "AccessDeniedException"), (404, "NotFound"), (418, "HTTP418")])
    func `an unreadable answer still has a name`(status: Int, code: String) async throws {
        let error = try await self.dynamoDBError(.json(status, "<html>"))
        #expect(error.code.rawValue == code)
    }

    @Test(arguments: ["Throttled", "KMSThrottling", "ThrottlingException", "InternalError"])
    func `an entry of a batch that SNS cannot take now may be sent again`(code: String) async throws {
        let failed = "<member><Id>0</Id><Code>\(code)</Code><SenderFault>true</SenderFault></member>"
        let body = "<PublishBatchResult><Successful/><Failed>\(failed)</Failed></PublishBatchResult>"
        let answer = ScriptedTransport.Step.xml(200, "<PublishBatchResponse>\(body)</PublishBatchResponse>")
        let client = SNSClient(session: try .scripted(ScriptedTransport([answer])))
        let input = PublishBatchInput(topicARN: "t", entries: [.init(message: "m")])
        let outcome = try await client.publishBatch(input, deadline: nil)[0]
        #expect(outcome?.isRetryable == true)
        #expect(outcome?.isThrottling == (code != "InternalError"))
    }

    @Test(arguments: [
        ("KMSThrottling", 400, true), ("KmsThrottled", 400, true), ("TooManyRequestsException", 400, true),
        ("ReplicatedWriteConflictException", 400, true), ("InternalFailureException", 400, true),
        ("KMSDisabled", 400, false), ("KmsInvalidState", 400, false), ("NotImplemented", 501, false),
        ("Whatever", 500, true), ("Whatever", 502, true), ("Whatever", 503, true), ("Whatever", 504, true),
        ("Whatever", 505, false), ("Whatever", 429, true), ("Whatever", 409, false),
    ])
    func `what may succeed later is told by name or status`(code: String, status: Int, isRetryable: Bool) {
        let error = AWSError(code: .init(rawValue: code), message: "", operation: "SNS.Publish", statusCode: status)
        #expect(error.isRetryable == isRetryable)
    }

    @Test func `a conflict without a name is S3's alone`() async throws {
        let expected = [("sqs.SendMessage", "HTTP409", 1), ("s3.PutObject", "ConditionalRequestConflict", 3)]
        for (name, code, requests) in expected {
            let transport = ScriptedTransport([.xml(409, ""), .xml(409, ""), .xml(409, "")])
            let session = try AWSSession.scripted(transport)
            let operation = try #require(ClientOperation.named(name))
            let error = await #expect(throws: AWSError.self) { try await operation.call(session) }
            #expect(error?.code.rawValue == code)
            #expect(transport.requests.count == requests)
        }
    }

    @Test func `reads XML errors`() async throws {
        let sns = """
            <ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic &lt;x&gt;</Message></Error>
            <RequestId>R-1</RequestId></ErrorResponse>
            """
        let session = try AWSSession.scripted(ScriptedTransport([.xml(404, sns)]))
        let error = await #expect(throws: AWSError.self) {
            try await SNSClient(session: session).publish(.init(topicARN: "t", message: "m"), deadline: nil)
        }
        #expect(error?.code == .notFound)
        #expect(error?.message == "Topic <x>")
        #expect(error?.requestID == "R-1")
        let s3 = "<Error><Code>PreconditionFailed</Code><Message>m</Message><RequestId>R-2</RequestId></Error>"
        let other = try AWSSession.scripted(ScriptedTransport([.xml(412, s3)]))
        let refused = await #expect(throws: AWSError.self) {
            try await S3Client(session: other).putObject(.init(bucket: "b", key: "k", body: []), deadline: nil)
        }
        #expect(refused?.code == .preconditionFailed)
        #expect(refused?.requestID == "R-2")
    }

    @Test(arguments: [
        "The Canonical String was\\nx-amz-security-token:SESSION-TOKEN-VALUE",
        "token SESSION-TOKEN-VALUE and key wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY of AKIDEXAMPLE",
    ])
    func `repeats no secret that the service echoes`(message: String) async throws {
        let error = try await self.dynamoDBError(
            .json(403, "{\"__type\":\"InvalidSignatureException\",\"message\":\"\(message)\"}"),
            environment: ["AWS_SESSION_TOKEN": "SESSION-TOKEN-VALUE"]
        )
        for text in [error.description, error.message, String(reflecting: error)] {
            #expect(!text.contains("SESSION-TOKEN-VALUE"))
            #expect(!text.contains("wJalrXUtnFEMI"))
            #expect(!text.contains("AKIDEXAMPLE"))
        }
    }

    @Test func `Messages, codes and ids are cut, and never within a word`() async throws {
        let words = String(repeating: "xxx ", count: 127) + "bob.smith@example.com" + String(repeating: " x", count: 99)
        var error = try await self.dynamoDBError(.json(400, "{\"__type\":\"E\",\"message\":\"\(words)\"}"))
        #expect(error.message == String(repeating: "xxx ", count: 126) + "xxx… (cut)")
        // No space to cut at: it could be one long address.
        let word = String(repeating: "x", count: 100_000)
        error = try await self.dynamoDBError(.json(400, "{\"__type\":\"\(word)\",\"message\":\"\(word)\"}"))
        #expect(error.message == "… (cut)")
        #expect(error.code.rawValue == "… (cut)")
    }
}
