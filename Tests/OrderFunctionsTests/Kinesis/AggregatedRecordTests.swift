import AWSClient
import JSONText
import LambdaEvents
import OrderFunctions
import PipesRunner
import Platform
import TestSupport
import Testing

/// Records that the Kinesis Producer Library aggregated, and compressed ones, in both functions of the stream.
@Suite struct AggregatedRecordTests {
    /// One record of the stream that holds the payloads, each under a key of its own.
    static func aggregate(_ index: Int, _ payloads: [[UInt8]]) -> StreamedRecord {
        var encoder = KinesisAggregateEncoder()
        for (place, payload) in payloads.enumerated() { encoder.add("key-\(place)", payload) }
        return StreamedRecord(index, encoder.bytes)
    }

    private static func aggregate(_ index: Int, _ payloads: [String]) -> StreamedRecord {
        self.aggregate(index, payloads.map { Array($0.utf8) })
    }

    @Test(arguments: [Deduplication.event, .shard])
    func `each record of an aggregate counts once, however often it comes`(deduplication: Deduplication) async throws {
        let fixture = try AggregatorFixture(deduplication)
        let record = Self.aggregate(2, (0..<5).map { orderEvent("M\($0)") })
        let records = [StreamedRecord(1, orderEvent("A")), record, StreamedRecord(3, orderEvent("B"))]
        for _ in 0..<3 { #expect(try await fixture.deliver(records).isEmpty) }
        #expect(try await fixture.deliver([record, record]).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "70", "Count": "7"])
        #expect(try fixture.logs.lastLine()["read"] == "10")
        #expect(try fixture.logs.lastLine()["duplicates"] == "10")
    }

    @Test(arguments: [Deduplication.event, .shard])
    func `the records of an aggregate without a message id count once each`(
        deduplication: Deduplication
    ) async throws {
        let fixture = try AggregatorFixture(deduplication)
        let record = Self.aggregate(1, Array(repeating: orderEvent(nil), count: 3))
        for _ in 0..<2 { #expect(try await fixture.deliver([record]).isEmpty) }
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "30", "Count": "3"])
    }

    @Test func `short records of one aggregate are orders of their own`() async throws {
        let fixture = try ArchiverFixture()
        let short = #"{"customer_id":"1","amount":5}"#
        try await fixture.deliver([Self.aggregate(1, [short, short])])
        #expect(fixture.dynamoDB.items(of: "Orders").count == 2)
    }

    @Test(arguments: [Deduplication.event, .shard])
    func `what fails inside an aggregate reports the whole record, and what is done of it stays done`(
        deduplication: Deduplication
    ) async throws {
        let fixture = try AggregatorFixture(deduplication)
        let record = Self.aggregate(2, [orderEvent("M1"), "poison", orderEvent("M2")])
        let records = [StreamedRecord(1, orderEvent("A")), record, StreamedRecord(3, orderEvent("B"))]
        fixture.faults.plan { $0.operation == "SQS.SendMessage" ? .before(.gone($0.operation)) : .none }
        #expect(try await fixture.deliver(records) == [record.sequenceNumber])
        #expect(try fixture.logs.lastLine()["counted"] == "1", "the parts before the failed one come again")
        #expect(try fixture.logs.lastLine()["failed"] == "4")
        #expect(fixture.checkpointNumber == records[0].sequenceNumber)
        fixture.faults.plan()
        #expect(try await fixture.deliver(records.dropFirst()).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "40", "Count": "4"])
        let letter = try #require(try fixture.deadLetters.first)
        #expect(letter["subSequenceNumber"] == "1" && letter["sequenceNumber"] == record.sequenceNumber)
        #expect(letter["record"] == Base64.encode(Array("poison".utf8)))
        #expect(fixture.sqs.sent.count == 1)
    }

