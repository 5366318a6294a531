internal import AWSClient
internal import AWSOperations
internal import Platform
internal import TestSupport
internal import Testing

@Suite struct MessagingClientTests {
    private static let queue = "https://sqs.us-east-1.amazonaws.com/123456789012/Queue"

    private static func text(_ request: HTTPRequest?) -> String {
        String(decoding: request?.body ?? [], as: UTF8.self)
    }

    @Test func `sends to the region's endpoint and names the queue`() async throws {
        let transport = ScriptedTransport([.json(200, "{\"MessageId\":\"m-1\",\"MD5OfMessageBody\":\"x\"}")])
        let client = SQSClient(session: try .scripted(transport))
        try await client.sendMessage(
            .init(queueURL: Self.queue, messageBody: "b", messageAttributes: ["k": "v"]),
            deadline: nil
        )
        let request = transport.requests.first
        #expect(request?.url == "https://sqs.eu-central-1.amazonaws.com/")
        #expect(request?.headers["X-Amz-Target"] == "AmazonSQS.SendMessage")
        #expect(
            Self.text(request) == """
                {"QueueUrl":"https://sqs.us-east-1.amazonaws.com/123456789012/Queue","MessageBody":"b",\
                "MessageAttributes":{"k":{"DataType":"String","StringValue":"v"}}}
                """
        )
    }

    @Test func `an override is used whatever the queue URL says`() async throws {
        let transport = ScriptedTransport([.json(200, "{\"MessageId\":\"m\"}")])
        let environment = ["AWS_ENDPOINT_URL": "http://127.0.0.1:4566"]
        let client = SQSClient(session: try .scripted(transport, environment: environment))
        try await client.sendMessage(.init(queueURL: Self.queue, messageBody: "b"), deadline: nil)
        #expect(transport.requests.first?.url == "http://127.0.0.1:4566/")
    }

    @Test func `receives messages`() async throws {
        let answer = """
            {"Messages":[{"MessageId":"m","ReceiptHandle":"r","Body":"b","MD5OfBody":"x",
            "Attributes":{"ApproximateReceiveCount":"2"},"MessageAttributes":{"k":{"DataType":"String",
            "StringValue":"v"},"blob":{"DataType":"Binary","BinaryValue":"AA=="}}}]}
            """
        let transport = ScriptedTransport([.json(200, answer), .json(200, "{}"), .json(200, "{\"Messages\":null}")])
        let client = SQSClient(session: try .scripted(transport))
        let input = ReceiveMessageInput(queueURL: Self.queue, waitTimeSeconds: 20)
        let message = SQSMessage(
            messageID: "m",
            receiptHandle: "r",
            body: "b",
            attributes: ["ApproximateReceiveCount": "2"],
            messageAttributes: ["k": "v"]
        )
        #expect(try await client.receiveMessage(input, deadline: nil) == [message])
        #expect(try await client.receiveMessage(input, deadline: nil).isEmpty)
        #expect(try await client.receiveMessage(input, deadline: nil).isEmpty)
        // A long poll is no dead connection.
        #expect(transport.deadlines.first == .some(.some(ManualTime().now + .seconds(30))))
    }

    @Test(
        arguments: [
            ("Wed, 27 Aug 2025 18:08:00 GMT", 1_756_318_080), ("Wed, 27 Aug 2025 18:08:00 CET", nil),
            ("Wed, 31 Feb 2025 18:08:00 GMT", nil), ("Wed, 27 Aug 2025 18:08 GMT", nil), ("", nil), (nil, nil),
        ] as [(String?, Int64?)]
    )
    func `a receipt tells the queue's clock by the answer's date`(date: String?, seconds: Int64?) async throws {
        var headers: HTTPHeaders = [:]
        headers["Date"] = date
        let client = SQSClient(session: try .scripted(ScriptedTransport([.json(200, "{}", headers: headers)])))
        let answer = try await client.receive(ReceiveMessageInput(queueURL: Self.queue), deadline: nil)
        #expect(answer.messages.isEmpty)
        #expect(answer.date?.secondsSince1970 == seconds)
    }

    @Test func `moves dead letters back`() async throws {
        let transport = ScriptedTransport([.json(200, "{\"TaskHandle\":\"h\"}"), .json(200, "{}"), .json(200, "")])
        let client = SQSClient(session: try .scripted(transport))
        let arn = "arn:aws:sqs:eu-central-1:1:dlq"
        #expect(try await client.startMessageMoveTask(sourceARN: arn, destinationARN: nil, deadline: nil) == "h")
        #expect(Self.text(transport.requests.first) == "{\"SourceArn\":\"\(arn)\"}")
        #expect(try await client.getQueueAttributes(queueURL: "q", names: ["All"], deadline: nil).isEmpty)
        try await client.deleteMessage(queueURL: "q", receiptHandle: "r", deadline: nil)
        #expect(Self.text(transport.requests.last) == "{\"QueueUrl\":\"q\",\"ReceiptHandle\":\"r\"}")
    }

    @Test func `follows the move of dead letters`() async throws {
        let transport = ScriptedTransport([
            .json(
                200,
                """
                {"Results":[{"Status":"FAILED","SourceArn":"a","ApproximateNumberOfMessagesMoved":3,
                "ApproximateNumberOfMessagesToMove":5,"FailureReason":"CouldNotDetermineMessageSource",
                "StartedTimestamp":1756318080000},{"Status":"COMPLETED"}]}
                """
            ),
            .json(200, "{\"Results\":[{\"Status\":\"RUNNING\",\"ApproximateNumberOfMessagesToMove\":null}]}"),
            .json(200, "{\"Results\":[]}"),
        ])
        let client = SQSClient(session: try .scripted(transport))
        let arn = "arn:aws:sqs:eu-central-1:1:dlq"
        let failed = SQSMessageMoveTask(
            status: "FAILED",
            movedCount: 3,
            toMoveCount: 5,
            failureReason: "CouldNotDetermineMessageSource",
            started: 1_756_318_080_000
        )
        #expect(try await client.latestMessageMoveTask(sourceARN: arn, deadline: nil) == failed)
        #expect(
            try await client.latestMessageMoveTask(sourceARN: arn, deadline: nil)
                == SQSMessageMoveTask(status: "RUNNING")
        )
        #expect(try await client.latestMessageMoveTask(sourceARN: arn, deadline: nil) == nil)
        #expect(Self.text(transport.requests.first) == "{\"SourceArn\":\"\(arn)\",\"MaxResults\":1}")
    }

    @Test func `publishes as a form`() async throws {
        let answer = "<PublishResponse><PublishResult><MessageId>n-1</MessageId></PublishResult></PublishResponse>"
        let transport = ScriptedTransport([.xml(200, answer)])
        let id = try await SNSClient(session: try .scripted(transport)).publish(
            .init(topicARN: "arn:t", message: "ä &=+", subject: "s", messageAttributes: ["b": "2", "a": "1"]),
            deadline: nil
        )
        #expect(id == "n-1")
        #expect(
            Self.text(transport.requests.first) == """
                Action=Publish&Version=2010-03-31&TopicArn=arn%3At&Message=%C3%A4%20%26%3D%2B&Subject=s\
                &MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.DataType=String\
                &MessageAttributes.entry.1.Value.StringValue=1&MessageAttributes.entry.2.Name=b\
                &MessageAttributes.entry.2.Value.DataType=String&MessageAttributes.entry.2.Value.StringValue=2
                """
        )
    }

    @Test func `publishes batches and tells the entries apart`() async throws {
        let answer = """
            <PublishBatchResponse><PublishBatchResult><Failed>\
            <member><Id>2</Id><Code>InvalidParameter</Code><Message>no</Message><SenderFault>true</SenderFault></member>\
            <member><Id>0</Id><Code>Oops</Code><SenderFault>false</SenderFault></member></Failed><Successful>\
            <member><Id>1</Id><MessageId>n-1</MessageId></member></Successful></PublishBatchResult></PublishBatchResponse>
            """
        let transport = ScriptedTransport([.xml(200, answer)])
        let entries = (0..<4).map { index in
            PublishBatchInput.Entry(message: "m\(index)", messageAttributes: index == 1 ? ["a": "ä"] : [:])
        }
        let outcomes = try await SNSClient(session: try .scripted(transport)).publishBatch(
            PublishBatchInput(topicARN: "arn:t", entries: entries),
            deadline: nil
        )
        #expect(outcomes.map { $0?.code.rawValue } == ["Oops", nil, "InvalidParameter", "MalformedResponse"])
        #expect(outcomes.map { $0?.isRetryable } == [true, nil, false, true])
        let prefix = "PublishBatchRequestEntries.member"
        #expect(
            Self.text(transport.requests.first) == """
                Action=PublishBatch&Version=2010-03-31&TopicArn=arn%3At\
                &\(prefix).1.Id=0&\(prefix).1.Message=m0&\(prefix).2.Id=1&\(prefix).2.Message=m1\
                &\(prefix).2.MessageAttributes.entry.1.Name=a\
                &\(prefix).2.MessageAttributes.entry.1.Value.DataType=String\
                &\(prefix).2.MessageAttributes.entry.1.Value.StringValue=%C3%A4\
                &\(prefix).3.Id=2&\(prefix).3.Message=m2&\(prefix).4.Id=3&\(prefix).4.Message=m3
                """
        )
    }

    @Test func `an answer without its result is damaged`() async throws {
        let transport = ScriptedTransport(Array(repeating: .xml(200, "<html></html>"), count: 3))
        let client = SNSClient(session: try .scripted(transport))
        let error = await #expect(throws: AWSError.self) {
            try await client.publish(.init(topicARN: "t", message: "m"), deadline: nil)
        }
        #expect(error?.code == .malformedResponse)
        #expect(error?.mayHaveBeenApplied == true)
        #expect(transport.requests.count == 3)
    }
}
