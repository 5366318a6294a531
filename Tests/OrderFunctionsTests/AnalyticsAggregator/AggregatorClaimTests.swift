import AWSClient
import OrderFunctions
import TestSupport
import Testing

/// Which of an event's records counts, whatever became of the one that claimed it.
@Suite struct AggregatorClaimTests {
    private static let order = orderEvent("M")
    private static let first = 1_756_318_080

    /// The order's record in a shard, so long after the first one.
    private static func record(_ index: Int, shard: Int = 0, after seconds: Int = 0) -> StreamedRecord {
        var record = StreamedRecord(index, Self.order)
        record.shardID = "shardId-00000000000\(shard)"
        record.arrival = "\(Self.first + seconds).5"
        return record
    }

    private static func count(_ fixture: AggregatorFixture) -> String? {
        fixture.row("REVENUE#2025-08-27", "USD")?["Count"]
    }

    /// Claims the order with the record, and dies.
    private static func claim(_ record: StreamedRecord, _ fixture: AggregatorFixture) async throws {
        fixture.faults.cutOff(at: 0, after: true)
        #expect(try await fixture.deliver([record]) == [record.sequenceNumber])
        fixture.faults.plan()
        #expect(fixture.claims == ["EVENT#M|EVENT"] && fixture.rows.isEmpty)
    }

    @Test func `the record that claimed an event counts it when it comes again, whatever came meanwhile`() async throws
    {
        let fixture = try AggregatorFixture()
        let owner = Self.record(1)
        try await Self.claim(owner, fixture)
        // Another producer's repetition, in another shard, while the owner is in its stream.
        #expect(try await fixture.deliver([Self.record(7, shard: 1, after: 3_600)]).isEmpty)
        #expect(Self.count(fixture) == nil)
        for _ in 0..<2 { #expect(try await fixture.deliver([owner]).isEmpty) }
        #expect(Self.count(fixture) == "1")
    }

    @Test func `a claim whose record has left the stream without being counted is taken over`() async throws {
        let fixture = try AggregatorFixture()
        let owner = Self.record(1)
        try await Self.claim(owner, fixture)
        let repetition = Self.record(7, shard: 1, after: 2 * 86_400)
        for _ in 0..<2 { #expect(try await fixture.deliver([repetition]).isEmpty) }
        #expect(Self.count(fixture) == "1")
        #expect(try fixture.logs.lastLine()["duplicates"] == "1")
        // Should the owner come all the same, it is the repetition now.
        #expect(try await fixture.deliver([owner]).isEmpty)
        #expect(Self.count(fixture) == "1")
    }

    @Test(arguments: [false, true])
    func `wherever the taking over is cut off, the event counts once`(afterTheRequest: Bool) async throws {
        for request in 0..<9 {
            let fixture = try AggregatorFixture()
            try await Self.claim(Self.record(1), fixture)
            let repetition = Self.record(7, shard: 1, after: 2 * 86_400)
            fixture.faults.cutOff(at: request, after: afterTheRequest)
            try await fixture.deliver([repetition])
            fixture.faults.plan()
            #expect(try await fixture.deliver([repetition]).isEmpty)
            #expect(Self.count(fixture) == "1", "request \(request)")
        }
    }

    @Test func `an event whose record was counted is repeated however late, until its claim is over`() async throws {
        let fixture = try AggregatorFixture()
        try await fixture.deliver([Self.record(1)])
        for days in [2, 14] {
            #expect(try await fixture.deliver([Self.record(days, shard: 1, after: days * 86_400)]).isEmpty)
            #expect(Self.count(fixture) == "1", "\(days) days later")
        }
        // The item is there, since DynamoDB deletes when it likes: the arrivals decide.
        #expect(try await fixture.deliver([Self.record(15, shard: 1, after: 15 * 86_400)]).isEmpty)
        #expect(Self.count(fixture) == "2")
        #expect(try await fixture.deliver([Self.record(16, shard: 1, after: 16 * 86_400)]).isEmpty)
        #expect(Self.count(fixture) == "2")
    }

    @Test func `two shards that claim at the same time count once`() async throws {
        let fixture = try AggregatorFixture()
        async let one = fixture.deliver([Self.record(1)])
        async let other = fixture.deliver([Self.record(1, shard: 1)])
        #expect(try await [one, other] == [[], []])
        #expect(Self.count(fixture) == "1")
        let row = try #require(fixture.dynamoDB.item(of: "Analytics", "REVENUE#2025-08-27", "USD"))
        #expect(row.keys.count { $0.hasPrefix("at:") } == 1)
    }

    @Test func `shards count on one row each by a position of its own`() async throws {
        let fixture = try AggregatorFixture()
        for round in 0..<2 {
            for shard in 0..<4 {
                let records = (0..<3).map { index in
                    var record = StreamedRecord(index, orderEvent("M\(shard)-\(index)"))
                    record.shardID = "shardId-00000000000\(shard)"
                    return record
                }
                #expect(try await fixture.deliver(records).isEmpty, "round \(round)")
            }
        }
        #expect(Self.count(fixture) == "12")
    }

    @Test func `a stream that was made anew is another stream, though its shards and numbers begin again`() async throws
    {
        let fixture = try AggregatorFixture()
        for (stream, id) in [("orders-1", "A"), ("orders-2", "B")] {
            var record = StreamedRecord(5, orderEvent(id))
            record.stream = stream
            for _ in 0..<2 { #expect(try await fixture.deliver([record]).isEmpty) }
        }
        #expect(Self.count(fixture) == "2")
    }
}
