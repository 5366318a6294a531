import AWSClient
import LambdaEvents
import OrderFunctions
import TestSupport
import Testing

@Suite struct OrderArchiverTests {
    @Test func `a batch becomes one object named by its first record`() async throws {
        let fixture = try ArchiverFixture()
        let (first, last) = (StreamedRecord(1, orderEvent("M1")), StreamedRecord(3, "no JSON"))
        #expect(try await fixture.deliver([first, StreamedRecord(2, "{\n}"), last]).isEmpty)
        let key = "orders/dt=2025-08-27/hour=18/shardId-000000000000-\(first.sequenceNumber).ndjson.gz"
        #expect(fixture.keys == [key])
        let metadata = [
            "last-sequence-number": last.sequenceNumber, "previous-sequence-number": "none", "records": "3",
            "format": "1",
        ]
        #expect(fixture.s3.contents[key]?.metadata == metadata)
        #expect(try fixture.payloads == [orderEvent("M1"), "{}", "no JSON"])
        #expect(fixture.checkpoint == SequenceNumber(last.sequenceNumber)?.padded)
    }

    @Test func `the batch line names the batch's place and each order's correlation id once`() async throws {
        let fixture = try ArchiverFixture()
        let followed = { (id: String) in
            orderEvent(id).replacing("{\"MessageId\"", with: "{\"CorrelationId\":\"c-\(id)\",\"MessageId\"")
        }
        let records = [
            StreamedRecord(1, followed("M1")), StreamedRecord(2, "no JSON"), StreamedRecord(3, orderEvent("M2")),
            StreamedRecord(4, followed("M1")), StreamedRecord(5, followed("M3")),
        ]
        try await fixture.deliver(records)
        let (first, last) = (records[0].sequenceNumber, records[4].sequenceNumber)
        let place =
            #""shard_id":"shardId-000000000000","first_sequence_number":"\#(first)","last_sequence_number":"\#(last)""#
        #expect(fixture.logs.text.contains(place + #","correlation_ids":["c-M1","c-M3"]"#))
    }

    @Test func `an object says behind which record it begins`() async throws {
        let fixture = try ArchiverFixture()
        let records = (1...3).map { StreamedRecord($0, orderEvent("M\($0)")) }
        try await fixture.deliver([records[0]])
        try await fixture.deliver([records[1], records[2]])
        let metadata = fixture.keys.compactMap { fixture.s3.contents[$0]?.metadata }
        #expect(metadata.map { $0["previous-sequence-number"] } == ["none", records[0].sequenceNumber])
        #expect(metadata.map { $0["records"] } == ["1", "2"])
    }

    @Test(arguments: [
        ("1756339199.999", "27/hour=23"), ("1756339200", "28/hour=00"), ("1.756339199999e9", "27/hour=23"),
    ])
    func `day and hour are those of the arrival`(arrival: String, place: String) async throws {
        let fixture = try ArchiverFixture()
        var record = StreamedRecord(1, "{}")
        record.arrival = arrival
        try await fixture.deliver([record])
        #expect(fixture.keys.first?.hasPrefix("orders/dt=2025-08-\(place)/") == true)
    }

