import AWSClient
import AWSOperations
import EventPatterns
import PipesRunner
import Platform
import TestSupport
import Testing

@Suite struct DynamoDBStreamSourceTests {
    /// Answers each request that nothing is there by that name, as both a deleted stream and a deleted shard do.
    private struct Nothing: DynamoDBStreamsOperations {
        private static func error(_ operation: String) -> AWSError {
            AWSError(code: .resourceNotFound, message: "m", operation: "DynamoDBStreams.\(operation)")
        }

        func describeStream(
            streamARN: String,
            deadline: UTCInstant?
        ) async throws(AWSError) -> DynamoDBStreamDescription {
            throw Self.error("DescribeStream")
        }

        func getShardIterator(
            streamARN: String,
            shardID: String,
            position: ShardIteratorPosition,
            deadline: UTCInstant?
        ) async throws(AWSError) -> String {
            throw Self.error("GetShardIterator")
        }

        func getRecords(
            shardIterator: String,
            limit: Int?,
            deadline: UTCInstant?
        ) async throws(AWSError) -> DynamoDBStreamsRecordsPage {
            throw Self.error("GetRecords")
        }
    }

    private static let source = DynamoDBStreamSource(
        client: Nothing(),
        streamARN: "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/1",
        filters: .all,
        time: ManualTime()
    )

    @Test(arguments: [ShardPosition.trimHorizon, .since(.seconds(0))])
    func `a shard that is gone is told from a stream that is`(position: ShardPosition) async {
        await #expect(throws: StreamReaderError.shardGone) {
            try await Self.source.iterator(shardID: "s", position: position)
        }
        await #expect(throws: StreamReaderError.shardGone) {
            try await Self.source.records(shardID: "s", iterator: "i")
        }
        let error = await #expect(throws: StreamReaderError.self) { try await Self.source.shards() }
        guard case .unusable? = error else {
            Issue.record("a stream that is gone should end the run")
            return
        }
    }
}
