import AWSClient
import JSONText
import OrderFunctions
import PipesRunner
import Platform
import TestSupport
import Testing

/// Poison that `orders redrive` delivers again, by what the two sides say to each other: letters and events.
@Suite struct AggregatorRedriveTests {
    /// Delivers the record of one of the letters sent so far, as `orders redrive` does; gives what is reported.
    static func redrive(
        _ index: Int,
        _ fixture: AggregatorFixture,
        mended: String? = nil
    ) async throws -> [String] {
        guard case .letter(let letter) = DeadLetterMessage(body: fixture.sqs.sent[index].messageBody),
            case .bytes(let record) = letter.record
        else {
            Issue.record("no letter: \(fixture.sqs.sent[index].messageBody)")
            return []
        }
        let event = letter.event(record: mended.map { Array($0.utf8) } ?? record, sentMilliseconds: 1_756_318_090_000)
        let context = fixture.logs.context(deadline: fixture.time.now + .seconds(60))
        return try Answer(await fixture.aggregator.handle(event, context: context)).failed
    }

    @Test(arguments: [Deduplication.event, .shard])
    func `each redrive of what is still poison dead-letters it again, under a name that does not grow`(
        deduplication: Deduplication
    ) async throws {
        let fixture = try AggregatorFixture(deduplication)
        let record = StreamedRecord(1, "not JSON")
        try await fixture.deliver([record])
        for round in 1...3 {
            #expect(try await Self.redrive(round - 1, fixture).isEmpty)
            // Delivered once more, as after a crash before the letter was deleted: no second letter.
            #expect(try await Self.redrive(round - 1, fixture).isEmpty)
            let letters = try fixture.deadLetters
            #expect(letters.count == round + 1)
            #expect(letters.last?["shardId"] == "redrive-\(round)-shardId-000000000000-\(record.sequenceNumber)")
            #expect(letters.last?["sequenceNumber"] == record.sequenceNumber)
            #expect(letters.last?["record"] == Base64.encode(record.data))
        }
    }

    @Test(
        arguments: [Deduplication.event, .shard],
        ["{\"customer_id\":\"n\",\"amount\":-0.01}", orderEvent("M", amount: "-1")]
    )
    func `an order that stays invalid is one of its day's orders once, however often it is redriven`(
        deduplication: Deduplication,
        order: String
    ) async throws {
        let fixture = try AggregatorFixture(deduplication)
        try await fixture.deliver([StreamedRecord(1, order)])
        for round in 0..<3 { #expect(try await Self.redrive(round, fixture).isEmpty) }
        #expect(fixture.sqs.sent.count == 4)
        #expect(fixture.row("ORDERS#2025-08-27", "TOTAL") == ["TotalOrders": "1", "SuccessfulOrders": "0"])
    }

    @Test(arguments: [Deduplication.event, .shard])
    func `an order that was mended counts once, whatever round it is`(deduplication: Deduplication) async throws {
        let fixture = try AggregatorFixture(deduplication)
        try await fixture.deliver([StreamedRecord(1, "not JSON")])
        _ = try await Self.redrive(0, fixture)
        // Without a message id: the event id identifies it.
        let order = orderEvent(nil, amount: "7")
        for _ in 0..<2 { #expect(try await Self.redrive(1, fixture, mended: order).isEmpty) }
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "7", "Count": "1"])
    }

    /// A letter stays beside the next one of its record where its claim or its deletion failed.
    ///
    /// Other rules may take both for orders.
    @Test(arguments: [Deduplication.event, .shard], [nil, "M"])
    func `an order counts once though letters of two rounds are redriven`(
        deduplication: Deduplication,
        id: String?
    ) async throws {
        let fixture = try AggregatorFixture(deduplication)
        try await fixture.deliver([StreamedRecord(1, "not JSON")])
        _ = try await Self.redrive(0, fixture)
        #expect(fixture.sqs.sent.count == 2)
        for letter in [0, 1, 0] {
            #expect(try await Self.redrive(letter, fixture, mended: orderEvent(id, amount: "7")).isEmpty)
            #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "7", "Count": "1"])
        }
        #expect(fixture.sqs.sent.count == 2)
    }

    /// The first letter's redrive may have ended between its claim and its rows.
    @Test(arguments: [Deduplication.event, .shard])
    func `an order of which a redrive counted some rows is completed by that letter alone`(
        deduplication: Deduplication
    ) async throws {
        let fixture = try AggregatorFixture(deduplication)
        try await fixture.deliver([StreamedRecord(1, "not JSON")])
        _ = try await Self.redrive(0, fixture)
        let order = orderEvent(nil, amount: "7")
        fixture.faults.plan { $0.operation == "DynamoDB.UpdateItem" ? .before(.gone($0.operation)) : .none }
        #expect(try await Self.redrive(0, fixture, mended: order).count == 1)
        fixture.faults.plan()
        #expect(try await Self.redrive(1, fixture, mended: order).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == nil)
        #expect(try await Self.redrive(0, fixture, mended: order).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "7", "Count": "1"])
    }

