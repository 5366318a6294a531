import AWSClient
import JSONText
import OrderFunctions
import TestSupport
import Testing

@Suite struct AggregatorPoisonTests {
    @Test(arguments: [Deduplication.event, .shard])
    func `poison goes to the dead-letter queue once and blocks nobody`(deduplication: Deduplication) async throws {
        let fixture = try AggregatorFixture(deduplication)
        let poison = StreamedRecord(2, "not JSON")
        let records = [StreamedRecord(1, orderEvent("M1")), poison, StreamedRecord(3, orderEvent("M3"))]
        for _ in 0..<3 { #expect(try await fixture.deliver(records).isEmpty) }
        let letters = try fixture.deadLetters
        #expect(letters.count == 1)
        #expect(letters.first?["function"] == "AnalyticsAggregator")
        #expect(letters.first?["source"] == "arn:aws:kinesis:eu-central-1:123456789012:stream/orders")
        #expect(letters.first?["shardId"] == "shardId-000000000000")
        #expect(letters.first?["sequenceNumber"] == poison.sequenceNumber)
        #expect(letters.first?["record"] == Base64.encode(Array("not JSON".utf8)))
        #expect(fixture.row("ORDERS#2025-08-27", "TOTAL") == ["TotalOrders": "2", "SuccessfulOrders": "2"])
    }

    @Test func `an invalid order is one of its day's orders once however often it is sent`() async throws {
        let fixture = try AggregatorFixture()
        let invalid = orderEvent("M1", amount: "-5", time: "2025-08-26T23:59:59.9999999Z")
        let records = [StreamedRecord(1, invalid), StreamedRecord(2, invalid), StreamedRecord(3, orderEvent("M2"))]
        for _ in 0..<2 { #expect(try await fixture.deliver(records).isEmpty) }
        #expect(fixture.row("ORDERS#2025-08-26", "TOTAL") == ["TotalOrders": "1", "SuccessfulOrders": "0"])
        #expect(fixture.row("REVENUE#2025-08-26", "USD") == nil)
        // One dead letter for each record, so that each can be found by its place in the stream.
        let letters = try fixture.deadLetters.map { try $0.sequenceNumber }
        #expect(letters.sorted() == records[..<2].map(\.sequenceNumber), "they are sent side by side")
    }

    /// Such an id suggests itself to who corrects dead letters.
    @Test func `an order counts whose MessageId is the place of a dead letter`() async throws {
        let fixture = try AggregatorFixture()
        let poison = StreamedRecord(1, "not JSON")
        try await fixture.deliver([poison])
        let order = orderEvent("\(poison.shardID):\(poison.sequenceNumber)", amount: "7")
        #expect(try await fixture.deliver([StreamedRecord(2, order)]).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "7", "Count": "1"])
        // Nor does such an order keep a letter from being sent.
        let next = StreamedRecord(4, "not JSON")
        let early = StreamedRecord(3, orderEvent("\(next.shardID):\(next.sequenceNumber)"))
        #expect(try await fixture.deliver([early, next]).isEmpty)
        #expect(try fixture.deadLetters.count == 2)
    }

    @Test func `a corrected order counts under its old id`() async throws {
        let fixture = try AggregatorFixture()
        try await fixture.deliver([StreamedRecord(1, orderEvent("M1", amount: #""many""#))])
        try await fixture.deliver([StreamedRecord(2, orderEvent("M1", amount: "7"))])
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "7", "Count": "1"])
    }

    @Test func `a dead letter that cannot be sent is reported and nothing behind it is counted`() async throws {
        let fixture = try AggregatorFixture()
        let poison = StreamedRecord(2, "poison")
        let records = [StreamedRecord(1, orderEvent("M1")), poison, StreamedRecord(3, orderEvent("M3"))]
        let denied = AWSError(code: .accessDenied, message: "no", operation: "SQS.SendMessage")
        fixture.faults.plan { $0.operation == "SQS.SendMessage" ? .before(denied) : .none }
        #expect(try await fixture.deliver(records) == [poison.sequenceNumber])
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "1")
        fixture.faults.plan()
        #expect(try await fixture.deliver(records.dropFirst()).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "2")
        #expect(fixture.sqs.sent.count == 1)
    }

    @Test func `a record that is none is poison with what was delivered`() async throws {
        let fixture = try AggregatorFixture()
        var broken = StreamedRecord(2, "{}")
        broken.hasData = false
        #expect(try await fixture.deliver([StreamedRecord(1, orderEvent("M1")), broken]).isEmpty)
        let letter = try #require(try fixture.deadLetters.first)
        let record = try #require(letter["record"].flatMap { Base64.decode(Array($0.utf8)) })
        #expect(letter["sequenceNumber"] == broken.sequenceNumber)
        #expect(String(decoding: record, as: UTF8.self).contains(broken.sequenceNumber))
    }

    @Test func `a huge record goes to the bucket and the letter says where`() async throws {
        let fixture = try AggregatorFixture()
        let record = StreamedRecord(1, String(repeating: "x", count: 300_000))
        #expect(try await fixture.deliver([record]).isEmpty)
        let letter = try #require(try fixture.deadLetters.first)
        let key = try #require(letter["key"])
        #expect(letter["bucket"] == "archive")
        #expect(fixture.s3.contents[key]?.body == record.data)
    }
}

extension AggregatorFixture {
    /// The members of each dead letter, numbers as their texts.
    var deadLetters: [[String: String]] {
        get throws {
            try self.sqs.sent.map { message in
                var members: [String: String] = [:]
                try JSONReader.read(Array(message.messageBody.utf8)) { reader in
                    try reader.readObject { key, reader in
                        let name = key.string
                        let isString = try reader.peek() == .string
                        members[name] = isString ? try reader.readString() : try reader.readNumber().text
                    }
                }
                return members
            }
        }
    }
}

extension [String: String] {
    var sequenceNumber: String { get throws { try #require(self["sequenceNumber"]) } }
}
