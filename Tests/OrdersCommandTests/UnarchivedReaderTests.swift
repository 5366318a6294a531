import AWSClient
import AWSOperations
import EventPatterns
import OrderFunctions
import Orders
import OrdersCommand
import PipesRunner
import Platform
import TestSupport
import Testing

@Suite struct UnarchivedReaderTests {
    /// A stream of one shard that has these records, all of which one read gives.
    private struct Shard: KinesisReading {
        let data: [[UInt8]]

        func listShards(streamName: String, deadline: UTCInstant?) async throws(AWSError) -> [StreamShard] {
            [StreamShard(shardID: "shardId-000000000000")]
        }

        func getShardIterator(
            streamName: String,
            shardID: String,
            position: ShardIteratorPosition,
            deadline: UTCInstant?
        ) async throws(AWSError) -> String {
            "iterator"
        }

        func getRecords(
            shardIterator: String,
            limit: Int?,
            deadline: UTCInstant?
        ) async throws(AWSError) -> KinesisRecordsPage {
            let records = self.data.enumerated().map { index, data in
                KinesisRecord(
                    sequenceNumber: "\(index + 1)",
                    partitionKey: "p",
                    data: data,
                    approximateArrivalTimestamp: "1756318080.000"
                )
            }
            return KinesisRecordsPage(records: records, nextShardIterator: "iterator", millisBehindLatest: 0)
        }
    }

    /// What is found of an order in a stream of which nothing is archived.
    private static func contents(of id: String, in data: [[UInt8]]) async throws -> [String] {
        let (shard, time) = (Shard(data: data), ManualTime())
        let reader = UnarchivedReader(
            stream: KinesisStreamSource(
                client: shard,
                streamARN: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
                roleARN: "",
                filters: .all,
                time: time
            ),
            progress: ShardProgressReader(
                dynamoDB: InMemoryDynamoDB(keys: ["Checkpoints": ["checkpoint"]]),
                kinesis: shard,
                checkpointsTable: "Checkpoints",
                streamName: "orders",
                time: time
            ),
            decoder: OrderRecordDecoder()
        )
        let found = try await reader.records(of: [id])
        #expect(found.keys.allSatisfy { $0 == id })
        return (found[id] ?? []).map { String(decoding: $0.content, as: UTF8.self) }
    }

    @Test func `a refused record is found by a mention, however its line has it`() async throws {
        let escaped = #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"2025\/17"}}"#
        let damaged = #"{"OrderId":"2025/17","TotalAmount":"#
        let other = #"{"customer_id":"2025/17","order_id":"18","amount":5}"#
        var compressor = Gzip.Compressor()
        compressor.append(Array(damaged.utf8))
        let data = [escaped, damaged, other].map { Array($0.utf8) } + [compressor.finish()]
        #expect(try await Self.contents(of: "2025/17", in: data) == [escaped, damaged, damaged])
    }

    @Test func `an event of another type is no order's, whatever it mentions, as in the archive`() async throws {
        let other = #"{"Type":"InvoiceSentV1","Payload":{"OrderId":"2025/17"}}"#
        let refused = #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"2025/17"}}"#
        let data = [other, refused].map { Array($0.utf8) }
        #expect(try await Self.contents(of: "2025/17", in: data) == [refused])
    }
}
