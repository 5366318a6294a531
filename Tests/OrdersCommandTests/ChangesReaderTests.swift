import AWSClient
import AWSOperations
import Orders
import OrdersCommand
import Platform
import TestSupport
import Testing

@Suite struct ChangesReaderTests {
    /// A stream of one closed shard, of which one read gives all changes.
    private struct Stream: DynamoDBStreamsOperations {
        /// The keys of the rows that changed.
        let ids: [String]

        func describeStream(
            streamARN: String,
            deadline: UTCInstant?
        ) async throws(AWSError) -> DynamoDBStreamDescription {
            let shard = StreamShard(shardID: "shardId-0", parentShardID: nil, endingSequenceNumber: "9")
            return DynamoDBStreamDescription(streamStatus: "ENABLED", shards: [shard])
        }

        func getShardIterator(
            streamARN: String,
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
        ) async throws(AWSError) -> DynamoDBStreamsRecordsPage {
            let records = self.ids.enumerated().map { index, id in
                let key = #"{"orderId":{"S":"\#(id)"}}"#
                let change = #"{"Keys":\#(key),"NewImage":\#(key),"SequenceNumber":"\#(index)"}"#
                return DynamoDBStreamsRecord(
                    eventID: "e-\(index)",
                    sequenceNumber: "\(index)",
                    approximateCreationDateTime: nil,
                    json: Array(#"{"eventID":"e-\#(index)","eventName":"INSERT","dynamodb":\#(change)}"#.utf8)
                )
            }
            return DynamoDBStreamsRecordsPage(records: records, nextShardIterator: nil)
        }
    }

    /// The ids of the changes that are found of each order.
    private static func found(_ ids: Set<OrderID>, among rows: [String]) async throws -> [OrderID: [String?]] {
        let reader = ChangesReader(client: Stream(ids: rows), streamARN: "arn", time: ManualTime())
        let found = try await reader.changes(of: ids, limit: 100)
        #expect(found.records == rows.count)
        return found.changes.mapValues { $0.map(\.eventID) }
    }

    @Test func `the changes of the orders are found, in the order of the stream`() async throws {
        let (one, two) = (Fixtures.orderID("O-1"), Fixtures.orderID("O-2"))
        let found = try await Self.found([one, two], among: ["O-1", "O-3", "O-2", "O-1"])
        #expect(found == [one: ["e-0", "e-3"], two: ["e-2"]])
    }

    @Test func `of orders whose ids are canonically equivalent each has its own changes`() async throws {
        let rows = Fixtures.equivalentTexts
        let ids = rows.map(Fixtures.orderID)
        #expect(try await Self.found(Set(ids), among: rows) == [ids[0]: ["e-0"], ids[1]: ["e-1"]])
        #expect(try await Self.found([ids[1]], among: rows) == [ids[1]: ["e-1"]])
    }

    @Test func `a row of others whose key is longer than an order's id is passed over`() async throws {
        // Cut to an id's length it would be this order's, whose own row comes behind it.
        let id = String(repeating: "k", count: OrderID.maximumLength)
        let found = try await Self.found([Fixtures.orderID(id)], among: [id + "k", id])
        #expect(found == [Fixtures.orderID(id): ["e-1"]])
    }
}