    /// The order was made on 26 July, the arrival is of 27 August, and the number of 17 December 2018.
    @Test(
        arguments: [
            ("1756318080648", "order", "2025-08-27/hour=18"), ("1756318080.648", "order", "2025-08-27/hour=18"),
            (nil, "order", "2025-07-26/hour=09"), ("null", "order", "2025-07-26/hour=09"),
            ("0", "order", "2025-07-26/hour=09"), ("\"today\"", "order", "2025-07-26/hour=09"),
            (nil, "invalid order", "2025-07-26/hour=09"), (nil, "no order", "2018-12-17/hour=22"),
            ("0", "untimed order", "2018-12-17/hour=22"),
        ] as [(String?, String, String)]
    )
    func `without a usable arrival the next best time of the record names the object`(
        arrival: String?,
        content: String,
        place: String
    ) async throws {
        let texts = [
            "order": #"{"customer_id":"1","amount":5,"OccurredUtc":"2025-07-26T09:30:00Z"}"#,
            "invalid order": #"{"customer_id":"1","amount":"much","OccurredUtc":"2025-07-26T09:30:00Z"}"#,
            "untimed order": #"{"customer_id":"1","amount":5}"#,
            "no order": "no JSON",
        ]
        var first = StreamedRecord(1, try #require(texts[content]))
        first.sequenceNumber = "49590338271490256608559692538361571095921575989136588898"
        first.arrival = arrival
        var second = StreamedRecord(2, "{}")
        second.sequenceNumber = "49590338271490256608559692538361571095921575989136588899"
        // However the batch is cut, and whatever stands behind the record.
        for batch in [[first, second], [first]] {
            let fixture = try ArchiverFixture()
            try await fixture.deliver(batch)
            #expect(fixture.keys.first?.hasPrefix("orders/dt=\(place)/") == true, "\(fixture.keys)")
        }
    }

    @Test func `a short record delivered twice is one row and one line`() async throws {
        let record = StreamedRecord(1, #"{"customer_id":"12345","amount":250.00}"#)
        for delivery in [[[record], [record]], [[record, record]]] {
            let fixture = try ArchiverFixture()
            for batch in delivery { #expect(try await fixture.deliver(batch).isEmpty) }
            #expect(try fixture.payloads == [#"{"customer_id":"12345","amount":250.00}"#])
            let orders = fixture.dynamoDB.items(of: "Orders")
            #expect(orders.count == 1)
            #expect(orders.first?["userId"] == .s("12345"))
            #expect(orders.first?["amount"] == .n("250"))
            #expect(orders.first?["status"] == nil)
            // A name-based UUID, of version 5 and RFC 9562's variant.
            let id = try #require(orders.first?["orderId"]?.string)
            #expect(Array(id)[14] == "5" && "89ab".contains(Array(id)[19]))
        }
    }

    @Test func `an object that is there is taken for archived and the rest goes behind it`() async throws {
        let fixture = try ArchiverFixture()
        let records = (1...6).map { StreamedRecord($0, #"{"n":\#($0)}"#) }
        let uploaded = 3
        // The first delivery dies behind its upload of these: order rows none, read, put, checkpoint.
        fixture.faults.cutOff(at: 1, after: true)
        try await fixture.deliver(records.prefix(uploaded))
        fixture.faults.plan()
        #expect(fixture.checkpoint == nil)
        #expect(try await fixture.deliver(records).isEmpty)
        #expect(fixture.keys.count == 2)
        #expect(fixture.keys.last?.contains(records[uploaded].sequenceNumber) == true)
        #expect(try fixture.payloads == (1...6).map { #"{"n":\#($0)}"# })
    }

    @Test func `a shorter redelivery moves the checkpoint to the longer object's end`() async throws {
        let fixture = try ArchiverFixture()
        let records = (1...6).map { StreamedRecord($0, #"{"n":\#($0)}"#) }
        fixture.faults.cutOff(at: 1, after: true)
        try await fixture.deliver(records)
        fixture.faults.plan()
        #expect(try await fixture.deliver(records.prefix(2)).isEmpty)
        let last = try #require(records.last)
        #expect(fixture.checkpoint == SequenceNumber(last.sequenceNumber)?.padded)
        #expect(try await fixture.deliver(records.dropFirst(2)).isEmpty)
        #expect(fixture.keys.count == 1)
        #expect(try fixture.lines.count == 6)
    }

    @Test func `a batch below the checkpoint writes nothing`() async throws {
        let fixture = try ArchiverFixture()
        let records = (1...4).map { StreamedRecord($0, orderEvent("M\($0)")) }
        try await fixture.deliver(records)
        let before = fixture.s3.contents
        fixture.faults.plan()
        #expect(try await fixture.deliver(records.dropFirst()).isEmpty)
        #expect(fixture.faults.calls.map(\.operation) == ["DynamoDB.GetItem"])
        #expect(fixture.s3.contents == before)
        #expect(try fixture.logs.lastLine()["duplicates"] == "3")
    }

    @Test func `an object of another writer is never overwritten`() async throws {
        let fixture = try ArchiverFixture()
        let record = StreamedRecord(1, "{}")
        let key = "orders/dt=2025-08-27/hour=18/shardId-000000000000-\(record.sequenceNumber).ndjson.gz"
        fixture.s3.seed(PutObjectInput(bucket: "archive", key: key, body: [1]))
        #expect(try await fixture.deliver([record]) == [record.sequenceNumber])
        #expect(fixture.s3.contents[key]?.body == [1])
        #expect(fixture.checkpoint == nil)
        #expect(fixture.logs.text.contains("foreignObject"))
    }

    @Test(arguments: ["DynamoDB.GetItem", "DynamoDB.PutItem", "S3.PutObject"])
    func `after any failure the first record is reported`(operation: String) async throws {
        let fixture = try ArchiverFixture()
        let records = (1...3).map { StreamedRecord($0, orderEvent("M\($0)")) }
        let denied = AWSError(code: .accessDenied, message: "no", operation: operation)
        fixture.faults.plan { $0.operation == operation ? .before(denied) : .none }
        #expect(try await fixture.deliver(records) == records.prefix(1).map(\.sequenceNumber))
        fixture.faults.plan()
        #expect(try await fixture.deliver(records).isEmpty)
        #expect(try fixture.lines.count == 3)
        #expect(fixture.dynamoDB.items(of: "Orders").count == 3)
    }

    @Test func `an unreadable checkpoint stops the shard`() async throws {
        let fixture = try ArchiverFixture()
        fixture.dynamoDB.seed(
            "Checkpoints",
            [
                "checkpoint": .s("OrderArchiver#orders#shardId-000000000000"), "sequenceNumber": .s("abc"),
                "format": .n("1"),
            ]
        )
        #expect(try await fixture.deliver([StreamedRecord(1, "{}")]).count == 1)
        #expect(fixture.s3.contents.isEmpty)
    }

    @Test func `near the deadline the batch is reported`() async throws {
        let fixture = try ArchiverFixture()
        let time = fixture.time
        fixture.faults.plan { _ in
            time.advance(by: .seconds(20))
            return .none
        }
        let records = (1...400).map { StreamedRecord($0, orderEvent("M\($0)")) }
        #expect(try await fixture.deliver(records) == records.prefix(1).map(\.sequenceNumber))
        #expect(fixture.s3.contents.isEmpty)
    }

    @Test func `a record without its place fails the batch loudly`() async throws {
        let fixture = try ArchiverFixture()
        var broken = StreamedRecord(1, "{}")
        broken.hasData = false
        broken.hasIDs = false
        await #expect(throws: EventError.self) { try await fixture.deliver([broken]) }
    }
}
