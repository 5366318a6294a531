import AWSClient
import JSONText
import LambdaEvents
import OrderFunctions
import Platform
import Synchronization
import TestSupport
import Testing

@Suite struct AggregatorFailureTests {
    @Test func `throttling is waited for`() async throws {
        let fixture = try AggregatorFixture()
        fixture.faults.plan { $0.index < 3 ? .before(.throttled($0.operation)) : .none }
        #expect(try await fixture.deliver([StreamedRecord(1, orderEvent("M1"))]).isEmpty)
        #expect(fixture.time.sleeps.count == 3)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "1")
    }

    @Test(arguments: [Deduplication.event, .shard], 0..<4)
    func `an answer that was lost counts once, and its order is no duplicate`(
        deduplication: Deduplication,
        request: Int
    ) async throws {
        let fixture = try AggregatorFixture(deduplication)
        fixture.faults.plan { $0.index == request ? .after(.lost($0.operation)) : .none }
        #expect(try await fixture.deliver([StreamedRecord(1, orderEvent("M1"))]).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "1")
        #expect(try fixture.logs.lastLine()["counted"] == "1")
    }

    @Test func `stops at the first record that cannot be claimed`() async throws {
        let fixture = try AggregatorFixture()
        let records = (0..<251).map { StreamedRecord($0, $0 == 230 ? "poison" : orderEvent("M\($0)")) }
        let denied = AWSError(code: .accessDenied, message: "no", operation: "DynamoDB.BatchExecuteStatement")
        fixture.faults.plan { $0.index == 2 ? .before(denied) : .none }
        let failed = try await fixture.deliver(records)
        // 250 claims go side by side, 25 a request: which request was the third is nobody's choice.
        let first = try #require(records.firstIndex { [$0.sequenceNumber] == failed })
        #expect(first % 25 == 0)
        #expect(fixture.sqs.sent.isEmpty)
        #expect(try fixture.logs.lastLine()["failed"] == "\(251 - first)")
        #expect(try fixture.logs.lastLine()["counted"] == "\(first)")
        fixture.faults.plan()
        #expect(try await fixture.deliver(records.dropFirst(first)).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "250")
        #expect(fixture.sqs.sent.count == 1)
    }

    @Test func `a row that cannot be written now is the only one that is written again`() async throws {
        let fixture = try AggregatorFixture()
        func records(_ shard: Int) -> [StreamedRecord] {
            (0..<20).map { number in
                var record = StreamedRecord(number, orderEvent("M\(shard)-\(number)", products: [("P\(number)", 1)]))
                record.shardID = "shardId-00000000000\(shard)"
                return record
            }
        }
        // Rows that another shard made are updated one by one.
        try await fixture.deliver(records(1))
        let denied = AWSError(code: .accessDenied, message: "no", operation: "DynamoDB.UpdateItem")
        // The claims and the day's total are written; some product's row is not.
        fixture.faults.plan { $0.index == 7 ? .before(denied) : .none }
        let records = records(0)
        let failed = try await fixture.deliver(records)
        #expect(failed.count == 1)
        fixture.faults.plan()
        let rest = records.drop { $0.sequenceNumber != failed[0] }
        #expect(!rest.isEmpty)
        #expect(try await fixture.deliver(rest).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "40")
        for index in 0..<20 { #expect(fixture.row("PRODUCT#2025-08-27", "P\(index)")?["OrderCount"] == "2") }
    }

    @Test func `near the deadline the finished is kept and the rest reported`() async throws {
        let fixture = try AggregatorFixture()
        let records = (0..<30).map { StreamedRecord($0, orderEvent("M\($0)", products: [("P\($0)", 1)])) }
        let time = fixture.time
        fixture.faults.plan { _ in
            time.advance(by: .seconds(1))
            return .none
        }
        #expect(try await fixture.deliver(records, timeLeft: .milliseconds(4_400)).count == 1)
        fixture.faults.plan()
        #expect(try await fixture.deliver(records).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "300", "Count": "30"])
        for index in 0..<30 { #expect(fixture.row("PRODUCT#2025-08-27", "P\(index)")?["OrderCount"] == "1") }
    }

    @Test func `a row that is damaged holds its shard, and says which it is`() async throws {
        let fixture = try AggregatorFixture()
        fixture.dynamoDB.seed(
            "Analytics",
            ["PK": .s("PRODUCT#2025-08-27"), "SK": .s("broken"), "Revenue": .s("no number")]
        )
        let records = (0..<5).map { index in
            StreamedRecord(index, orderEvent("M\(index)", products: [(index == 3 ? "broken" : "fine", 1)]))
        }
        #expect(try await fixture.deliver(records) == [records[3].sequenceNumber])
        #expect(fixture.logs.text.contains("PRODUCT#2025-08-27 broken"))
        #expect(fixture.sqs.sent.isEmpty)
        fixture.dynamoDB.remove(from: "Analytics", "PRODUCT#2025-08-27", "broken")
        #expect(try await fixture.deliver(records.dropFirst(3)).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "5")
        #expect(fixture.row("PRODUCT#2025-08-27", "broken")?["OrderCount"] == "1")
    }

    @Test func `a checkpoint that cannot be written brings the last record again, and counts nothing twice`()
        async throws
    {
        let fixture = try AggregatorFixture()
        let records = (0..<3).map { StreamedRecord($0, orderEvent("M\($0)")) }
        let denied = AWSError(code: .accessDenied, message: "no", operation: "DynamoDB.PutItem")
        fixture.faults.plan { $0.operation == "DynamoDB.PutItem" ? .before(denied) : .none }
        #expect(try await fixture.deliver(records) == [records[2].sequenceNumber])
        fixture.faults.plan()
        #expect(try await fixture.deliver(records.suffix(1)).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "3")
    }

    @Test func `a record without any id fails the whole batch`() async throws {
        let fixture = try AggregatorFixture()
        var broken = StreamedRecord(2, "{}")
        broken.hasData = false
        broken.hasIDs = false
        await #expect(throws: EventError.self) {
            try await fixture.deliver([StreamedRecord(1, orderEvent("M1")), broken])
        }
        // What stands before it is counted, and its place keeps it from being counted again.
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "1")
    }
}
