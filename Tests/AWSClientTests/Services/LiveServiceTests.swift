internal import AWSClient
internal import AWSOperations
internal import Foundation
internal import Platform
internal import TestSupport
internal import Testing

/// Every operation once against a local AWS, which checks signatures and meanings better than any fake of ours.
@Suite(
    .serialized,
    .enabled(
        if: ProcessInfo.processInfo.environment["LIVE_AWS_ENDPOINT_URL"] != nil,
        "SKIPPED: set LIVE_AWS_ENDPOINT_URL and the keys that scripts/local status prints to run these"
    )
)
struct LiveServiceTests {
    /// What `create_live_resources.py` made.
    struct Resources: Decodable, Sendable {
        var name = ""
        let stream: String
        let queue: String
        let deadLetters: String
        let deadLettersARN: String
        let topic: String

        enum CodingKeys: CodingKey { case stream, queue, deadLetters, deadLettersARN, topic }
    }

    /// What SNS puts around a message.
    struct Envelope: Decodable {
        let Message: String
    }

    private let resources: Resources
    private let environment: [String: String]

    init() throws {
        let given = ProcessInfo.processInfo.environment
        let account = [
            "AWS_ENDPOINT_URL": try #require(given["LIVE_AWS_ENDPOINT_URL"]),
            "AWS_ACCESS_KEY_ID": try #require(given["AWS_ACCESS_KEY_ID"]),
            "AWS_SECRET_ACCESS_KEY": try #require(given["AWS_SECRET_ACCESS_KEY"]),
        ]
        self.environment = account.merging(["AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "us-west-2"]) { $1 }
        let name = "live-\(UInt32.random(in: .min ... .max))"
        let python = try #require(PythonInterpreter.withBotocore)
        let output = try python.run(
            "create_live_resources.py",
            arguments: [name],
            environment: account.merging(["AWS_DEFAULT_REGION": "eu-central-1"]) { $1 }
        )
        var resources = try JSONDecoder().decode(Resources.self, from: Data(output.utf8))
        resources.name = name
        self.resources = resources
    }

    private func run<Value: Sendable>(
        _ body: @escaping @Sendable (AWSSession, UTCInstant) async throws -> Value
    ) throws -> Value {
        let loop = EventLoop()
        let configuration = try AWSConfiguration(environment: Environment(self.environment))
        let transport = CurlTransport(loop: loop, trustRoots: configuration.trustRoots)
        let session = AWSSession(configuration: configuration, transport: transport, time: loop)
        return try loop.run { try await body(session, SystemClock.now + .seconds(30)) }
    }

    @Test func `DynamoDB stores reads and refuses`() throws {
        let (table, stream) = (self.resources.name, self.resources.stream)
        try self.run { session, deadline in
            let client = DynamoDBClient(session: session)
            let key: AttributeMap = ["PK": .s("a"), "SK": .s("é\"\\\n")]
            let value: AttributeValue = .m([
                "l": .l([.n("12345678901234567890123456789.123456789"), .bool(true), .null]), "b": .b([0, 255]),
                "ss": .ss(["x", "y"]), "ns": .ns(["1", "2"]), "bs": .bs([[1], [2, 3]]),
            ])
            let item = key.merging(["value": value]) { $1 }
            let put = PutItemInput(
                tableName: table,
                item: item,
                conditionExpression: "attribute_not_exists(PK)",
                returnsItemOnConditionCheckFailure: true
            )
            try await client.putItem(put, deadline: deadline)
            #expect(try await client.getItem(.init(tableName: table, key: key), deadline: deadline) == item)
            let missing: AttributeMap = ["PK": .s("no"), "SK": .s("no")]
            #expect(try await client.getItem(.init(tableName: table, key: missing), deadline: deadline) == nil)

            let refused = await #expect(throws: AWSError.self) { try await client.putItem(put, deadline: deadline) }
            #expect(refused?.code == .conditionalCheckFailed)
            #expect(refused?.item == item)
            #expect(refused?.mayHaveBeenApplied == false)

            let update = UpdateItemInput(
                tableName: table,
                key: key,
                updateExpression: "ADD #c :one",
                attributes: .init(names: ["#c": "count"], values: [":one": .n("1.25")])
            )
            try await client.updateItem(update, deadline: deadline)
            let updated = try await client.getItem(.init(tableName: table, key: key), deadline: deadline)
            #expect(updated?["count"] == .n("1.25"))

            try await client.updateItem(update, deadline: deadline)
            let query = QueryInput(
                tableName: table,
                keyConditionExpression: "PK = :pk",
                attributes: .init(values: [":pk": .s("a")]),
                limit: 1
            )
            let page = try await client.query(query, deadline: deadline)
            #expect(page.items.map { $0["count"] } == [.n("2.5")])

            let streams = DynamoDBStreamsClient(session: session)
            let description = try await streams.describeStream(streamARN: stream, deadline: deadline)
            #expect(description.streamStatus == "ENABLED")
            let shard = try #require(description.shards.first)
            let iterator = try await streams.getShardIterator(
                streamARN: stream,
                shardID: shard.shardID,
                position: .trimHorizon,
                deadline: deadline
            )
            let records = try await streams.getRecords(shardIterator: iterator, limit: 10, deadline: deadline)
            #expect(records.records.count == 3, "a put and two updates")
            #expect(records.records.allSatisfy { !$0.eventID.isEmpty && !$0.sequenceNumber.isEmpty })
            #expect(String(decoding: records.records[0].json, as: UTF8.self).contains("\"INSERT\""))
        }
    }

    @Test func `S3 writes once and reads back`() throws {
        let bucket = self.resources.name
        try self.run { session, deadline in
            let client = S3Client(session: session)
            let put = PutObjectInput(
                bucket: bucket,
                key: "orders/dt=2025-08-27/hour=18/ä +&?#~.gz",
                body: Array(repeating: 7, count: 2_000_000),
                contentType: "application/gzip",
                metadata: ["last-sequence-number": "49"],
                ifNoneMatch: true
            )
            try await client.putObject(put, deadline: deadline)
            let refused = await #expect(throws: AWSError.self) {
                try await client.putObject(put, deadline: deadline)
            }
            #expect(refused?.code == .preconditionFailed)
            let info = try await client.headObject(bucket: bucket, key: put.key, deadline: deadline)
            #expect(info.metadata == put.metadata)
            let object = try await client.getObject(bucket: bucket, key: put.key, deadline: deadline)
            #expect(object.body == put.body)
            let missing = await #expect(throws: AWSError.self) {
                try await client.headObject(bucket: bucket, key: "missing", deadline: deadline)
            }
            #expect(missing?.code == .notFound)
            let noKey = await #expect(throws: AWSError.self) {
                try await client.getObject(bucket: bucket, key: "missing", deadline: deadline)
            }
            #expect(noKey?.code == .noSuchKey)
        }
    }

    @Test func `notifications arrive in the queue`() throws {
        let resources = self.resources
        try self.run { session, deadline in
            let queue = SQSClient(session: session)
            let published = try await SNSClient(session: session).publish(
                PublishInput(
                    topicARN: resources.topic,
                    message: "{\"a\":\"ü & = %\"}",
                    messageAttributes: ["eventID": "e 1", "b": "2"]
                ),
                deadline: deadline
            )
            #expect(!published.isEmpty)
            // Nobody reads this topic's messages but the queue, which is read below up to the first.
            let large = PublishBatchInput.Entry(message: String(repeating: "x", count: 262_145))
            let batch = PublishBatchInput(topicARN: resources.topic, entries: [large])
            let outcomes = try await SNSClient(session: session).publishBatch(batch, deadline: deadline)
            #expect(outcomes.map { $0?.code.rawValue } == ["InvalidParameter"])
            let input = ReceiveMessageInput(queueURL: resources.queue, waitTimeSeconds: 5, visibilityTimeout: 0)
            let received = try await queue.receiveMessage(input, deadline: deadline)
            let body = Data((received.first?.body ?? "").utf8)
            #expect(try JSONDecoder().decode(Envelope.self, from: body).Message == "{\"a\":\"ü & = %\"}")
            let handle = try #require(received.first?.receiptHandle)
            try await queue.deleteMessage(queueURL: resources.queue, receiptHandle: handle, deadline: deadline)

            let send = SendMessageInput(
                queueURL: resources.deadLetters,
                messageBody: "dead",
                messageAttributes: ["reason": "poison"]
            )
            try await queue.sendMessage(send, deadline: deadline)
            let dead = ReceiveMessageInput(queueURL: resources.deadLetters, visibilityTimeout: 0)
            let messages = try await queue.receiveMessage(dead, deadline: deadline)
            #expect(messages.map(\.body) == ["dead"])
            #expect(messages.first?.messageAttributes == ["reason": "poison"])
            #expect(messages.first?.attributes["ApproximateReceiveCount"] == "1")
            let attributes = try await queue.getQueueAttributes(
                queueURL: resources.queue,
                names: ["QueueArn"],
                deadline: deadline
            )
            #expect(attributes["QueueArn"]?.hasSuffix(resources.name) == true)
        }
    }

    @Test func `Kinesis gives back what was put`() throws {
        let name = self.resources.name
        try self.run { session, deadline in
            let client = KinesisClient(session: session)
            let data: [[UInt8]] = (0..<20).map { Array("record \($0)".utf8) }
            let results = try await client.putRecords(
                streamName: name,
                records: data.map { KinesisPutRecord(data: $0, partitionKey: "\($0.hashValue)") },
                deadline: deadline
            )
            #expect(results.count == 20)
            let shards = try await client.listShards(streamName: name, deadline: deadline)
            #expect(shards.count == 2)
            var read: Set<[UInt8]> = []
            for shard in shards {
                let iterator = try await client.getShardIterator(
                    streamName: name,
                    shardID: shard.shardID,
                    position: .trimHorizon,
                    deadline: deadline
                )
                let page = try await client.getRecords(shardIterator: iterator, limit: nil, deadline: deadline)
                read.formUnion(page.records.map(\.data))
                #expect(page.nextShardIterator != nil)
            }
            #expect(read == Set(data))
        }
    }

    @Test func `functions and stacks answer`() throws {
        let name = self.resources.name
        try self.run { session, deadline in
            let output = try await LambdaClient(session: session).invoke(
                InvokeInput(functionName: name, payload: Array("{\"amount\":1}".utf8)),
                deadline: deadline
            )
            #expect(output.functionError == nil)
            let failed = try await LambdaClient(session: session).invoke(
                InvokeInput(functionName: name, payload: Array("{}".utf8)),
                deadline: deadline
            )
            #expect(failed.functionError != nil)
            let stacks = CloudFormationClient(session: session)
            let stack = try await stacks.describeStack(name: name, deadline: deadline)
            #expect(stack.status == "CREATE_COMPLETE")
            #expect(stack.outputs == ["QueueName": "\(name)-stack <&> é"])
            let resources = try await stacks.listStackResources(stackName: name, deadline: deadline)
            #expect(resources.map(\.type) == ["AWS::SQS::Queue"])
            let missing = await #expect(throws: AWSError.self) {
                try await stacks.describeStack(name: "nothing-here", deadline: deadline)
            }
            #expect(missing?.code.rawValue == "ValidationError")
        }
    }
}
