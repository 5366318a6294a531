package import AWSClient
internal import AWSOperations
internal import Platform

/// One operation of the service clients with an example input, for tests that hold for all of them.
package struct ClientOperation: Sendable, CustomStringConvertible {
    /// botocore's names of the service and the operation: `dynamodb.PutItem`.
    package let name: String
    /// Makes the call; its result does not matter.
    package let call: @Sendable (AWSSession) async throws -> Void

    package var description: String { self.name }

    /// The name's first part.
    package var service: String { String(self.name.prefix { $0 != "." }) }

    /// Whether the service answers in XML.
    package var answersXML: Bool { ["cloudformation", "s3", "sns"].contains(self.service) }

    /// Whether a successful answer's body is content of a customer, which may look like an error without being one.
    package var isAnsweredByContent: Bool { self.name == "s3.GetObject" || self.name == "lambda.Invoke" }

    /// Every operation that the service clients have.
    package static let all: [ClientOperation] =
        Self.dynamoDB + Self.streams + Self.s3 + Self.messaging + [
            ClientOperation(name: "cloudformation.DescribeStacks") {
                _ = try await CloudFormationClient(session: $0).describeStack(name: "orders", deadline: nil)
            },
            ClientOperation(name: "cloudformation.ListStackResources") {
                _ = try await CloudFormationClient(session: $0).listStackResources(stackName: "orders", deadline: nil)
            },
            ClientOperation(name: "cloudwatch.DescribeAlarms") {
                _ = try await CloudWatchClient(session: $0).describeAlarms(names: ["orders-Errors"], deadline: nil)
            },
            ClientOperation(name: "cloudwatch.GetMetricStatistics") {
                let metric = CloudWatchMetric(
                    namespace: "AWS/Lambda",
                    name: "IteratorAge",
                    dimension: "FunctionName",
                    value: "orders-OrderArchiver"
                )
                let end = UTCInstant(secondsSince1970: 1_756_318_080)
                let client = CloudWatchClient(session: $0)
                _ = try await client.maximum(of: metric, during: 300, before: end, deadline: nil)
            },
            ClientOperation(name: "logs.FilterLogEvents") {
                let input = FilterLogEventsInput(logGroupName: "/aws/lambda/orders-OrderWriter")
                _ = try await CloudWatchLogsClient(session: $0).filterLogEvents(input, deadline: nil)
            },
            ClientOperation(name: "logs.DescribeLogGroups") {
                _ = try await CloudWatchLogsClient(session: $0).describeLogGroups(prefix: "/aws/lambda/", deadline: nil)
            },
            ClientOperation(name: "kinesis.DescribeStreamSummary") {
                _ = try await KinesisClient(session: $0).streamStatus(streamName: "orders", deadline: nil)
            },
            ClientOperation(name: "dynamodb.DeleteItem") {
                let client = DynamoDBClient(session: $0)
                try await client.deleteItem(tableName: "Orders", key: ["orderId": .s("O")], deadline: nil)
            },
            ClientOperation(name: "kinesis.DescribeLimits") {
                _ = try await KinesisClient(session: $0).describeLimits(deadline: nil)
            },
            ClientOperation(name: "kms.DescribeKey") {
                _ = try await KMSClient(session: $0).keyState(keyID: "alias/orders", deadline: nil)
            },
            ClientOperation(name: "kms.GetKeyPolicy") {
                _ = try await KMSClient(session: $0).keyPolicy(keyID: "alias/orders", deadline: nil)
            },
            ClientOperation(name: "lambda.GetAccountSettings") {
                _ = try await LambdaClient(session: $0).getAccountSettings(deadline: nil)
            },
            ClientOperation(name: "pipes.DescribePipe") {
                _ = try await PipesClient(session: $0).describePipe(name: "orders-NormalOrdersPipe", deadline: nil)
            },
            ClientOperation(name: "lambda.GetFunctionConfiguration") {
                let client = LambdaClient(session: $0)
                _ = try await client.getFunctionConfiguration(name: "orders-OrderWriter", deadline: nil)
            },
            ClientOperation(name: "lambda.GetEventSourceMapping") {
                let id = "4bca2dd1-4ae4-4a4a-8c1b-000000001234"
                _ = try await LambdaClient(session: $0).getEventSourceMapping(id: id, deadline: nil)
            },
            ClientOperation(name: "lambda.Invoke") {
                let input = InvokeInput(functionName: "orders-OrderWriter", payload: Array("{}".utf8))
                _ = try await LambdaClient(session: $0).invoke(input, deadline: nil)
            },
        ]

    /// The operation of that name.
    package static func named(_ name: String) -> ClientOperation? {
        self.all.first { $0.name == name }
    }

    private static let key: AttributeMap = ["PK": .s("ORDER#1"), "SK": .s("ORDER")]
    private static let put = PutItemInput(tableName: "orders", item: Self.key)

    private static let dynamoDB = [
        ClientOperation(name: "dynamodb.GetItem") {
            _ = try await DynamoDBClient(session: $0).getItem(.init(tableName: "orders", key: Self.key), deadline: nil)
        },
        ClientOperation(name: "dynamodb.PutItem") {
            try await DynamoDBClient(session: $0).putItem(Self.put, deadline: nil)
        },
        ClientOperation(name: "dynamodb.UpdateItem") {
            let values = ExpressionAttributes(values: [":n": .n("1")])
            let input = UpdateItemInput(
                tableName: "orders",
                key: Self.key,
                updateExpression: "SET version = :n",
                attributes: values
            )
            try await DynamoDBClient(session: $0).updateItem(input, deadline: nil)
        },
        ClientOperation(name: "dynamodb.BatchExecuteStatement") {
            let input = InsertItemsInput(tableName: "orders", items: [Self.key])
            let outcomes = await DynamoDBClient(session: $0).insertItems(input, until: .attempts(before: nil))
            for error in outcomes { if let error { throw error } }
        },
        ClientOperation(name: "dynamodb.BatchGetItem") {
            let input = BatchGetItemInput(
                tableName: "orders",
                keys: [Self.key],
                projectionExpression: "#s",
                names: ["#s": "status"]
            )
            _ = try await DynamoDBClient(session: $0).batchGetItem(input, deadline: nil)
        },
        ClientOperation(name: "dynamodb.Query") {
            let values = ExpressionAttributes(values: [":k": .s("ORDER#1")])
            let input = QueryInput(tableName: "orders", keyConditionExpression: "PK = :k", attributes: values)
            _ = try await DynamoDBClient(session: $0).query(input, deadline: nil)
        },
        ClientOperation(name: "dynamodb.Scan") {
            let input = ScanInput(
                tableName: "orders",
                filterExpression: "begins_with(PK, :k)",
                projectionExpression: "PK",
                attributes: ExpressionAttributes(values: [":k": .s("ORDER#")])
            )
            _ = try await DynamoDBClient(session: $0).scan(input, deadline: nil)
        },
        ClientOperation(name: "dynamodb.DescribeTable") {
            _ = try await DynamoDBClient(session: $0).latestStreamARN(tableName: "orders", deadline: nil)
        },
    ]

    private static let streamARN =
        "arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2025-08-27T00:00:00.000"
    private static let shardID = "shardId-000000000000"

    private static let streams = [
        ClientOperation(name: "dynamodbstreams.DescribeStream") {
            let client = DynamoDBStreamsClient(session: $0)
            _ = try await client.describeStream(streamARN: Self.streamARN, deadline: nil)
        },
        ClientOperation(name: "dynamodbstreams.GetShardIterator") {
            _ = try await DynamoDBStreamsClient(session: $0).getShardIterator(
                streamARN: Self.streamARN,
                shardID: Self.shardID,
                position: .trimHorizon,
                deadline: nil
            )
        },
        ClientOperation(name: "dynamodbstreams.GetRecords") {
            let client = DynamoDBStreamsClient(session: $0)
            _ = try await client.getRecords(shardIterator: "iterator-1", limit: 10, deadline: nil)
        },
        ClientOperation(name: "kinesis.PutRecords") {
            let record = KinesisPutRecord(data: Array("{}".utf8), partitionKey: "1")
            _ = try await KinesisClient(session: $0).putRecords(streamName: "orders", records: [record], deadline: nil)
        },
        ClientOperation(name: "kinesis.ListShards") {
            _ = try await KinesisClient(session: $0).listShards(streamName: "orders", deadline: nil)
        },
        ClientOperation(name: "kinesis.GetShardIterator") {
            _ = try await KinesisClient(session: $0).getShardIterator(
                streamName: "orders",
                shardID: Self.shardID,
                position: .trimHorizon,
                deadline: nil
            )
        },
        ClientOperation(name: "kinesis.GetRecords") {
            let client = KinesisClient(session: $0)
            _ = try await client.getRecords(shardIterator: "iterator-1", limit: 10, deadline: nil)
        },
    ]

    private static let s3 = [
        ClientOperation(name: "s3.PutObject") {
            let input = PutObjectInput(bucket: "orders-archive", key: "dt=1/a", body: Array("{}\n".utf8))
            try await S3Client(session: $0).putObject(input, deadline: nil)
        },
        ClientOperation(name: "s3.HeadObject") {
            _ = try await S3Client(session: $0).headObject(bucket: "orders-archive", key: "dt=1/a", deadline: nil)
        },
        ClientOperation(name: "s3.GetObject") {
            _ = try await S3Client(session: $0).getObject(bucket: "orders-archive", key: "dt=1/a", deadline: nil)
        },
        ClientOperation(name: "s3.DeleteObject") {
            try await S3Client(session: $0).deleteObject(bucket: "orders-archive", key: "dt=1/a", deadline: nil)
        },
        ClientOperation(name: "s3.ListObjectsV2") {
            _ = try await S3Client(session: $0).listKeys(bucket: "orders-archive", prefix: "aws/", deadline: nil)
        },
    ]

    private static let topicARN = "arn:aws:sns:eu-central-1:123456789012:premium"
    private static let queueURL = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders"
    private static let queueARN = "arn:aws:sqs:eu-central-1:123456789012:orders"

    private static let messaging = [
        ClientOperation(name: "sns.Publish") {
            try await SNSClient(session: $0).publish(.init(topicARN: Self.topicARN, message: "{}"), deadline: nil)
        },
        ClientOperation(name: "sns.PublishBatch") {
            let input = PublishBatchInput(topicARN: Self.topicARN, entries: [.init(message: "{}")])
            for error in try await SNSClient(session: $0).publishBatch(input, deadline: nil) {
                if let error { throw error }
            }
        },
        ClientOperation(name: "sqs.SendMessage") {
            let input = SendMessageInput(queueURL: Self.queueURL, messageBody: "{}")
            try await SQSClient(session: $0).sendMessage(input, deadline: nil)
        },
        ClientOperation(name: "sqs.ReceiveMessage") {
            _ = try await SQSClient(session: $0).receiveMessage(.init(queueURL: Self.queueURL), deadline: nil)
        },
        ClientOperation(name: "sqs.DeleteMessage") {
            let client = SQSClient(session: $0)
            try await client.deleteMessage(queueURL: Self.queueURL, receiptHandle: "receipt-1", deadline: nil)
        },
        ClientOperation(name: "sqs.ChangeMessageVisibility") {
            try await SQSClient(session: $0).changeMessageVisibility(
                queueURL: Self.queueURL,
                receiptHandle: "receipt-1",
                timeout: 0,
                deadline: nil
            )
        },
        ClientOperation(name: "sqs.GetQueueAttributes") {
            let names = ["ApproximateNumberOfMessages"]
            let client = SQSClient(session: $0)
            _ = try await client.getQueueAttributes(queueURL: Self.queueURL, names: names, deadline: nil)
        },
        ClientOperation(name: "sqs.StartMessageMoveTask") {
            let client = SQSClient(session: $0)
            _ = try await client.startMessageMoveTask(sourceARN: Self.queueARN, destinationARN: nil, deadline: nil)
        },
        ClientOperation(name: "sqs.ListMessageMoveTasks") {
            _ = try await SQSClient(session: $0).latestMessageMoveTask(sourceARN: Self.queueARN, deadline: nil)
        },
    ]
}
