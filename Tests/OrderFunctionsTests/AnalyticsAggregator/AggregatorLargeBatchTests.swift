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

    @Test func `a batch of more rows than an invocation takes is counted in parts, which is no error`() async throws {
        let fixture = try AggregatorFixture(.shard)
        let products = (0..<10_000).map { (id: "P\($0)", quantity: 1) }
        let records = (0..<11).map { StreamedRecord($0, orderEvent("M\($0)", products: products)) }
        #expect(try await fixture.deliver(records) == [records[10].sequenceNumber])
        #expect(fixture.row("PRODUCT#2025-08-27", "P9999")?["Units"] == "10")
        #expect(fixture.logs.text.contains("tooManyRows") && !fixture.logs.text.contains(#""level":"ERROR""#))
        #expect(try await fixture.deliver(records.dropFirst(10)).isEmpty)
        #expect(fixture.row("PRODUCT#2025-08-27", "P9999")?["Units"] == "11")
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
