import AWSClient
import AWSOperations
import EventPatterns
import PipesRunner
import Platform
import Synchronization
import TestSupport
import Testing

@Suite struct KinesisStreamSourceTests {
    private struct Stream: KinesisReading {
        var failure: AWSError.Code?
        var data = "hi"

        private func fail(_ operation: String) throws(AWSError) {
            if let failure { throw AWSError(code: failure, message: "m", operation: "Kinesis.\(operation)") }
        }

        func listShards(streamName: String, deadline: UTCInstant?) async throws(AWSError) -> [StreamShard] {
            try self.fail("ListShards")
            return [
                StreamShard(shardID: "\(streamName)-0", endingSequenceNumber: "9"),
                StreamShard(
                    shardID: "\(streamName)-1",
                    parentShardID: "\(streamName)-0",
                    adjacentParentShardID: "\(streamName)-2"
                ),
            ]
        }

        func getShardIterator(
            streamName: String,
            shardID: String,
            position: ShardIteratorPosition,
            deadline: UTCInstant?
        ) async throws(AWSError) -> String {
            try self.fail("GetShardIterator")
            return "\(streamName) \(shardID) \(position)"
        }

        func getRecords(
            shardIterator: String,
            limit: Int?,
            deadline: UTCInstant?
        ) async throws(AWSError) -> KinesisRecordsPage {
            try self.fail("GetRecords")
            let record = KinesisRecord(
                sequenceNumber: "42",
                partitionKey: "p\"1",
                data: Array(self.data.utf8),
                approximateArrivalTimestamp: "1607497475.000"
            )
            return KinesisRecordsPage(records: [record], nextShardIterator: "next")
        }
    }

    private static func source(
        failure: AWSError.Code? = nil,
        data: String = "hi",
        patterns: [String] = []
    ) throws -> KinesisStreamSource {
        KinesisStreamSource(
            client: Stream(failure: failure, data: data),
            streamARN: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
            roleARN: "arn:aws:iam::123456789012:role/r",
            filters: try FilterCriteria(patterns.map { try EventPattern(parsing: $0) }),
            time: ManualTime()
        )
    }

