import AWSClient
import JSONText
import LambdaEvents
import OrderFunctions
import Platform
import Synchronization
import TestSupport
import Testing

@Suite struct AggregatorFailureTests {
    @Test func `conflicts and throttling are retried with the same token`() async throws {
        let fixture = try AggregatorFixture()
        fixture.faults.plan { call in
            switch call.index {
            case 0, 2: .before(.conflict(call))
            case 1: .before(.throttled(call.operation))
            default: .none
            }
        }
        #expect(try await fixture.deliver([StreamedRecord(1, orderEvent("M1"))]).isEmpty)
        #expect(fixture.transactions == 4)
        #expect(fixture.time.sleeps.count == 3)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "1")
    }

    @Test(arguments: [Deduplication.event, .shard])
    func `an answer that was lost counts once`(deduplication: Deduplication) async throws {
        let fixture = try AggregatorFixture(deduplication)
        let first = deduplication == .shard ? 1 : 0
        fixture.faults.plan { $0.index == first ? .after(.lost($0.operation)) : .none }
        #expect(try await fixture.deliver([StreamedRecord(1, orderEvent("M1"))]).isEmpty)
        #expect(fixture.transactions == 2)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "1")
        // The token, not the marker, recognised the repetition.
        #expect(try fixture.logs.lastLine()["counted"] == "1")
    }

    @Test func `stops at the first chunk that cannot be committed and sends nothing behind it`() async throws {
        let fixture = try AggregatorFixture()
        // Two chunks of 98 events, and a poisoned record in the third.
        let records = (0..<250).map { StreamedRecord($0, $0 == 230 ? "poison" : orderEvent("M\($0)")) }
        let firstOfSecondChunk = records[98]
        let denied = AWSError(code: .accessDenied, message: "no", operation: "DynamoDB.TransactWriteItems")
        fixture.faults.plan { $0.index == 1 ? .before(denied) : .none }
        #expect(try await fixture.deliver(records) == [firstOfSecondChunk.sequenceNumber])
        #expect(fixture.faults.calls.count == 2)
        #expect(fixture.sqs.sent.isEmpty)
        #expect(try fixture.logs.lastLine()["failed"] == "152")
        #expect(try fixture.logs.lastLine()["counted"] == "98")
        fixture.faults.plan()
        #expect(try await fixture.deliver(records.suffix(152)).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "249")
    }

    @Test func `near the deadline the finished is kept and the rest reported`() async throws {
        let fixture = try AggregatorFixture()
        let records = (0..<300).map { StreamedRecord($0, orderEvent("M\($0)")) }
        let firstOfFourthChunk = records[3 * 98]
        let time = fixture.time
        fixture.faults.plan { _ in
            time.advance(by: .seconds(5))
            return .none
        }
        // The margin of 12 s is 1.2 s: the third answer comes too late for a fourth request.
        #expect(try await fixture.deliver(records, timeLeft: .seconds(12)) == [firstOfFourthChunk.sequenceNumber])
        #expect(fixture.transactions == 3)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "294")
    }

    @Test func `conflicts are retried no longer than the deadline allows`() async throws {
        let fixture = try AggregatorFixture()
        let start = fixture.time.now
        fixture.faults.plan { .before(.conflict($0)) }
        let record = StreamedRecord(1, orderEvent("M1"))
        #expect(try await fixture.deliver([record], timeLeft: .seconds(20)) == [record.sequenceNumber])
        #expect(fixture.time.now - start <= .seconds(18))
        // A conflict is over soon: no wait is longer than half a second, 250 ms on average.
        #expect(fixture.transactions > 50)
        #expect(fixture.time.sleeps.allSatisfy { $0 <= .milliseconds(500) })
    }

    @Test(arguments: [Deduplication.event, .shard])
    func `a row that cannot be written costs only its events`(deduplication: Deduplication) async throws {
        let fixture = try AggregatorFixture(deduplication)
        fixture.dynamoDB.seed(
            "Analytics",
            ["PK": .s("PRODUCT#2025-08-27"), "SK": .s("broken"), "Revenue": .s("no number")]
        )
        let broken = 13
        let records = (0..<20).map { index in
            StreamedRecord(index, orderEvent("M\(index)", products: [(index == broken ? "broken" : "fine", 1)]))
        }
        for _ in 0..<2 { #expect(try await fixture.deliver(records).isEmpty) }
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "19")
        #expect(fixture.row("PRODUCT#2025-08-27", "fine")?["OrderCount"] == "19")
        #expect(fixture.row("ORDERS#2025-08-27", "TOTAL") == ["TotalOrders": "20", "SuccessfulOrders": "19"])
        #expect(try fixture.deadLetters.map { try $0.sequenceNumber } == [records[broken].sequenceNumber])
    }

    @Test func `a table that refuses everything is no poison`() async throws {
        let fixture = try AggregatorFixture()
        let refused = AWSError(code: .validation, message: "schema", operation: "DynamoDB")
        fixture.faults.plan { $0.operation.hasPrefix("DynamoDB") ? .before(refused) : .none }
        let records = (0..<5).map { StreamedRecord($0, orderEvent("M\($0)")) }
        #expect(try await fixture.deliver(records) == records.prefix(1).map(\.sequenceNumber))
        #expect(fixture.sqs.sent.isEmpty)
    }

    @Test func `a sum that DynamoDB cannot hold is permanent for its event alone`() async throws {
        let fixture = try AggregatorFixture()
        let nines = String(repeating: "9", count: 38)
        fixture.dynamoDB.seed(
            "Analytics",
            ["PK": .s("REVENUE#2025-08-27"), "SK": .s("EUR"), "Value": .n(nines), "Count": .n("1")]
        )
        let records = [
            StreamedRecord(1, orderEvent("M1", amount: "1", currency: "EUR")), StreamedRecord(2, orderEvent("M2")),
        ]
        #expect(try await fixture.deliver(records).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "EUR") == ["Value": nines, "Count": "1"])
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Value"] == "10")
        #expect(fixture.sqs.sent.count == 1)
    }

    @Test func `a record without any id fails the whole batch`() async throws {
        let fixture = try AggregatorFixture()
        var broken = StreamedRecord(2, "{}")
        broken.hasData = false
        broken.hasIDs = false
        await #expect(throws: EventError.self) {
            try await fixture.deliver([StreamedRecord(1, orderEvent("M1")), broken])
        }
        // What stands before it is counted, and its marker keeps it from being counted again.
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "1")
    }
}
