import AWSClient
import LambdaEvents
import OrderFunctions
import Platform
import TestSupport
import Testing

@Suite struct AnalyticsAggregatorTests {
    @Test func `counts revenue, products and orders of an event`() async throws {
        let fixture = try AggregatorFixture()
        let event = orderEvent("M1", amount: "100.01", products: [("A", 1), ("B", 2)])
        #expect(try await fixture.deliver([StreamedRecord(1, event)]).isEmpty)
        #expect(
            fixture.rows == [
                "REVENUE#2025-08-27|USD": ["Value": "100.01", "Count": "1"],
                "ORDERS#2025-08-27|TOTAL": ["TotalOrders": "1", "SuccessfulOrders": "1"],
                "PRODUCT#2025-08-27|A": ["OrderCount": "1", "Units": "1", "Revenue": "33.34"],
                "PRODUCT#2025-08-27|B": ["OrderCount": "1", "Units": "2", "Revenue": "66.67"],
            ]
        )
        let claim = try #require(fixture.dynamoDB.item(of: "Analytics", "EVENT#M1", "EVENT"))
        // 30 days, since a record may be handled a stream's retention after its arrival, and its letter 14 days later.
        #expect(claim["expiresAt"] == .n("1758910080"))
        #expect(claim["stream"] == .s("orders") && claim["shardId"] == .s("shardId-000000000000"))
    }

    @Test func `names the orders that it counted as their producers call them`() async throws {
        let fixture = try AggregatorFixture()
        let named = { (id: String, name: String) in
            orderEvent(id).replacing(#""Version":1,"#, with: #""Version":1,"CorrelationId":"\#(name)","#)
        }
        let texts = [named("M1", "c-1"), named("M2", "c-2"), named("M1", "c-3"), named("M2", "c-2"), "poison"]
        try await fixture.deliver(texts.enumerated().map { StreamedRecord($0, $1) })
        #expect(fixture.logs.text.contains(#""correlation_ids":["c-1","c-2"]"#))
        // Another order under a used id has a dead letter, and a line of its own.
        try await fixture.deliver([StreamedRecord(9, named("M1", "c-9").replacing("10.00", with: "11.00"))])
        #expect(fixture.logs.text.contains(#""correlation_id":"c-9""#))
    }

    @Test func `the line of a batch names a thousand of its orders at most`() async throws {
        let fixture = try AggregatorFixture()
        let records = (0..<1_001).map { index in
            let name = #""Version":1,"CorrelationId":"c-\#(index)","#
            return StreamedRecord(index, orderEvent("M\(index)").replacing(#""Version":1,"#, with: name))
        }
        #expect(try await fixture.deliver(records).isEmpty)
        let line = try fixture.logs.lastLine()
        #expect(line["counted"] == "1001")
        let names = (0..<1_000).map { #""c-\#($0)""# }
        #expect(line["correlation_ids"] == "[" + names.joined(separator: ",") + "]")
    }

    @Test func `other currencies have rows of their own`() async throws {
        let fixture = try AggregatorFixture()
        try await fixture.deliver([StreamedRecord(1, orderEvent("M1", currency: "EUR", products: [("A", 1)]))])
        #expect(fixture.row("REVENUE#2025-08-27", "EUR")?["Value"] == "10")
        #expect(fixture.row("PRODUCT#2025-08-27", "A#EUR")?["Revenue"] == "10")
    }

    @Test func `counts a short record on its day of arrival by its event id`() async throws {
        let fixture = try AggregatorFixture()
        let record = StreamedRecord(1, #"{"customer_id":"12345","amount":250.00}"#)
        for _ in 0..<2 { #expect(try await fixture.deliver([record]).isEmpty) }
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "250", "Count": "1"])
        #expect(fixture.claims.isEmpty, "its place in the stream makes it count once")
    }

    @Test func `an event counts once in a batch and across batches`() async throws {
        let fixture = try AggregatorFixture()
        let again = [1, 2, 3].map { StreamedRecord($0, orderEvent("M1")) }
        try await fixture.deliver(again + [StreamedRecord(4, orderEvent("M2"))])
        #expect(try fixture.logs.lastLine()["duplicates"] == "2")
        try await fixture.deliver([StreamedRecord(5, orderEvent("M1")), StreamedRecord(6, orderEvent("M3"))])
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "30", "Count": "3"])
        #expect(fixture.row("ORDERS#2025-08-27", "TOTAL") == ["TotalOrders": "3", "SuccessfulOrders": "3"])
    }

    @Test func `one line says what became of each record`() async throws {
        let fixture = try AggregatorFixture()
        let records = [
            StreamedRecord(1, orderEvent("M1")), StreamedRecord(2, orderEvent("M1")),
            StreamedRecord(3, #"{"Type":"OrderCancelledV1","MessageId":"M9"}"#), StreamedRecord(4, "no JSON"),
        ]
        try await fixture.deliver(records)
        let line = try fixture.logs.lastLine()
        let names = ["read", "counted", "duplicates", "skipped", "dead_lettered", "failed"]
        #expect(names.map { line[$0] } == ["4", "1", "1", "1", "1", "0"])
        #expect(line["level"] == #""INFO""#)
    }

    @Test func `types that are not counted are named once a batch, in a warning of bounded length`() async throws {
        let fixture = try AggregatorFixture()
        var records = (0..<30).map { StreamedRecord($0, #"{"Type":"Kind\#($0)"}"#) }
        records += (30..<33).map { StreamedRecord($0, #"{"Type":"OrderShippedV1"}"#) }
        records.append(StreamedRecord(40, #"{"Type":"\#(String(repeating: "x", count: 100_000))"}"#))
        records.append(StreamedRecord(41, orderEvent("M", amount: "3.3000000000000003")))
        #expect(try await fixture.deliver(records).isEmpty)
        let warnings = fixture.logs.text.split(separator: "\n").filter { $0.contains("event types not counted") }
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains(#""OrderShippedV1: 3""#) == true)
        #expect(warnings.first?.contains(#""distinct_types":32"#) == true, "\(String(describing: warnings.first))")
        #expect((warnings.first?.utf8.count ?? 0) < 2_000)
        #expect(try fixture.logs.lastLine()["skipped"] == "34", "\(fixture.logs.text.suffix(600))")
        #expect(try fixture.logs.lastLine()["rounded_amounts"] == "1")
    }

    @Test func `an address that stands where a type's name is cut is masked`() async throws {
        let fixture = try AggregatorFixture()
        let type = String(repeating: "N", count: 47) + " jane.roe.private@example.com"
        let marks = "T" + String(repeating: "\u{301}", count: 60_000)
        let records = [type, marks].enumerated().map { StreamedRecord($0, #"{"Type":"\#($1)"}"#) }
        #expect(try await fixture.deliver(records).isEmpty)
        let warning = fixture.logs.text.split(separator: "\n").first { $0.contains("event types not counted") }
        #expect(warning?.contains("NNN") == true)
        #expect(warning?.contains("jane") == false)
        #expect((warning?.utf8.count ?? 0) < 1_000)
    }

    @Test func `the sample of what producers write is counted as they mean it`() async throws {
        let fixture = try AggregatorFixture()
        let context = fixture.logs.context(deadline: fixture.time.now + .seconds(60))
        let event = try sampleEvent("kinesis-producers-spellings")
        #expect(try Answer(await fixture.aggregator.handle(event, context: context)).failed.isEmpty)
        #expect(fixture.sqs.sent.isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "269.99", "Count": "2"])
        #expect(fixture.row("REVENUE#2025-08-27", "JPY") == ["Value": "1000", "Count": "1"])
        #expect(fixture.row("PRODUCT#2025-08-27", "P1#JPY")?["Revenue"] == "334")
        #expect(fixture.row("PRODUCT#2025-08-27", "632910392")?["Units"] == "2")
        #expect(try fixture.logs.lastLine()["rounded_amounts"] == "1")
    }

    @Test(arguments: ["OrderCreatedV2", "ordercreatedv1", "OrderCreatedV1 ", ""])
    func `a type that may be an order's is a dead letter, and no order of its day`(type: String) async throws {
        let fixture = try AggregatorFixture()
        let text = orderEvent("M").replacing("OrderCreatedV1", with: type)
        #expect(try await fixture.deliver([StreamedRecord(1, text)]).isEmpty)
        #expect(fixture.sqs.sent.count == 1)
        #expect(fixture.rows.isEmpty)
    }

    @Test func `orders under the nil UUID are dead letters each, and none is a duplicate`() async throws {
        let fixture = try AggregatorFixture()
        let text = orderEvent("00000000-0000-0000-0000-000000000000")
        #expect(try await fixture.deliver([StreamedRecord(1, text), StreamedRecord(2, text)]).isEmpty)
        #expect(fixture.sqs.sent.count == 2)
    }

    @Test func `a thousand events on ten rows take a claim each and a write a row`() async throws {
        let fixture = try AggregatorFixture()
        let records = (0..<1_000).map { index in
            StreamedRecord(index, orderEvent("M\(index)", amount: "2.50", products: [("P\(index % 8)", 1)]))
        }
        #expect(try await fixture.deliver(records).isEmpty)
        #expect(fixture.rows.count == 10)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "2500", "Count": "1000"])
        #expect(
            fixture.requests == [
                "DynamoDB.BatchExecuteStatement": 41, "DynamoDB.BatchGetItem": 1, "DynamoDB.PutItem": 1,
            ]
        )
    }

    @Test func `with positions alone a thousand events take a write a row`() async throws {
        let fixture = try AggregatorFixture(.shard)
        let records = (0..<1_000).map { index in
            StreamedRecord(index, orderEvent("M\(index)", amount: "2.50", products: [("P\(index % 8)", 1)]))
        }
        #expect(try await fixture.deliver(records).isEmpty)
        #expect(
            fixture.requests == [
                "DynamoDB.BatchExecuteStatement": 1, "DynamoDB.BatchGetItem": 1, "DynamoDB.PutItem": 1,
            ]
        )
        #expect(fixture.claims.isEmpty)
        let checkpoint = fixture.dynamoDB.item(
            of: "Checkpoints",
            "AnalyticsAggregator#orders#shardId-000000000000"
        )
        let last = try #require(records.last)
        #expect(checkpoint?["sequenceNumber"]?.string == SequenceNumber(last.sequenceNumber)?.padded)
        #expect(checkpoint?["updatedAt"]?.string == "2025-08-27T18:08:00.000Z")
        #expect(try await fixture.deliver(records.suffix(10)).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "2500", "Count": "1000"])
    }

    @Test(arguments: [
        ("shardId-000000000000", "at:1c168adb:0"), ("shardId-000000000006", "at:1c168adb:6"),
        ("odd", "at:1c168adb:x990cb8ebd0afb7150da453a2"),
    ])
    func `a row keeps how far it has counted each shard`(shardID: String, attribute: String) async throws {
        let fixture = try AggregatorFixture()
        var record = StreamedRecord(1, orderEvent("M1"))
        record.shardID = shardID
        try await fixture.deliver([record])
        let row = try #require(fixture.dynamoDB.item(of: "Analytics", "REVENUE#2025-08-27", "USD"))
        #expect(row.keys.filter { $0.hasPrefix("at:") }.count == 1)
        #expect(row[attribute]?.string == SequenceNumber(record.sequenceNumber)?.sortable, "\(row.keys.sorted())")
    }

    @Test(arguments: [Deduplication.event, .shard])
    func `an order of many products is counted as a whole`(deduplication: Deduplication) async throws {
        let fixture = try AggregatorFixture(deduplication)
        let products = (0..<250).map { (id: "P\($0)", quantity: 1) }
        let records = [
            StreamedRecord(1, orderEvent("M0", products: [("P0", 1)])),
            StreamedRecord(2, orderEvent("M1", amount: "250.00", products: products)),
            StreamedRecord(3, orderEvent("M2", products: [("P0", 1)])),
        ]
        for _ in 0..<2 { #expect(try await fixture.deliver(records).isEmpty) }
        #expect(fixture.row("ORDERS#2025-08-27", "TOTAL") == ["TotalOrders": "3", "SuccessfulOrders": "3"])
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "270", "Count": "3"])
        #expect(fixture.row("PRODUCT#2025-08-27", "P0") == ["OrderCount": "3", "Units": "3", "Revenue": "21"])
        #expect(fixture.row("PRODUCT#2025-08-27", "P249") == ["OrderCount": "1", "Units": "1", "Revenue": "1"])
    }

    @Test(arguments: [Deduplication.event, .shard])
    func `a record that stands twice in one batch counts once`(deduplication: Deduplication) async throws {
        let fixture = try AggregatorFixture(deduplication)
        let record = StreamedRecord(1, orderEvent(nil))
        let other = StreamedRecord(2, orderEvent("M"))
        try await fixture.deliver([record, record, other, other])
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "2")
        #expect(try fixture.logs.lastLine()["duplicates"] == "2")
    }

    @Test func `an empty batch is done without a request`() async throws {
        let fixture = try AggregatorFixture(.shard)
        #expect(try await fixture.deliver([]).isEmpty)
        #expect(fixture.faults.calls.isEmpty)
    }
}
