import AWSClient
import OrderFunctions
import TestSupport
import Testing

/// Batches that are too much for an invocation are done in parts: each delivery leaves less to the next one.
@Suite struct AggregatorLargeBatchTests {
    @Test func `a delivery that ends among its dead letters leaves the next one those that were not sent`() async throws
    {
        let fixture = try AggregatorFixture(.shard)
        let records = (0..<200).map { StreamedRecord($0, "not JSON \($0)") }
        var deliveries = 0
        while true {
            fixture.faults.cutOff(at: 150, after: true)
            deliveries += 1
            try #require(deliveries < 10)
            if try await fixture.deliver(records).isEmpty { break }
        }
        // Those are sent once more whose claims were on their way.
        #expect((200...200 + deliveries * 20).contains(fixture.sqs.sent.count))
        #expect(Set(try fixture.deadLetters.map { $0["sequenceNumber"] }).count == 200)
    }

    /// Each order weighs four: itself, and the rows of its three products.
    private static func order(_ number: Int) -> [UInt8] {
        Array(orderEvent("M\(number)", products: (0..<3).map { ("P\(number)-\($0)", 1) }).utf8)
    }

    private static func aggregate(_ index: Int, _ orders: Range<Int>) -> StreamedRecord {
        AggregatedRecordTests.aggregate(index, orders.map(Self.order))
    }

    @Test func `a batch of more than an invocation takes is counted in parts, which is no error`() async throws {
        let fixture = try AggregatorFixture(limits: AggregationLimits(batchWeight: 100))
        let records = (0..<60).map { StreamedRecord($0, Self.order($0)) }
        #expect(try await fixture.deliver(records) == [records[26].sequenceNumber])
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "26")
        #expect(fixture.logs.text.contains("batchTooLarge") && !fixture.logs.text.contains(#""level":"ERROR""#))
        #expect(try await fixture.deliver(records.dropFirst(26)) == [records[52].sequenceNumber])
        #expect(try await fixture.deliver(records.dropFirst(52)).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "60")
        #expect(fixture.claims.count == 60)
    }

    @Test func `a batch is never cut inside an aggregate`() async throws {
        let fixture = try AggregatorFixture(limits: AggregationLimits(batchWeight: 100))
        let records = [Self.aggregate(0, 0..<20), Self.aggregate(1, 20..<60), Self.aggregate(2, 60..<61)]
        #expect(try await fixture.deliver(records) == [records[2].sequenceNumber])
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "60")
        #expect(try await fixture.deliver([records[2]]).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "61")
    }

    /// Where each part of an aggregate were compared with all before it, this would take minutes.
    @Test(.timeLimit(.minutes(1))) func `the parts of a long aggregate behind the limit are planned one by one`()
        async throws
    {
        let fixture = try AggregatorFixture(.shard, limits: AggregationLimits(batchWeight: 10))
        let parts = (0..<20_000).map { _ in Array(#"{"Type":"Other"}"#.utf8) }
        #expect(try await fixture.deliver([AggregatedRecordTests.aggregate(0, parts)]).isEmpty)
        #expect(try fixture.logs.lastLine()["skipped"] == "20000")
    }

    @Test(arguments: [Deduplication.event, .shard])
    func `the orders of an aggregate that is too large by itself are dead letters, and count when redriven`(
        deduplication: Deduplication
    ) async throws {
        let limits = AggregationLimits(batchWeight: 100, memoryWeight: 40)
        let fixture = try AggregatorFixture(deduplication, limits: limits)
        let bad = Array("not JSON".utf8)
        let large = AggregatedRecordTests.aggregate(1, [bad] + (0..<12).map(Self.order))
        let records = [Self.aggregate(0, 20..<25), large, Self.aggregate(2, 30..<35)]
        // It is left to the next delivery first, where it may fit; and nothing goes with it that would.
        #expect(try await fixture.deliver(records) == [records[1].sequenceNumber])
        #expect(fixture.sqs.sent.isEmpty)
        #expect(try await fixture.deliver(records.dropFirst()) == [records[2].sequenceNumber])
        #expect(try await fixture.deliver(records.dropFirst(2)).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "10")
        let reasons = try fixture.deadLetters.map { $0["reason"] ?? "" }
        try #require(reasons.count == 13)
        #expect(reasons.count { $0.contains("more products together") } == 12)
        // Delivered once more it sends no letter again.
        #expect(try await fixture.deliver(records.dropFirst()) == [records[2].sequenceNumber])
        #expect(fixture.sqs.sent.count == 13)
        for _ in 0..<2 { #expect(try await AggregatorRedriveTests.redrive(12, fixture).isEmpty) }
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "11")
    }

    @Test func `a row of another format that has counted the batch is reported`() async throws {
        let fixture = try AggregatorFixture(.shard)
        let records = (0..<4).map { StreamedRecord($0, Self.order($0)) }
        try await fixture.deliver(records)
        var row = try #require(fixture.dynamoDB.item(of: "Analytics", "PRODUCT#2025-08-27", "P1-1"))
        row["format"] = .n("3")
        fixture.dynamoDB.seed("Analytics", row)
        let other = try AggregatorFixture(.shard, sharing: fixture)
        #expect(try await other.deliver(records) == [records[1].sequenceNumber])
        #expect(other.logs.text.contains("foreignFormat"))
    }

    @Test(arguments: [false, true])
    func `rows that an earlier delivery has counted are not sent again`(isNewProcess: Bool) async throws {
        let fixture = try AggregatorFixture(.shard)
        let products = (0..<300).map { (id: "P\($0)", quantity: 1) }
        let records = (0..<2).map { StreamedRecord($0, orderEvent("M\($0)", products: products)) }
        // Four requests read, of thirteen that make rows five succeed.
        fixture.faults.cutOff(at: 8, after: true)
        #expect(try await fixture.deliver(records) == [records[0].sequenceNumber])
        let next = isNewProcess ? try AggregatorFixture(.shard, sharing: fixture) : fixture
        fixture.faults.plan()
        #expect(try await next.deliver(records).isEmpty)
        #expect(
            fixture.requests == [
                "DynamoDB.BatchGetItem": 4, "DynamoDB.BatchExecuteStatement": 8, "DynamoDB.PutItem": 1,
            ]
        )
        #expect((0..<300).allSatisfy { fixture.row("PRODUCT#2025-08-27", "P\($0)")?["Units"] == "2" })
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "2")
    }
}
