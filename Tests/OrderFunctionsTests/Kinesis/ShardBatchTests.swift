import LambdaEvents
import OrderFunctions
import Testing

@Suite struct ShardBatchTests {
    @Test func `one shard is one batch`() throws {
        let event = StreamedRecord.event((0..<3).map { StreamedRecord($0, "{}") })
        let batch = try #require(ShardBatch.batches(of: try KinesisEvent.read(event)).first)
        #expect(batch.stream == "orders")
        #expect(batch.shardID == "shardId-000000000000")
        #expect(batch.records.count == 3)
    }

    @Test func `an event of several shards is taken apart`() throws {
        var other = StreamedRecord(7, "{}")
        other.shardID = "shardId-000000000001"
        let event = StreamedRecord.event([StreamedRecord(1, "{}"), other, StreamedRecord(2, "{}")])
        let batches = ShardBatch.batches(of: try KinesisEvent.read(event))
        #expect(batches.map(\.shardID) == ["shardId-000000000000", "shardId-000000000001"])
        #expect(batches.map(\.records.count) == [2, 1])
    }

    @Test func `records are brought into the shard's order`() throws {
        let numbers = [12, 3, 7].map { StreamedRecord($0, "{}") }
        let batch = try #require(ShardBatch.batches(of: try KinesisEvent.read(StreamedRecord.event(numbers))).first)
        let sorted = batch.records.map { $0.sequenceNumber?.text }
        #expect(sorted == [3, 7, 12].map { StreamedRecord($0, "").sequenceNumber })
    }

    @Test func `a broken record stays with its neighbours`() throws {
        var broken = StreamedRecord(2, "{}")
        broken.hasData = false
        broken.hasIDs = false
        let event = StreamedRecord.event([StreamedRecord(1, "{}"), broken, StreamedRecord(3, "{}")])
        let batches = ShardBatch.batches(of: try KinesisEvent.read(event))
        #expect(batches.count == 1)
        #expect(batches[0].records.map { $0.sequenceNumber == nil } == [false, true, false])
    }

    @Test func `what looks like the same shard is not taken for it`() throws {
        var shard = StreamedRecord(2, "{}")
        shard.shardID = "shardId-000000000010"
        var stream = StreamedRecord(3, "{}")
        stream.stream = "returns"
        var unusual = StreamedRecord(4, "{}")
        unusual.shardID = "shardId-000000000000:9"
        let records = [StreamedRecord(1, "{}"), shard, stream, unusual, StreamedRecord(5, "{}")]
        let batches = ShardBatch.batches(of: try KinesisEvent.read(StreamedRecord.event(records)))
        #expect(
            batches.map { "\($0.stream)/\($0.shardID): \($0.records.count)" } == [
                "orders/shardId-000000000000: 2", "orders/shardId-000000000010: 1", "returns/shardId-000000000000: 1",
                "orders/shardId-000000000000:9: 1",
            ]
        )
    }
}
