internal import AWSClient
internal import AWSOperations
internal import Platform
internal import TestSupport
internal import Testing

@Suite struct StreamClientTests {
    private static func text(_ request: HTTPRequest) -> String { String(decoding: request.body, as: UTF8.self) }

    @Test func `tells stored records from failed ones`() async throws {
        let answer = """
            {"FailedRecordCount":1,"Records":[{"SequenceNumber":"49","ShardId":"shardId-0"},
            {"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"slow down"}]}
            """
        let transport = ScriptedTransport([.json(200, answer)])
        let results = try await KinesisClient(session: try .scripted(transport)).putRecords(
            streamName: "S",
            records: [.init(data: [1, 2, 3], partitionKey: "p"), .init(data: [], partitionKey: "q")],
            deadline: nil
        )
        #expect(
            results == [
                .stored(shardID: "shardId-0", sequenceNumber: "49"),
                .failed(errorCode: "ProvisionedThroughputExceededException", message: "slow down"),
            ]
        )
        #expect(transport.requests.first?.headers["Content-Type"] == "application/x-amz-json-1.1")
        #expect(
            transport.requests.map(Self.text) == [
                "{\"StreamName\":\"S\",\"Records\":[{\"Data\":\"AQID\",\"PartitionKey\":\"p\"},"
                    + "{\"Data\":\"\",\"PartitionKey\":\"q\"}]}"
            ]
        )
    }

    @Test func `a record that is refused after an attempt whose answer was lost may be stored`() async throws {
        let refusal = #"{"Records":[{"ErrorCode":"InternalFailure","ErrorMessage":"later"}]}"#
        let transport = ScriptedTransport([.json(200, #"{"Records":[{"Sequ"#), .json(200, refusal)])
        let results = try await KinesisClient(session: try .scripted(transport)).putRecords(
            streamName: "S",
            records: [.init(data: [1], partitionKey: "p")],
            deadline: nil
        )
        #expect(results == [.failed(errorCode: "InternalFailure", message: "later", mayBeStored: true)])
    }

    @Test func `an answer for other records is damaged`() async throws {
        let transport = ScriptedTransport(Array(repeating: .json(200, "{\"Records\":[]}"), count: 3))
        let client = KinesisClient(session: try .scripted(transport))
        let error = await #expect(throws: AWSError.self) {
            try await client.putRecords(
                streamName: "S",
                records: [.init(data: [1], partitionKey: "p")],
                deadline: nil
            )
        }
        #expect(error?.code == .malformedResponse)
    }

    /// An invocation of OrderIntake has 10 s, and a server may say nothing on a new connection.
    @Test func `an attempt to put records ends while there is time for another`() async throws {
        let (transport, time) = (
            ScriptedTransport([.json(200, #"{"Records":[{"SequenceNumber":"4","ShardId":"s"}]}"#)]), ManualTime()
        )
        let start = time.now
        _ = try await KinesisClient(session: try .scripted(transport, time: time), putTimeout: .seconds(4)).putRecords(
            streamName: "S",
            records: [.init(data: [1], partitionKey: "p")],
            deadline: start + .seconds(9)
        )
        #expect(transport.deadlines == [start + .seconds(4)])
    }

    @Test func `lists shards page by page`() async throws {
        let transport = ScriptedTransport([
            .json(
                200,
                """
                {"Shards":[{"ShardId":"a","SequenceNumberRange":{"StartingSequenceNumber":"1"}}],"NextToken":"n"}
                """
            ),
            .json(200, #"{"Shards":[{"ShardId":"b","ParentShardId":"a","AdjacentParentShardId":"c"}]}"#),
        ])
        let shards = try await KinesisClient(session: try .scripted(transport)).listShards(
            streamName: "S",
            deadline: nil
        )
        #expect(
            shards == [
                StreamShard(shardID: "a", startingSequenceNumber: "1"),
                StreamShard(shardID: "b", parentShardID: "a", adjacentParentShardID: "c"),
            ]
        )
        #expect(transport.requests.map(Self.text) == ["{\"StreamName\":\"S\"}", "{\"NextToken\":\"n\"}"])
    }

    @Test(arguments: [
        (ShardIteratorPosition.trimHorizon, "\"ShardIteratorType\":\"TRIM_HORIZON\""),
        (.latest, "\"ShardIteratorType\":\"LATEST\""),
        (.atSequenceNumber("7"), "\"ShardIteratorType\":\"AT_SEQUENCE_NUMBER\",\"StartingSequenceNumber\":\"7\""),
        (.afterSequenceNumber("7"), "\"ShardIteratorType\":\"AFTER_SEQUENCE_NUMBER\",\"StartingSequenceNumber\":\"7\""),
    ])
    func `asks for an iterator`(position: ShardIteratorPosition, members: String) async throws {
        let transport = ScriptedTransport([
            .json(200, "{\"ShardIterator\":\"i\"}"), .json(200, "{\"ShardIterator\":\"j\"}"),
        ])
        let session = try AWSSession.scripted(transport)
        let iterator = try await KinesisClient(session: session).getShardIterator(
            streamName: "S",
            shardID: "a",
            position: position,
            deadline: nil
        )
        #expect(iterator == "i")
        _ = try await DynamoDBStreamsClient(session: session).getShardIterator(
            streamARN: "arn",
            shardID: "a",
            position: position,
            deadline: nil
        )
        #expect(Self.text(transport.requests[0]) == "{\"StreamName\":\"S\",\"ShardId\":\"a\",\(members)}")
        let other = members.replacing("StartingSequenceNumber", with: "SequenceNumber")
        #expect(Self.text(transport.requests[1]) == "{\"StreamArn\":\"arn\",\"ShardId\":\"a\",\(other)}")
    }

    @Test func `asks for the records since an instant`() async throws {
        let transport = ScriptedTransport([.json(200, "{\"ShardIterator\":\"i\"}")])
        _ = try await KinesisClient(session: try .scripted(transport)).getShardIterator(
            streamName: "S",
            shardID: "a",
            position: .atTimestamp(1_756_318_080),
            deadline: nil
        )
        #expect(
            transport.requests.map(Self.text) == [
                "{\"StreamName\":\"S\",\"ShardId\":\"a\",\"ShardIteratorType\":\"AT_TIMESTAMP\","
                    + "\"Timestamp\":1756318080}"
            ]
        )
    }

    @Test func `reads Kinesis records`() async throws {
        let answer = """
            {"Records":[{"SequenceNumber":"49","PartitionKey":"p","Data":"AQID",
            "ApproximateArrivalTimestamp":1607497475.000}],"NextShardIterator":null,"MillisBehindLatest":5}
            """
        let client = KinesisClient(session: try .scripted(ScriptedTransport([.json(200, answer)])))
        let page = try await client.getRecords(shardIterator: "i", limit: 10, deadline: nil)
        let record = KinesisRecord(
            sequenceNumber: "49",
            partitionKey: "p",
            data: [1, 2, 3],
            approximateArrivalTimestamp: "1607497475.000"
        )
        #expect(page == KinesisRecordsPage(records: [record], nextShardIterator: nil, millisBehindLatest: 5))
    }

    @Test func `keeps stream records byte for byte`() async throws {
        let record = """
            {"eventID":"e","eventName":"MODIFY","dynamodb":{"ApproximateCreationDateTime":1.6074974750E9,
            "Keys":{"id":{"S":"1"}},"SequenceNumber":"100","SizeBytes":5}}
            """
        let transport = ScriptedTransport([.json(200, "{\"Records\":[ \(record) ],\"NextShardIterator\":\"n\"}")])
        let client = DynamoDBStreamsClient(session: try .scripted(transport))
        let page = try await client.getRecords(shardIterator: "i", limit: nil, deadline: nil)
        #expect(page.nextShardIterator == "n")
        #expect(
            page.records == [
                DynamoDBStreamsRecord(
                    eventID: "e",
                    sequenceNumber: "100",
                    approximateCreationDateTime: "1.6074974750E9",
                    json: Array(record.utf8)
                )
            ]
        )
        #expect(transport.requests.first?.url == "https://streams.dynamodb.eu-central-1.amazonaws.com/")
        #expect(transport.requests.first?.headers["Authorization"]?.contains("/dynamodb/aws4_request") == true)
    }

    @Test func `describes a stream page by page`() async throws {
        let transport = ScriptedTransport([
            .json(
                200,
                """
                {"StreamDescription":{"StreamStatus":"ENABLED","Shards":[{"ShardId":"a"}],"LastEvaluatedShardId":"a"}}
                """
            ),
            .json(200, "{\"StreamDescription\":{\"StreamStatus\":\"ENABLED\",\"Shards\":[{\"ShardId\":\"b\"}]}}"),
        ])
        let client = DynamoDBStreamsClient(session: try .scripted(transport))
        let stream = try await client.describeStream(streamARN: "arn", deadline: nil)
        #expect(stream.streamStatus == "ENABLED")
        #expect(stream.shards.map(\.shardID) == ["a", "b"])
        #expect(Self.text(transport.requests[1]) == "{\"StreamArn\":\"arn\",\"ExclusiveStartShardId\":\"a\"}")
    }

    @Test func `invokes a function`() async throws {
        let transport = ScriptedTransport([
            .json(200, "{\"errorMessage\":\"x\"}", headers: ["X-Amz-Function-Error": "Unhandled"])
        ])
        let output = try await LambdaClient(session: try .scripted(transport)).invoke(
            .init(functionName: "arn:aws:lambda:x:1:function:F", payload: Array("[]".utf8)),
            deadline: nil
        )
        #expect(output.functionError == "Unhandled")
        #expect(output.payload == Array("{\"errorMessage\":\"x\"}".utf8))
        let request = try #require(transport.requests.first)
        #expect(request.path == "/2015-03-31/functions/arn%3Aaws%3Alambda%3Ax%3A1%3Afunction%3AF/invocations")
        #expect(request.headers["X-Amz-Invocation-Type"] == "RequestResponse")
    }

    @Test func `reads a stack page by page`() async throws {
        func page(_ name: String, _ rest: String) -> ScriptedTransport.Step {
            .xml(
                200,
                """
                <ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries><member>
                <LogicalResourceId>\(name)</LogicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType>
                <ResourceStatus>CREATE_COMPLETE</ResourceStatus></member></StackResourceSummaries>\(rest)
                </ListStackResourcesResult></ListStackResourcesResponse>
                """
            )
        }
        let transport = ScriptedTransport([page("A", "<NextToken>t &amp; u</NextToken>"), page("B", "")])
        let client = CloudFormationClient(session: try .scripted(transport))
        let resources = try await client.listStackResources(stackName: "S", deadline: nil)
        #expect(resources.map(\.logicalID) == ["A", "B"])
        #expect(resources.first?.physicalID == nil)
        #expect(Self.text(transport.requests[1]).hasSuffix("&StackName=S&NextToken=t%20%26%20u"))
    }
}
