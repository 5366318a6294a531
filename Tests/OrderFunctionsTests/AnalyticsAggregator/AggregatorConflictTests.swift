import AWSClient
import JSONText
import OrderFunctions
import PipesRunner
import Platform
import TestSupport
import Testing

/// Two orders that were given one `MessageId`: the first counts, the others are dead letters.
@Suite struct AggregatorConflictTests {
    private static func event(_ amount: String, id: String = "M", products: [(id: String, quantity: Int)] = [])
        -> String
    {
        orderEvent(id, amount: amount, products: products)
    }

    /// Sequence numbers of the dead letters that say so.
    private static func conflicts(_ fixture: AggregatorFixture) throws -> [String] {
        try fixture.deadLetters.filter { letter in
            letter["reason"]?.contains("another order was counted under this MessageId") == true
        }.map { try #require($0["sequenceNumber"]) }.sorted()
    }

    @Test func `another order under a MessageId that was counted is a dead letter, and a duplicate is looked at once`()
        async throws
    {
        let fixture = try AggregatorFixture()
        try await fixture.deliver([StreamedRecord(1, Self.event("10"))])
        let calls = fixture.faults.calls.count
        try await fixture.deliver([StreamedRecord(2, Self.event("10"))])
        // Its claim, the claim that is there, the checkpoint.
        #expect(fixture.faults.calls.count == calls + 3)
        #expect(try fixture.logs.lastLine()["duplicates"] == "1")
        let other = StreamedRecord(3, Self.event("11"))
        let neighbour = StreamedRecord(4, Self.event("5", id: "N"))
        for _ in 0..<2 { #expect(try await fixture.deliver([other, neighbour]).isEmpty) }
        #expect(try Self.conflicts(fixture) == [other.sequenceNumber])
        #expect(try fixture.deadLetters[0]["record"] == Base64.encode(other.data))
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "15", "Count": "2"])
        #expect(fixture.row("ORDERS#2025-08-27", "TOTAL") == ["TotalOrders": "2", "SuccessfulOrders": "2"])
    }