    @Test(arguments: [Deduplication.event, .shard])
    func `an aggregate of many orders counts once wherever an invocation ends`(
        deduplication: Deduplication
    ) async throws {
        let records = [
            StreamedRecord(1, orderEvent("A")),
            Self.aggregate(2, (0..<230).map { orderEvent("M\($0)", products: [("P\($0)", 1)]) }),
            StreamedRecord(3, orderEvent("B")),
        ]
        for request in 0..<8 {
            for afterTheRequest in [false, true] {
                let fixture = try AggregatorFixture(deduplication)
                fixture.faults.cutOff(at: request, after: afterTheRequest)
                try await fixture.deliver(records)
                fixture.faults.plan()
                #expect(try await fixture.deliver(records).isEmpty)
                let revenue = fixture.row("REVENUE#2025-08-27", "USD")
                #expect(revenue == ["Value": "2320", "Count": "232"], "request \(request), \(afterTheRequest)")
            }
        }
    }

    @Test(arguments: [Deduplication.event, .shard])
    func `a damaged aggregate is one dead letter with all its bytes, and blocks nobody`(
        deduplication: Deduplication
    ) async throws {
        let fixture = try AggregatorFixture(deduplication)
        var damaged = Self.aggregate(1, [orderEvent("M1"), orderEvent("M2")])
        damaged.data[40] ^= 1
        for _ in 0..<2 { #expect(try await fixture.deliver([damaged, StreamedRecord(2, orderEvent("B"))]).isEmpty) }
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "1")
        let letter = try #require(try fixture.deadLetters.first)
        #expect(fixture.sqs.sent.count == 1 && letter["subSequenceNumber"] == nil)
        #expect(letter["reason"]?.contains("a damaged KPL aggregate") == true)
        #expect(letter["record"] == Base64.encode(damaged.data))

        let archiver = try ArchiverFixture()
        #expect(try await archiver.deliver([damaged]).isEmpty)
        let line = try #require(try archiver.archived.first)
        #expect(line["unparsed"] == Base64.encode(damaged.data) && line["subSequenceNumber"] == nil)
        #expect(line.order["reason"]?.contains("a damaged KPL aggregate") == true)
    }