    @Test func `gives records the shape of Lambda's Kinesis events`() async throws {
        let page = try await Self.source().records(shardID: "shardId-1", iterator: "i")
        let record = try #require(page.records.first)
        #expect(
            String(decoding: record.json, as: UTF8.self)
                == #"{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"p\"1","sequenceNumber":"42","data":"aGk=","#
                + #""approximateArrivalTimestamp":1607497475.000},"eventSource":"aws:kinesis","eventVersion":"1.0","#
                + #""eventID":"shardId-1:42","eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::123456789012:role/r","#
                + #""awsRegion":"eu-west-1","eventSourceARN":"arn:aws:kinesis:eu-west-1:123456789012:stream/orders"}"#
        )
        #expect(record.identifier == "42" && record.orderingKey == "p\"1")
        #expect(record.arrival == UTCInstant(secondsSince1970: 1_607_497_475))
        #expect(page.lastSequenceNumber == "42" && page.nextIterator == "next" && page.readCount == 1)
    }

    @Test(arguments: [
        (#"{"Type":"OrderCreatedV1","Payload":{"TotalAmount":150.5}}"#, true),
        (#"{"Type":"OrderCreatedV1","Payload":{"TotalAmount":100}}"#, false),
        (#"{"Type":"Other","Payload":{"TotalAmount":150}}"#, false),
        (#"{"Type":"Other","vip":true}"#, true),
        (#"[{"Type":"Other","vip":true}]"#, true),
        (#""vip""#, false), ("not JSON", false), ("", false), ("{\"vip\":true", false), ("{\"vip\":true} x", false),
    ])
    func `filters by what the producer's JSON says, and lets nothing else through`(
        data: String,
        isAdmitted: Bool
    ) async throws {
        let patterns = [
            #"{"data":{"Type":["OrderCreatedV1"],"Payload":{"TotalAmount":[{"numeric":[">",100]}]}}}"#,
            #"{"data":{"vip":[true]}}"#,
        ]
        let page = try await Self.source(data: data, patterns: patterns).records(shardID: "s", iterator: "i")
        #expect(page.records.count == (isAdmitted ? 1 : 0))
        // What is filtered out is read all the same: the iterator goes on behind it.
        #expect(page.readCount == 1 && page.lastSequenceNumber == "42")
    }

    @Test func `reads the stream by its name`() async throws {
        let shards = try await Self.source().shards()
        #expect(shards.map(\.id) == ["orders-0", "orders-1"])
        #expect(shards.map(\.isClosed) == [true, false] && shards[1].parentIDs == ["orders-0", "orders-2"])
        let iterator = try await Self.source().iterator(shardID: "s", position: .after(sequenceNumber: "7"))
        #expect(iterator.hasPrefix("orders s afterSequenceNumber"))
    }

    @Test(arguments: [
        (AWSError.Code.expiredIterator, StreamReaderError.expired), (.trimmedDataAccess, .trimmed),
        (.resourceNotFound, .shardGone),
    ])
    func `tells the runner what it handles`(code: AWSError.Code, expected: StreamReaderError) async {
        await #expect(throws: expected) {
            try await Self.source(failure: code).records(shardID: "s", iterator: "i")
        }
        await #expect(throws: expected) {
            try await Self.source(failure: code).iterator(shardID: "s", position: .latest)
        }
    }

    @Test(
        arguments: [AWSError.Code.resourceNotFound, .accessDenied]
            + ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"].map {
                AWSError.Code(rawValue: $0)
            }
    )
    func `tells the runner what is useless to repeat`(code: AWSError.Code) async {
        let error = await #expect(throws: StreamReaderError.self) {
            try await Self.source(failure: code).shards()
        }
        guard case .unusable? = error else {
            Issue.record("\(code) should end the run")
            return
        }
    }

    @Test(arguments: [AWSError.Code.accessDenied, AWSError.Code(rawValue: "ExpiredTokenException")])
    func `tells the runner that reading is not allowed`(code: AWSError.Code) async {
        let error = await #expect(throws: StreamReaderError.self) {
            try await Self.source(failure: code).records(shardID: "s", iterator: "i")
        }
        guard case .unusable? = error else {
            Issue.record("what may not be read should end the run")
            return
        }
    }

    @Test func `passes on what may pass`() async {
        await #expect(throws: AWSError.self) {
            try await Self.source(failure: .connectionFailed).records(shardID: "s", iterator: "i")
        }
    }

    /// A stream whose answers are too large to be read if they have more than so many records.
    private final class LargeRecords: KinesisReading {
        private let readable: Int
        private let count: Int
        private let asked = Mutex<[String]>([])

        /// An answer that can be read has `count` records.
        init(readable: Int, count: Int = 0) {
            self.readable = readable
            self.count = count
        }

        /// The iterators and limits of the reads so far.
        var reads: [String] { self.asked.withLock { $0 } }

        func listShards(streamName: String, deadline: UTCInstant?) async throws(AWSError) -> [StreamShard] { [] }

        func getShardIterator(
            streamName: String,
            shardID: String,
            position: ShardIteratorPosition,
            deadline: UTCInstant?
        ) async throws(AWSError) -> String { "i" }

        func getRecords(
            shardIterator: String,
            limit: Int?,
            deadline: UTCInstant?
        ) async throws(AWSError) -> KinesisRecordsPage {
            let count = limit ?? 10_000
            self.asked.withLock { $0.append("\(shardIterator) \(count)") }
            guard count <= self.readable else {
                throw AWSError(code: .responseTooLarge, message: "m", operation: "Kinesis.GetRecords")
            }
            let record = KinesisRecord(
                sequenceNumber: "42",
                partitionKey: "p",
                data: [],
                approximateArrivalTimestamp: "1607497475.000"
            )
            let records = [KinesisRecord](repeating: record, count: self.count)
            return KinesisRecordsPage(records: records, nextShardIterator: "next")
        }
    }

    private static func source(_ stream: LargeRecords) -> KinesisStreamSource {
        KinesisStreamSource(
            client: stream,
            streamARN: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
            roleARN: "",
            filters: .all,
            time: ManualTime()
        )
    }

    @Test func `asks for fewer records where the answer is too large`() async throws {
        let stream = LargeRecords(readable: 1_300)
        let page = try await Self.source(stream).records(shardID: "s", iterator: "i")
        #expect(page.nextIterator == "next")
        #expect(stream.reads == ["i 5000", "i 2500", "i 1250"])
    }

    @Test(arguments: [(3, false), (4, true)])
    func `a page is full that has as many records as were asked for`(count: Int, isFull: Bool) async throws {
        // Halved ten times, 5,000 is 4.
        let stream = LargeRecords(readable: 4, count: count)
        let page = try await Self.source(stream).records(shardID: "s", iterator: "i")
        #expect(page.readCount == count && page.isFull == isFull)
    }

    @Test func `a record that alone is too large fails the read`() async {
        let stream = LargeRecords(readable: 0)
        let error = await #expect(throws: AWSError.self) {
            try await Self.source(stream).records(shardID: "s", iterator: "i")
        }
        #expect(error?.code == .responseTooLarge)
        #expect(stream.reads.last == "i 1" && stream.reads.count == 13)
    }
}
