import SimulatedAWS
import Testing

@Suite struct SimulatedKinesisTests {
    private static let hour: Int64 = 3_600_000_000_000

    private static func ask(
        _ kinesis: inout SimulatedKinesis,
        _ operation: String,
        _ body: String,
        at now: Int64 = 0
    ) throws -> String {
        String(decoding: try kinesis.perform(operation, Array(body.utf8), at: now), as: UTF8.self)
    }

    private static func put(_ kinesis: inout SimulatedKinesis, _ keys: [String]) throws -> String {
        let records = keys.map { #"{"Data":"YQ==","PartitionKey":"\#($0)"}"# }.joined(separator: ",")
        return try self.ask(&kinesis, "PutRecords", #"{"StreamName":"orders","Records":[\#(records)]}"#)
    }

    @Test func `what is refused of a request is not in the stream, and the rest is`() throws {
        var kinesis = SimulatedKinesis(streams: [KinesisStream("orders", shards: 1)])
        kinesis.recordRefusals = [nil, "InternalFailure", nil]
        let answer = try Self.put(&kinesis, ["a", "b", "c"])
        #expect(answer.contains(#""FailedRecordCount":1"#))
        #expect(answer.contains(#"{"ErrorCode":"InternalFailure","ErrorMessage":"The record was refused."}"#))
        #expect(kinesis["orders"]?.shard(0)?.records.map(\.partitionKey) == ["a", "c"])
        #expect(kinesis.takeNewRecords().map(\.record.partitionKey) == ["a", "c"])
        #expect(kinesis.takeNewRecords().isEmpty)
    }

    @Test(arguments: [(23, true), (24, false)])
    func `a record can be read for as long as the stream keeps it`(hours: Int64, isThere: Bool) throws {
        var kinesis = SimulatedKinesis(streams: [KinesisStream("orders", shards: 1)])
        _ = try Self.put(&kinesis, ["a"])
        let position = #""ShardId":"shardId-000000000000","ShardIteratorType":"TRIM_HORIZON""#
        let now = hours * Self.hour
        _ = try Self.ask(&kinesis, "GetShardIterator", #"{"StreamName":"orders",\#(position)}"#)
        let page = try Self.ask(&kinesis, "GetRecords", #"{"ShardIterator":"orders/0/0"}"#, at: now)
        #expect(page.contains(#""Data":"YQ==""#) == isThere)
    }

    @Test func `a closed shard ends with its last record, and its sequence numbers come before its children's`() throws
    {
        var stream = KinesisStream("orders", shards: 1, offset: -2)
        try stream.split(0)
        var kinesis = SimulatedKinesis(streams: [stream])
        let answer = try Self.put(&kinesis, ["a"])
        #expect(answer.contains("shardId-000000000001") || answer.contains("shardId-000000000002"))
        let page = try Self.ask(&kinesis, "GetRecords", #"{"ShardIterator":"orders/0/0"}"#)
        #expect(!page.contains("NextShardIterator"))
        let shards = try Self.ask(&kinesis, "ListShards", #"{"StreamName":"orders"}"#)
        let nines = String(repeating: "9", count: 54)
        #expect(shards.contains(#""StartingSequenceNumber":"\#(nines)8","EndingSequenceNumber":"\#(nines)9""#))
        #expect(shards.contains(#""StartingSequenceNumber":"1\#(String(repeating: "0", count: 55))""#))
    }
}
