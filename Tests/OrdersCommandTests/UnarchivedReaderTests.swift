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
    private static let id = Fixtures.orderID("2025/17")

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

    private static func reader(_ stream: any KinesisReading, _ time: ManualTime) -> UnarchivedReader {
        UnarchivedReader(
            stream: KinesisStreamSource(
                client: stream,
                streamARN: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
                roleARN: "",
                filters: .all,
                time: time
            ),
            progress: ShardProgressReader(
                dynamoDB: InMemoryDynamoDB(keys: ["Checkpoints": ["checkpoint"]]),
                kinesis: stream,
                checkpointsTable: "Checkpoints",
                streamName: "orders",
                time: time
            ),
            decoder: OrderRecordDecoder(),
            time: time
        )
    }

    /// What is found of orders in a stream of which nothing is archived.
    private static func found(_ ids: Set<OrderID>, in data: [[UInt8]]) async throws -> [OrderID: [ArchivedRecord]] {
        let found = try await Self.reader(Shard(data: data), ManualTime()).records(of: ids, within: .seconds(30))
        #expect(found.look == .whole)
        return found.records
    }

    /// The texts that are found of one order.
    private static func contents(of id: OrderID, in data: [[UInt8]]) async throws -> [String] {
        let found = try await Self.found([id], in: data)
        #expect(found.keys.allSatisfy { $0 == id })
        return (found[id] ?? []).map { String(decoding: $0.content, as: UTF8.self) }
    }

    /// Four shards of which each takes 1,500 reads, one of them to a record.
    @Test(arguments: [
        (Duration.seconds(600), 1, StreamLook.whole),
        (Duration.seconds(30), 0, StreamLook.part(ended: 0, shards: 4, seconds: 30)),
    ])
    func `idle shards are read on, in turns, as long as there is time`(
        patience: Duration,
        records: Int,
        look: StreamLook
    ) async throws {
        let (time, id) = (ManualTime(), Fixtures.orderID("17"))
        let record = KinesisRecord.ofBeginning("7", data: #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"17"}}"#)
        let shardIDs = (0..<4).map { "shardId-\($0)" }
        let stream = IdleStream(shardIDs, idleMinutes: 1_500, records: ["shardId-2": record], time: time)
        let found = try await Self.reader(stream, time).records(of: [id], within: patience)
        #expect((found.records[id] ?? []).count == records)
        #expect(found.look == look)
        let times = stream.reads.filter { $0.shardID == "shardId-3" }.map { $0.at }
        #expect(zip(times.dropFirst(), times).allSatisfy { $0 - $1 >= .milliseconds(350) })
    }

    @Test func `a shard that refuses reads rests for longer and is read on from its place`() async throws {
        let (time, id) = (ManualTime(), Fixtures.orderID("17"))
        let record = KinesisRecord.ofBeginning("7", data: #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"17"}}"#)
        let stream = IdleStream(
            ["shardId-0", "shardId-1"],
            idleMinutes: 30,
            records: ["shardId-1": record],
            refused: ["shardId-1": 10..<13],
            time: time
        )
        let found = try await Self.reader(stream, time).records(of: [id], within: .seconds(600))
        #expect((found.records[id] ?? []).count == 1)
        #expect(found.look == .whole)
        #expect(stream.positions.count == 2)
        let reads = stream.reads.filter { $0.shardID == "shardId-1" }
        let rests = zip(reads, reads.dropFirst()).filter { $0.0.isRefused }.map { $0.1.at - $0.0.at }
        #expect(rests == [.milliseconds(1_050), .milliseconds(2_100), .milliseconds(4_200)])
    }

    /// The number of lines that a look finds.
    private static func lines(
        _ reader: UnarchivedReader,
        behind known: [String: String],
        from places: inout UnarchivedPlaces
    ) async throws -> Int {
        var count = 0
        try await reader.forEachLine(behind: known, from: &places) { _ in count += 1 }
        return count
    }

    @Test func `another look begins where the one before it ended`() async throws {
        let time = ManualTime()
        let record = KinesisRecord.ofBeginning("7", data: #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"17"}}"#)
        let shardIDs = ["shardId-0", "shardId-1", "shardId-2"]
        let stream = IdleStream(
            shardIDs,
            closed: "shardId-2",
            idleMinutes: 1_500,
            records: ["shardId-1": record],
            time: time
        )
        let reader = Self.reader(stream, time)
        var places = UnarchivedPlaces()
        let first = try await Self.lines(reader, behind: [:], from: &places)
        #expect(first == 1)
        #expect(stream.reads.count == 4_500)
        let known = places.last(besides: ["shardId-9": "3"])
        #expect(known == ["shardId-1": "7", "shardId-9": "3"])
        let second = try await Self.lines(reader, behind: known, from: &places)
        #expect(second == 0)
        // One for what came since in each open shard.
        #expect(stream.reads.count == 4_502)
        #expect(stream.positions.count == 3)
        // What lies before the place is read again by whoever wants it.
        let third = try await Self.lines(reader, behind: ["shardId-1": "5"], from: &places)
        #expect(third == 1)
        #expect(stream.positions.dropFirst(3) == [.afterSequenceNumber("5")])
        // That took minutes, in which the other shard's place was kept.
        _ = try await Self.lines(reader, behind: known, from: &places)
        #expect(stream.positions.count == 4)
    }

    @Test func `a place whose iterator is too old is the one behind its last record`() async throws {
        let time = ManualTime()
        let stream = IdleStream(["shardId-0"], idleMinutes: 1, records: ["shardId-0": .ofBeginning("7")], time: time)
        let reader = Self.reader(stream, time)
        var places = UnarchivedPlaces()
        _ = try await Self.lines(reader, behind: [:], from: &places)
        time.advance(by: .seconds(241))
        let known = places.last(besides: [:])
        let second = try await Self.lines(reader, behind: known, from: &places)
        #expect(second == 0)
        #expect(stream.positions == [.trimHorizon, .afterSequenceNumber("7")])
    }

    @Test func `of shards that were read in part nobody says that they could not be looked at`() {
        let part = StreamLook.part(ended: 3, shards: 4, seconds: 10)
        let text = "What is not archived yet was looked at for 10 s, 3 of 4 shards to the end; "
        #expect(part.line == text + "--read-for SECONDS looks longer.")
        #expect(StreamLook.failed("denied").line == "What is not archived yet could not be looked at: denied")
        #expect(StreamLook.whole.line == nil && StreamLook.notAsked.line == nil)
    }

    @Test func `a refused record is found by a mention, however its line has it`() async throws {
        let escaped = #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"2025\/17"}}"#
        let damaged = #"{"OrderId":"2025/17","TotalAmount":"#
        let other = #"{"customer_id":"2025/17","order_id":"18","amount":5}"#
        var compressor = Gzip.Compressor()
        compressor.append(Array(damaged.utf8))
        let data = [escaped, damaged, other].map { Array($0.utf8) } + [compressor.finish()]
        #expect(try await Self.contents(of: Self.id, in: data) == [escaped, damaged, damaged])
    }

    @Test func `an event of another type is no order's, whatever it mentions, as in the archive`() async throws {
        let other = #"{"Type":"InvoiceSentV1","Payload":{"OrderId":"2025/17"}}"#
        let refused = #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"2025/17"}}"#
        let data = [other, refused].map { Array($0.utf8) }
        #expect(try await Self.contents(of: Self.id, in: data) == [refused])
    }

    @Test func `of orders whose ids are canonically equivalent each has its own records`() async throws {
        let texts = Fixtures.equivalentTexts
        let ids = texts.map(Fixtures.orderID)
        let accepted = texts.map { #"{"customer_id":"1","order_id":"\#($0)","amount":5}"# }
        let refused = texts.map { #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"\#($0)"}}"# }
        let found = try await Self.found(Set(ids), in: (accepted + refused).map { Array($0.utf8) })
        let numbers = found.mapValues { $0.map(\.sequenceNumber).sorted() }
        #expect(numbers == [ids[0]: ["1", "3"], ids[1]: ["2", "4"]])
        #expect(found[ids[1]]?.map(\.verdict).sorted() == ["accepted", "refused"])
    }
}