    @Test func `each record of an aggregate has a line of its own, with its place and its key`() async throws {
        let fixture = try ArchiverFixture()
        let payloads = [orderEvent("M1"), "no JSON", orderEvent("M2")]
        let (aggregate, last) = (Self.aggregate(2, payloads), StreamedRecord(3, "[]"))
        let records = [StreamedRecord(1, "{}"), aggregate, last]
        for _ in 0..<2 { #expect(try await fixture.deliver(records).isEmpty) }
        #expect(try fixture.payloads == ["{}"] + payloads + ["[]"])
        let lines = try fixture.archived
        #expect(lines.map { $0["subSequenceNumber"] } == [nil, "0", "1", "2", nil])
        #expect(lines.map { $0["partitionKey"] } == ["1", "key-0", "key-1", "key-2", "1"])
        #expect(lines[1...3].allSatisfy { $0["sequenceNumber"] == aggregate.sequenceNumber })
        #expect(fixture.checkpoint == SequenceNumber(last.sequenceNumber)?.padded)
        // An aggregate that stands twice in one batch has its lines once.
        let again = try ArchiverFixture()
        try await again.deliver([aggregate, aggregate])
        #expect(try again.payloads == payloads)
    }

    @Test(arguments: [Deduplication.event, .shard])
    func `a redriven part counts once, whatever round it is, beside its neighbours`(
        deduplication: Deduplication
    ) async throws {
        let fixture = try AggregatorFixture(deduplication)
        try await fixture.deliver([Self.aggregate(1, ["first", "second"])])
        #expect(fixture.sqs.sent.count == 2)
        // They are sent side by side.
        let sent = fixture.sqs.sent.map(\.messageBody)
        let parts = try (0..<2).map { part in try #require(sent.first { $0.contains("\"subSequenceNumber\":\(part)") })
        }
        for (number, mended) in [(0, "still no order"), (1, orderEvent(nil, amount: "7")), (2, orderEvent(nil))] {
            let body = number < 2 ? parts[number] : fixture.sqs.sent[2].messageBody
            guard case .letter(let letter) = DeadLetterMessage(body: body) else {
                Issue.record("no letter: \(body)")
                return
            }
            let event = letter.event(record: Array(mended.utf8), sentMilliseconds: 1_756_318_090_000)
            for _ in 0..<2 {
                let context = fixture.logs.context(deadline: fixture.time.now + .seconds(60))
                #expect(try Answer(await fixture.aggregator.handle(event, context: context)).failed.isEmpty)
            }
        }
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "17", "Count": "2"])
        let number = StreamedRecord(1, "").sequenceNumber
        let shards = try fixture.deadLetters.map { $0["shardId"] }
        #expect(
            shards == ["shardId-000000000000", "shardId-000000000000", "redrive-1-shardId-000000000000-\(number).0"]
        )
    }

    /// The letter of one that no process could read holds all of it.
    @Test(arguments: [Deduplication.event, .shard])
    func `a redriven aggregate counts each of its orders once`(deduplication: Deduplication) async throws {
        let fixture = try AggregatorFixture(deduplication)
        let refused = Array(repeating: orderEvent(nil, amount: "-1"), count: 2)
        let record = Self.aggregate(1, (0..<120).map { orderEvent("M\($0)") } + refused)
        let body = """
            {"format":1,"function":"AnalyticsAggregator","source":"arn:aws:kinesis:eu-central-1:1:stream/orders",\
            "shardId":"shardId-000000000000","sequenceNumber":"\(record.sequenceNumber)",\
            "arrivedAt":"2025-08-27T18:08:01Z","record":"\(Base64.encode(record.data))"}
            """
        guard case .letter(let letter) = DeadLetterMessage(body: body) else {
            Issue.record("no letter: \(body)")
            return
        }
        for _ in 0..<2 {
            let event = letter.event(record: record.data, sentMilliseconds: nil)
            let context = fixture.logs.context(deadline: fixture.time.now + .seconds(60))
            #expect(try Answer(await fixture.aggregator.handle(event, context: context)).failed.isEmpty)
        }
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "1200", "Count": "120"])
        #expect(fixture.row("ORDERS#2025-08-27", "TOTAL") == ["TotalOrders": "122", "SuccessfulOrders": "120"])
        #expect(fixture.sqs.sent.count == 2)
    }

    @Test func `compressed JSON is read, alone and in an aggregate, and archived with its own bytes`() async throws {
        let order = orderEvent("M1")
        let compressed = gzipped(order)
        let records = [
            StreamedRecord(1, compressed), Self.aggregate(2, [gzipped(orderEvent("M2")), gzipped("no JSON")]),
        ]
        let aggregator = try AggregatorFixture()
        #expect(try await aggregator.deliver(records).isEmpty)
        #expect(aggregator.row("REVENUE#2025-08-27", "USD") == ["Value": "20", "Count": "2"])
        #expect(try aggregator.deadLetters.map { $0["record"] } == [Base64.encode(gzipped("no JSON"))])

        let archiver = try ArchiverFixture()
        #expect(try await archiver.deliver(records).isEmpty)
        let lines = try archiver.archived
        #expect(lines.map(\.payload) == [compressed, gzipped(orderEvent("M2")), gzipped("no JSON")])
        #expect(lines[0]["record"] == order && lines[0].order["eventId"] == "M1")
        #expect(lines[2]["record"] == nil && lines[2]["unparsed"] != nil)
        #expect(archiver.dynamoDB.items(of: "Orders").count == 2)
    }

    @Test func `damaged gzip and a bomb are poison, and archived as they came`() async throws {
        let bomb = gzipped(String(repeating: " ", count: 8_000_000))
        for (payload, reason) in [(Array(gzipped("{}").dropLast()), "damaged gzip"), (bomb, "more than 32 times")] {
            let fixture = try AggregatorFixture()
            #expect(try await fixture.deliver([StreamedRecord(1, payload)]).isEmpty)
            #expect(try fixture.deadLetters.first?["reason"]?.contains(reason) == true)
            let archiver = try ArchiverFixture()
            try await archiver.deliver([StreamedRecord(1, payload)])
            #expect(try archiver.archived.first?["unparsed"] == Base64.encode(payload))
        }
    }
}

extension AggregatorFixture {
    /// The shard's checkpoint as the stream writes it.
    fileprivate var checkpointNumber: String? {
        let item = self.dynamoDB.item(of: "Checkpoints", "AnalyticsAggregator#orders#shardId-000000000000")
        return item?["sequenceNumber"]?.string.map { String($0.drop { $0 == "0" }) }
    }
}