    /// Other rules may take what was refused for an order; it is one of its day's orders already.
    @Test(arguments: [Deduplication.event, .shard], [nil, "M"])
    func `an order that was refused and counts when it is redriven is one order of its day`(
        deduplication: Deduplication,
        id: String?
    ) async throws {
        let fixture = try AggregatorFixture(deduplication)
        try await fixture.deliver([StreamedRecord(1, orderEvent(id, amount: "-1"))])
        #expect(fixture.row("ORDERS#2025-08-27", "TOTAL") == ["TotalOrders": "1", "SuccessfulOrders": "0"])
        for _ in 0..<2 {
            #expect(try await Self.redrive(0, fixture, mended: orderEvent(id, amount: "7")).isEmpty)
            #expect(fixture.row("ORDERS#2025-08-27", "TOTAL") == ["TotalOrders": "1", "SuccessfulOrders": "1"])
            #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "7", "Count": "1"])
        }
    }

    /// Its claim comes before the row, and its shard may be held between the two.
    @Test func `an order whose refusal was not counted yet is one order of its day when it is redriven`() async throws {
        let fixture = try AggregatorFixture()
        fixture.faults.plan { $0.operation == "DynamoDB.UpdateItem" ? .before(.gone($0.operation)) : .none }
        #expect(try await fixture.deliver([StreamedRecord(1, orderEvent("M", amount: "-1"))]).count == 1)
        #expect(fixture.claims.contains("EVENT#M|INVALID") && fixture.row("ORDERS#2025-08-27", "TOTAL") == nil)
        fixture.faults.plan()
        #expect(try await Self.redrive(0, fixture, mended: orderEvent("M", amount: "7")).isEmpty)
        #expect(fixture.row("ORDERS#2025-08-27", "TOTAL") == ["TotalOrders": "1", "SuccessfulOrders": "1"])
        // By the rules of now the record is an order in its shard, too.
        #expect(try await fixture.deliver([StreamedRecord(1, orderEvent("M", amount: "7"))]).isEmpty)
        #expect(fixture.row("ORDERS#2025-08-27", "TOTAL") == ["TotalOrders": "1", "SuccessfulOrders": "1"])
    }

    /// What was no JSON is in no total.
    @Test func `an order that could not be read is one more order of its day when it is redriven`() async throws {
        let fixture = try AggregatorFixture()
        try await fixture.deliver([StreamedRecord(1, "not JSON"), StreamedRecord(2, orderEvent("N", amount: "-1"))])
        #expect(try await Self.redrive(0, fixture, mended: orderEvent("M", amount: "7")).isEmpty)
        #expect(fixture.row("ORDERS#2025-08-27", "TOTAL") == ["TotalOrders": "2", "SuccessfulOrders": "1"])
    }

    @Test func `a redrive counts nothing before it knows what the refusal counted`() async throws {
        let fixture = try AggregatorFixture()
        try await fixture.deliver([StreamedRecord(1, orderEvent("M", amount: "-1"))])
        fixture.faults.plan { $0.operation == "DynamoDB.BatchGetItem" ? .before(.gone($0.operation)) : .none }
        #expect(try await Self.redrive(0, fixture, mended: orderEvent("M", amount: "7")).count == 1)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == nil)
    }

    @Test func `each round of redriving tells the arrival in the stream`() async throws {
        let fixture = try AggregatorFixture()
        try await fixture.deliver([StreamedRecord(1, "not JSON")])
        for round in 0..<2 { _ = try await Self.redrive(round, fixture) }
        let arrivals = try fixture.deadLetters.map { try #require($0["arrivedAt"]) }
        #expect(arrivals.count == 3 && Set(arrivals).count == 1)
    }

    @Test(arguments: [Deduplication.event, .shard])
    func `letters of one shard count in any order`(deduplication: Deduplication) async throws {
        let fixture = try AggregatorFixture(deduplication)
        try await fixture.deliver([StreamedRecord(1, "first"), StreamedRecord(2, "second")])
        #expect(fixture.sqs.sent.count == 2)
        for index in [1, 0] {
            #expect(try await Self.redrive(index, fixture, mended: orderEvent("M\(index)", amount: "7")).isEmpty)
        }
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "14", "Count": "2"])
    }
}
