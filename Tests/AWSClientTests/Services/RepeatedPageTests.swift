internal import AWSClient
internal import AWSOperations
internal import TestSupport
internal import Testing

/// A service that names the same page for ever (met with botocore, issue 3778).
@Suite struct RepeatedPageTests {
    /// An answer of each operation that goes over pages, with the next page's token in place of `TOKEN`.
    private static let pages: [(name: String, body: String)] = [
        (
            "s3.ListObjectsV2",
            "<ListBucketResult><NextContinuationToken>TOKEN</NextContinuationToken></ListBucketResult>"
        ),
        (
            "cloudformation.ListStackResources",
            """
            <ListStackResourcesResponse><ListStackResourcesResult><NextToken>TOKEN</NextToken>
            </ListStackResourcesResult></ListStackResourcesResponse>
            """
        ),
        ("cloudwatch.DescribeAlarms", "{\"MetricAlarms\":[],\"NextToken\":\"TOKEN\"}"),
        ("logs.DescribeLogGroups", "{\"logGroups\":[],\"nextToken\":\"TOKEN\"}"),
        ("kinesis.ListShards", "{\"Shards\":[],\"NextToken\":\"TOKEN\"}"),
        (
            "dynamodbstreams.DescribeStream",
            "{\"StreamDescription\":{\"StreamStatus\":\"E\",\"Shards\":[],\"LastEvaluatedShardId\":\"TOKEN\"}}"
        ),
    ]

    private func listing(_ name: String, tokens: [String]) async throws -> (AWSError?, requests: Int) {
        let body = try #require(Self.pages.first { $0.name == name }).body
        let transport = ScriptedTransport(
            tokens.map { token in
                let parts = body.split(separator: "TOKEN", omittingEmptySubsequences: false)
                return .xml(200, parts.joined(separator: token))
            }
        )
        let operation = try #require(ClientOperation.named(name))
        let session = try AWSSession.scripted(transport)
        do {
            try await operation.call(session)
            return (nil, transport.requests.count)
        } catch {
            return (try #require(error as? AWSError), transport.requests.count)
        }
    }

    @Test(arguments: Self.pages.map(\.name))
    func `a page that is named twice ends the listing at the second time`(name: String) async throws {
        let (error, requests) = try await self.listing(name, tokens: ["a", "a", "b", ""])
        #expect(error?.code == .repeatedPage)
        #expect(error?.isRetryable == false)
        #expect(requests == 2)
    }

    @Test(arguments: Self.pages.map(\.name))
    func `pages that go round end the listing as well`(name: String) async throws {
        let (error, requests) = try await self.listing(name, tokens: ["a", "b", "c", "b", "c", "b"])
        #expect(error?.code == .repeatedPage)
        #expect(requests == 4)
    }

    @Test func `records that come again with their own iterator end the reading, no records do not`() async throws {
        let record = "{\"eventID\":\"1\",\"dynamodb\":{\"SequenceNumber\":\"1\"}}"
        let streams = ScriptedTransport([
            .json(200, "{\"Records\":[],\"NextShardIterator\":\"i-1\"}"),
            .json(200, "{\"Records\":[\(record)],\"NextShardIterator\":\"i-1\"}"),
        ])
        let client = DynamoDBStreamsClient(session: try .scripted(streams))
        #expect(try await client.getRecords(shardIterator: "i-1", limit: nil, deadline: nil).records.isEmpty)
        let error = await #expect(throws: AWSError.self) {
            try await client.getRecords(shardIterator: "i-1", limit: nil, deadline: nil)
        }
        #expect(error?.code == .repeatedPage)
        let data = "{\"Data\":\"e30=\",\"PartitionKey\":\"1\",\"SequenceNumber\":\"1\"}"
        let kinesis = ScriptedTransport([.json(200, "{\"Records\":[\(data)],\"NextShardIterator\":\"i-1\"}")])
        let other = await #expect(throws: AWSError.self) {
            let client = KinesisClient(session: try .scripted(kinesis))
            return try await client.getRecords(shardIterator: "i-1", limit: nil, deadline: nil)
        }
        #expect(other?.code == .repeatedPage)
    }
}
