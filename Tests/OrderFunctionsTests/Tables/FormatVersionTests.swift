import AWSClient
import OrderFunctions
import Orders
import TestSupport
import Testing

/// Everything that is stored carries its format, and what a later version stored is refused with what to do.
@Suite struct FormatVersionTests {
    private static let shard = "shardId-000000000000"

    @Test func `rows, claims, checkpoints and letters carry their format`() async throws {
        let archiver = try ArchiverFixture()
        try await archiver.deliver([StreamedRecord(1, orderEvent("M1"))])
        #expect(archiver.dynamoDB.items(of: "Orders").map { $0["format"] } == [.n("1")])
        #expect(archiver.dynamoDB.items(of: "Checkpoints").map { $0["format"] } == [.n("1")])
        let aggregator = try AggregatorFixture()
        try await aggregator.deliver([StreamedRecord(1, orderEvent("M1")), StreamedRecord(2, "poison")])
        let items = aggregator.dynamoDB.items(of: "Analytics")
        for item in items { #expect(item["format"] == .n("2"), "\(item)") }
        #expect(try aggregator.deadLetters.first?["format"] == "1")
    }

    @Test(arguments: ["1", "3"])
    func `a row that another version counts in is left alone, and its orders come again`(format: String) async throws {
        let fixture = try AggregatorFixture()
        let total: AttributeMap = ["PK": .s("ORDERS#2025-08-27"), "SK": .s("TOTAL"), "format": .n(format)]
        fixture.dynamoDB.seed("Analytics", total)
        let records = [
            StreamedRecord(1, orderEvent("M1", time: "2025-08-26T00:00:00Z")), StreamedRecord(2, orderEvent("M2")),
        ]
        #expect(try await fixture.deliver(records) == [records[1].sequenceNumber])
        #expect(fixture.dynamoDB.item(of: "Analytics", "ORDERS#2025-08-27", "TOTAL") == total)
        #expect(fixture.logs.text.contains("deploy the version that wrote it"))
        #expect(try fixture.deadLetters.isEmpty)
    }

    @Test(arguments: [("2", "deploy the version that wrote it"), (nil, "deploy a new stack")])
    func `a checkpoint of another version stops both functions of the stream`(
        format: String?,
        advice: String
    ) async throws {
        func checkpoint(_ function: String) -> AttributeMap {
            var item: AttributeMap = [
                "checkpoint": .s("\(function)#orders#\(Self.shard)"), "sequenceNumber": .s("1"),
            ]
            item["format"] = format.map { .n($0) }
            return item
        }
        let record = StreamedRecord(1, orderEvent("M1"))
        let archiver = try ArchiverFixture()
        archiver.dynamoDB.seed("Checkpoints", checkpoint("OrderArchiver"))
        #expect(try await archiver.deliver([record]) == [record.sequenceNumber])
        #expect(archiver.s3.contents.isEmpty && archiver.logs.text.contains(advice))
        let aggregator = try AggregatorFixture(.shard)
        aggregator.dynamoDB.seed("Checkpoints", checkpoint("AnalyticsAggregator"))
        #expect(try await aggregator.deliver([record]) == [record.sequenceNumber])
        #expect(aggregator.logs.text.contains(advice))
    }

    @Test(arguments: [("2", "deploy the version that wrote it"), (nil, "move it away")])
    func `an object of another version where the batch's should be stops the archiver`(
        format: String?,
        advice: String
    ) async throws {
        let fixture = try ArchiverFixture()
        let record = StreamedRecord(1, "{}")
        let key = "orders/dt=2025-08-27/hour=18/\(Self.shard)-\(record.sequenceNumber).ndjson.gz"
        var metadata = ["last-sequence-number": record.sequenceNumber]
        metadata["format"] = format
        fixture.s3.seed(PutObjectInput(bucket: "archive", key: key, body: [1], metadata: metadata))
        #expect(try await fixture.deliver([record]) == [record.sequenceNumber])
        #expect(fixture.checkpoint == nil && fixture.logs.text.contains(advice))
    }

    @Test func `an order row of a later version is left alone, and its record is not taken for archived`() async throws
    {
        let fixture = try ArchiverFixture()
        let row: AttributeMap = ["orderId": .s("O-M1"), "amount": .n("1"), "versions": .m([:]), "format": .n("2")]
        fixture.dynamoDB.seed("Orders", row)
        let record = StreamedRecord(1, orderEvent("M1"))
        #expect(try await fixture.deliver([record]) == [record.sequenceNumber])
        #expect(fixture.dynamoDB.items(of: "Orders") == [row])
        #expect(fixture.s3.contents.isEmpty && fixture.logs.text.contains("deploy the version that wrote it"))
        #expect(fixture.logs.text.contains(#""order_id":"O-M1""#))
    }

    @Test(arguments: [.s("A5"), .bool(true), .n("2"), .n("1")] as [AttributeValue])
    func `an attribute of others that is called format stops nothing`(format: AttributeValue) async throws {
        let fixture = try ArchiverFixture()
        fixture.dynamoDB.seed("Orders", ["orderId": .s("O-M1"), "versions": .s("none"), "format": format])
        #expect(try await fixture.deliver([StreamedRecord(1, orderEvent("M1"))]).isEmpty)
        let item = try #require(fixture.dynamoDB.items(of: "Orders").first)
        #expect(item["format"] == .n("1") && item["amount"] == .n("10"))
    }

    @Test(arguments: [.s("A5"), .bool(true), .n("1.5")] as [AttributeValue])
    func `no more does one that others wrote over ours`(format: AttributeValue) async throws {
        let fixture = try ArchiverFixture()
        let versions = AttributeValue.m(["amount": .s("2025-08-26T00:00:00Z")])
        fixture.dynamoDB.seed("Orders", ["orderId": .s("O-M1"), "versions": versions, "format": format])
        #expect(try await fixture.deliver([StreamedRecord(1, orderEvent("M1"))]).isEmpty)
        let item = try #require(fixture.dynamoDB.items(of: "Orders").first)
        #expect(item["format"] == .n("1") && item["amount"] == .n("10"))
    }

    @Test func `an item of others, which has no format, is merged into and gets one`() async throws {
        let fixture = try ArchiverFixture()
        fixture.dynamoDB.seed("Orders", ["orderId": .s("O-M1"), "note": .s("by hand")])
        #expect(try await fixture.deliver([StreamedRecord(1, orderEvent("M1"))]).isEmpty)
        let item = try #require(fixture.dynamoDB.items(of: "Orders").first)
        #expect(item["format"] == .n("1") && item["amount"] == .n("10") && item["note"] == .s("by hand"))
    }
}
