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

    @Test func `the claim of a record that its last invocation may still count is not taken over`() async throws {
        for (seconds, count) in [(86_400 + 420, nil), (86_400 + 421, "1")] as [(Int, String?)] {
            let fixture = try AggregatorFixture()
            try await Self.claim(Self.record(1), fixture)
            #expect(try await fixture.deliver([Self.record(7, shard: 1, after: seconds)]).isEmpty)
            #expect(Self.count(fixture) == count, "\(seconds) s later")
        }
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

    /// Rows that another order from another shard has made, which are added to one by one.
    enum Rows: CaseIterable { case none, withoutProducts, all }

    private static func make(_ rows: Rows, _ fixture: AggregatorFixture) async throws {
        if rows == .none { return }
        var record = StreamedRecord(1, orderEvent("other", products: rows == .all ? [("p-1", 1)] : []))
        record.shardID = "shardId-000000000009"
        #expect(try await fixture.deliver([record]).isEmpty)
    }

    /// How often the order is in each of its rows.
    private static func counts(_ rows: Rows, _ fixture: AggregatorFixture) -> [Int] {
        let others = rows == .none ? 0 : 1
        return [
            (fixture.row("REVENUE#2025-08-27", "USD")?["Count"], others),
            (fixture.row("ORDERS#2025-08-27", "TOTAL")?["TotalOrders"], others),
            (fixture.row("PRODUCT#2025-08-27", "p-1")?["OrderCount"], rows == .all ? 1 : 0),
        ].map { ($0.0.flatMap { Int($0) } ?? 0) - $0.1 }
    }

    @Test(arguments: Rows.allCases)
    func `what was counted in some rows before its record was lost is counted in the others alone`(rows: Rows)
        async throws
    {
        let order = orderEvent("M", products: [("p-1", 2)])
        let records = [1, 7, 5].enumerated().map { shard, index in
            var record = StreamedRecord(index, order)
            record.shardID = "shardId-00000000000\(shard)"
            record.arrival = "\(Self.first + shard * 2 * 86_400).5"
            return record
        }
        for request in 0..<9 {
            for next in 0..<9 {
                let fixture = try AggregatorFixture()
                try await Self.make(rows, fixture)
                // Each is cut off and never comes again, until the last one.
                for (record, request) in zip(records, [request, next]) {
                    fixture.faults.cutOff(at: request, after: true)
                    try await fixture.deliver([record])
                }
                fixture.faults.plan()
                for _ in 0..<2 { #expect(try await fixture.deliver([records[2]]).isEmpty) }
                #expect(Self.counts(rows, fixture) == [1, 1, 1], "requests \(request), \(next)")
                for record in records { #expect(try await fixture.deliver([record]).isEmpty) }
                #expect(Self.counts(rows, fixture) == [1, 1, 1], "requests \(request), \(next), and all come late")
            }
        }
    }

    @Test(arguments: ["2025-08-29T18:08:00Z", nil])
    func `an order that was counted in part is completed on the day on which it was begun`(time: String?) async throws {
        let order = orderEvent("M", products: [("p-1", 2)], time: time == nil ? nil : "2025-08-27T18:08:00Z")
        let repeated = orderEvent("M", products: [("p-1", 2)], time: time)
        for taken in 0..<9 {
            let fixture = try AggregatorFixture()
            try await Self.make(.all, fixture)
            var owner = StreamedRecord(1, order)
            owner.arrival = "\(Self.first - 10 * 3_600).5"
            // The claim, the reading of the rows, and one of them.
            fixture.faults.cutOff(at: 2, after: true)
            try await fixture.deliver([owner])
            var repetition = StreamedRecord(7, repeated)
            repetition.shardID = "shardId-000000000001"
            repetition.arrival = "\(Self.first + 2 * 86_400).5"
            fixture.faults.cutOff(at: taken, after: true)
            try await fixture.deliver([repetition])
            fixture.faults.plan()
            for _ in 0..<2 { #expect(try await fixture.deliver([repetition]).isEmpty) }
            #expect(Self.counts(.all, fixture) == [1, 1, 1], "request \(taken)")
            #expect(fixture.rows.count == 3, "request \(taken)")
        }
    }

    @Test func `another order under the id of one that was lost uncounted counts, on its own day`() async throws {
        let fixture = try AggregatorFixture()
        try await Self.claim(Self.record(1), fixture)
        var other = StreamedRecord(7, orderEvent("M", amount: "99.00", time: "2025-08-28T10:00:00Z"))
        other.shardID = "shardId-000000000001"
        other.arrival = "\(Self.first + 2 * 86_400).5"
        for _ in 0..<2 { #expect(try await fixture.deliver([other]).isEmpty) }
        #expect(Self.count(fixture) == nil)
        #expect(fixture.row("REVENUE#2025-08-28", "USD") == ["Value": "99", "Count": "1"])
        #expect(try fixture.deadLetters.isEmpty)
    }

    @Test func `an order that was counted in part is not completed by another order under its id`() async throws {
        let fixture = try AggregatorFixture()
        try await Self.make(.all, fixture)
        var owner = StreamedRecord(1, orderEvent("M", products: [("p-1", 2)]))
        owner.arrival = "\(Self.first).5"
        // The claim, the reading of the rows, and one of them.
        fixture.faults.cutOff(at: 2, after: true)
        try await fixture.deliver([owner])
        fixture.faults.plan()
        let before = Self.counts(.all, fixture)
        #expect(before.reduce(0, +) == 1)
        var other = StreamedRecord(7, orderEvent("M", amount: "99.00", products: [("p-1", 9)]))
        other.shardID = "shardId-000000000001"
        other.arrival = "\(Self.first + 2 * 86_400).5"
        #expect(try await fixture.deliver([other]).isEmpty)
        #expect(Self.counts(.all, fixture) == before)
        #expect(try fixture.deadLetters.count == 1)
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

    /// An audit compares arrivals by the same rule: `RebuiltCounters`.
    @Test(arguments: [("9", 0, "0", "2"), ("9", -1, "999", "1"), ("0", -1, "999", "1"), ("0", 0, "0", "2")])
    func `a claim ends by whole seconds, whatever part of a second its arrival has`(
        fraction: String,
        seconds: Int,
        laterFraction: String,
        counted: String
    ) async throws {
        let fixture = try AggregatorFixture()
        var records = [Self.record(1), Self.record(2, shard: 1)]
        records[0].arrival = "\(Self.first).\(fraction)"
        records[1].arrival = "\(Self.first + 15 * 86_400 + seconds).\(laterFraction)"
        for record in records { #expect(try await fixture.deliver([record]).isEmpty) }
        #expect(Self.count(fixture) == counted)
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