    /// A producer's own repetition has another place in the stream, and the order has no id but what is made of its own.
    @Test func `a short record that is repeated under its MessageId is a repetition`() async throws {
        let fixture = try AggregatorFixture()
        let text = #"{"MessageId":"M","customer_id":"1","amount":5}"#
        for index in 1...3 { #expect(try await fixture.deliver([StreamedRecord(index, text)]).isEmpty) }
        #expect(try fixture.deadLetters.isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "5", "Count": "1"])
        // Another customer's under the same id is another order.
        try await fixture.deliver([StreamedRecord(4, text.replacing(#""1""#, with: #""2""#))])
        #expect(try Self.conflicts(fixture).count == 1)
    }

    @Test func `a repetition is the same order however it is serialized`() async throws {
        let fixture = try AggregatorFixture()
        func event(_ members: String, _ payload: String) -> String {
            #"{\#(members)"MessageId":"M","Type":"OrderCreatedV1","Payload":{"OrderId":"O",\#(payload)}}"#
        }
        let spellings = [
            event(
                "",
                #""TotalAmount":19.90,"ProductIds":["A","B"],"Quantities":{"A":1,"B":2},"createdUtc":"2025-08-27T18:08:00.6483458Z""#
            ),
            event(
                "",
                #""TotalAmount":"19.9","ProductIds":["A","B"],"Quantities":{"B":2},"createdUtc":"2025-08-27T18:08:00.648Z","Currency":"usd""#
            ),
            event(
                #""OccurredUtc":"2025-08-27T18:08:09Z","#,
                #""createdUtc":"2025-08-27T20:08:00.648345+02:00","Quantities":{"B":2.0,"A":"1"},"ProductIds":["B","A","B"],"TotalAmount":1.99e1,"Channel":"web""#
            ),
        ]
        for (index, text) in spellings.enumerated() { try await fixture.deliver([StreamedRecord(index, text)]) }
        #expect(fixture.sqs.sent.isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "19.9", "Count": "1"])
    }

    @Test(arguments: [
        #""OrderId":"P","TotalAmount":1,"ProductIds":["A"],"createdUtc":"2025-08-27T18:08:00Z""#,
        #""OrderId":"O","TotalAmount":2,"ProductIds":["A"],"createdUtc":"2025-08-27T18:08:00Z""#,
        #""OrderId":"O","TotalAmount":1,"ProductIds":["B"],"createdUtc":"2025-08-27T18:08:00Z""#,
        #""OrderId":"O","TotalAmount":1,"ProductIds":[],"createdUtc":"2025-08-27T18:08:00Z""#,
        #""OrderId":"O","TotalAmount":1,"ProductIds":["A"],"Quantities":{"A":2},"createdUtc":"2025-08-27T18:08:00Z""#,
        #""OrderId":"O","TotalAmount":1,"ProductIds":["A"],"createdUtc":"2025-08-27T18:08:01Z""#,
        #""OrderId":"O","TotalAmount":1,"ProductIds":["A"]"#,
        #""OrderId":"O","TotalAmount":1,"ProductIds":["A"],"Currency":"EUR","createdUtc":"2025-08-27T18:08:00Z""#,
    ])
    func `each fact that is counted tells two orders apart`(payload: String) async throws {
        let fixture = try AggregatorFixture()
        func event(_ payload: String) -> String {
            #"{"MessageId":"M","OccurredUtc":"2025-08-27T18:08:00Z","Type":"OrderCreatedV1","Payload":{\#(payload)}}"#
        }
        let first = #""OrderId":"O","TotalAmount":1,"ProductIds":["A"],"createdUtc":"2025-08-27T18:08:00Z""#
        try await fixture.deliver([StreamedRecord(1, event(first))])
        try await fixture.deliver([StreamedRecord(2, event(payload))])
        #expect(try Self.conflicts(fixture).count == 1)
    }

    @Test(arguments: [nil, "0:another way of making it"])
    func `a claim whose digest cannot be compared is of the same order`(digest: String?) async throws {
        let fixture = try AggregatorFixture()
        try await fixture.deliver([StreamedRecord(0, Self.event("10"))])
        var claim = try #require(fixture.dynamoDB.item(of: "Analytics", "EVENT#M", "EVENT"))
        claim["digest"] = digest.map { .s($0) }
        try await fixture.dynamoDB.putItem(PutItemInput(tableName: "Analytics", item: claim), deadline: nil)
        let records = [StreamedRecord(1, Self.event("10")), StreamedRecord(2, Self.event("11"))]
        try await fixture.deliver(records)
        #expect(fixture.sqs.sent.isEmpty)
        #expect(try fixture.logs.lastLine()["duplicates"] == "2")
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "1")
    }

    /// Every way to cut five records into batches, twice, with nothing, the first or the second order counted before.
    @Test(arguments: 0..<16, [nil, "10", "11"])
    func `what is counted and what is a dead letter do not depend on how the stream is cut`(
        cut: Int,
        counted: String?
    ) async throws {
        let fixture = try AggregatorFixture()
        if let counted { try await fixture.deliver([StreamedRecord(1, Self.event(counted))]) }
        let records = ["10", "11", "10", "12", "11"].enumerated().map { StreamedRecord($0 + 2, Self.event($1)) }
        for _ in 0..<2 {
            var batch: [StreamedRecord] = []
            for (index, record) in records.enumerated() {
                batch.append(record)
                guard index == 4 || cut >> index & 1 == 1 else { continue }
                #expect(try await fixture.deliver(batch).isEmpty)
                batch = []
            }
        }
        let others = counted == "11" ? [0, 2, 3] : [1, 3, 4]
        #expect(try Self.conflicts(fixture) == others.map { records[$0].sequenceNumber })
        #expect(fixture.sqs.sent.count == 3)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": counted ?? "10", "Count": "1"])
    }

    @Test func `a letter that cannot be sent is reported, and what is before it stays done`() async throws {
        for counted in [false, true] {
            let fixture = try AggregatorFixture()
            if counted { try await fixture.deliver([StreamedRecord(1, Self.event("10"))]) }
            let other = StreamedRecord(3, Self.event("11"))
            let records = [StreamedRecord(2, Self.event("10")), other, StreamedRecord(4, Self.event("5", id: "N"))]
            let denied = AWSError(code: .accessDenied, message: "no", operation: "SQS.SendMessage")
            fixture.faults.plan { $0.operation == "SQS.SendMessage" ? .before(denied) : .none }
            #expect(try await fixture.deliver(records) == [other.sequenceNumber])
            fixture.faults.plan()
            #expect(try await fixture.deliver(records.dropFirst()).isEmpty)
            #expect(try Self.conflicts(fixture) == [other.sequenceNumber])
            #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "15", "Count": "2"])
        }
    }

    @Test func `each redrive of the other order dead-letters it again`() async throws {
        let fixture = try AggregatorFixture()
        try await fixture.deliver([StreamedRecord(1, Self.event("10")), StreamedRecord(2, Self.event("11"))])
        for round in 0..<3 {
            guard case .letter(let letter) = DeadLetterMessage(body: fixture.sqs.sent[round].messageBody),
                case .bytes(let record) = letter.record
            else {
                Issue.record("no letter: \(fixture.sqs.sent[round].messageBody)")
                return
            }
            let event = letter.event(record: record, sentMilliseconds: 1_756_318_090_000)
            let context = fixture.logs.context(deadline: fixture.time.now + .seconds(60))
            #expect(try Answer(await fixture.aggregator.handle(event, context: context)).failed.isEmpty)
            #expect(try Self.conflicts(fixture).count == round + 2)
        }
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "10", "Count": "1"])
    }
}
