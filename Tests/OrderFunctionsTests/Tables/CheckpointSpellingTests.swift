import AWSClient
import LambdaEvents
import OrderFunctions
import TestSupport
import Testing

/// A checkpoint that somebody repaired has the digits that Kinesis shows, not the 129 that the functions write.
@Suite struct CheckpointSpellingTests {
    private static let records = (1...3).map { StreamedRecord($0, orderEvent("M\($0)")) }
    private static let shard = "shardId-000000000000"

    private static func seed(_ dynamoDB: InMemoryDynamoDB, _ function: String, _ number: String) {
        dynamoDB.seed(
            "Checkpoints",
            ["checkpoint": .s("\(function)#orders#\(Self.shard)"), "sequenceNumber": .s(number), "format": .n("1")]
        )
    }

    /// The aggregator's.
    private static func checkpoint(_ fixture: AggregatorFixture) -> String? {
        fixture.dynamoDB.item(of: "Checkpoints", "AnalyticsAggregator#orders#\(Self.shard)")?["sequenceNumber"]?.string
    }

    private static func padded(_ record: StreamedRecord) -> String? { SequenceNumber(record.sequenceNumber)?.padded }

    @Test(arguments: ["", "0", "00000000"])
    func `the archiver goes on behind a checkpoint with fewer digits`(zeros: String) async throws {
        let fixture = try ArchiverFixture()
        Self.seed(fixture.dynamoDB, "OrderArchiver", zeros + Self.records[0].sequenceNumber)
        #expect(try await fixture.deliver(Self.records).isEmpty)
        #expect(fixture.checkpoint == Self.padded(Self.records[2]))
        #expect(try fixture.payloads == [orderEvent("M2"), orderEvent("M3")])
        #expect(fixture.faults.count(of: "S3.PutObject") == 1)
    }

    @Test(arguments: ["", "0", "00000000"])
    func `the aggregator moves a checkpoint with fewer digits`(zeros: String) async throws {
        let fixture = try AggregatorFixture(.shard)
        Self.seed(fixture.dynamoDB, "AnalyticsAggregator", zeros + Self.records[0].sequenceNumber)
        #expect(try await fixture.deliver(Self.records).isEmpty)
        #expect(Self.checkpoint(fixture) == Self.padded(Self.records[2]))
    }

    @Test func `the aggregator does not move a checkpoint with fewer digits back`() async throws {
        let fixture = try AggregatorFixture(.shard)
        let further = Self.records[2].sequenceNumber
        Self.seed(fixture.dynamoDB, "AnalyticsAggregator", further)
        #expect(try await fixture.deliver(Self.records.prefix(2)).isEmpty)
        #expect(Self.checkpoint(fixture) == further)
        #expect(fixture.requests["DynamoDB.PutItem"] == 1)
    }

    @Test(arguments: [1, 3])
    func `what somebody else moves meanwhile is moved on from there, and never back`(other: Int) async throws {
        let batch = Self.records.prefix(2)
        // A checkpoint is the last request of all; where it is refused for its digits, another one follows.
        let rehearsal = try AggregatorFixture(.shard)
        try await rehearsal.deliver(batch)
        let second = rehearsal.faults.calls.count
        let fixture = try AggregatorFixture(.shard)
        let number = try #require(Self.padded(Self.records[other - 1]))
        Self.seed(fixture.dynamoDB, "AnalyticsAggregator", Self.records[0].sequenceNumber)
        let dynamoDB = fixture.dynamoDB
        fixture.faults.plan { call in
            if call.index == second { Self.seed(dynamoDB, "AnalyticsAggregator", number) }
            return .none
        }
        #expect(try await fixture.deliver(batch).isEmpty)
        #expect(Self.checkpoint(fixture) == Self.padded(Self.records[max(other, 2) - 1]))
        #expect(fixture.requests["DynamoDB.PutItem"] == (other == 1 ? 3 : 2))
    }

    @Test func `a move whose answer is lost is taken for made`() async throws {
        let fixture = try AggregatorFixture(.shard)
        Self.seed(fixture.dynamoDB, "AnalyticsAggregator", Self.records[0].sequenceNumber)
        // What is refused has its answer all the same.
        fixture.faults.plan { $0.operation == "DynamoDB.PutItem" ? .after(.lost($0.operation)) : .none }
        #expect(try await fixture.deliver(Self.records).isEmpty)
        #expect(Self.checkpoint(fixture) == Self.padded(Self.records[2]))
        #expect(fixture.requests["DynamoDB.PutItem"] == 3)
    }

    @Test func `the aggregator reports a checkpoint that holds no number`() async throws {
        let fixture = try AggregatorFixture(.shard)
        Self.seed(fixture.dynamoDB, "AnalyticsAggregator", "abc")
        #expect(try await fixture.deliver(Self.records) == [Self.records[2].sequenceNumber])
        #expect(fixture.logs.text.contains("holds no sequence number; repair or delete the item"))
    }
}
