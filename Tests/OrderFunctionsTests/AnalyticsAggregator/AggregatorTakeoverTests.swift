import AWSClient
import OrderFunctions
import Orders
import Platform
import TestSupport
import Testing

/// Repetitions that take over the claim of a redrive, or of a record that was lost, beside others that want to count.
@Suite struct AggregatorTakeoverTests {
    private static let order = orderEvent("M", products: [("p-1", 2)])
    private static let first = 1_756_318_080

    /// The order's record as a redrive delivers it.
    private static let redriven: StreamedRecord = {
        var record = StreamedRecord(1, Self.order)
        record.shardID = "redrive-1-shardId-000000000000-\(record.sequenceNumber)"
        record.arrival = "\(Self.first).5"
        return record
    }()

    /// A record that comes two days after it for each of `days`.
    private static func repetition(_ index: Int, days: Int = 2, _ order: String = Self.order) -> StreamedRecord {
        var record = StreamedRecord(index, order)
        record.shardID = "shardId-000000000001"
        record.arrival = "\(Self.first + days * 86_400).5"
        return record
    }

    /// How often the order is in each of its rows, which another order may have made before.
    private static func counts(_ fixture: AggregatorFixture, others: Int) -> [Int] {
        [
            fixture.row("REVENUE#2025-08-27", "USD")?["Count"],
            fixture.row("ORDERS#2025-08-27", "TOTAL")?["TotalOrders"],
            fixture.row("PRODUCT#2025-08-27", "p-1")?["OrderCount"],
        ].map { ($0.flatMap { Int($0) } ?? 0) - others }
    }

    private static func fixture(others: Int) async throws -> AggregatorFixture {
        let fixture = try AggregatorFixture()
        if others == 0 { return fixture }
        var record = StreamedRecord(1, orderEvent("other", products: [("p-1", 1)]))
        record.shardID = "shardId-000000000009"
        #expect(try await fixture.deliver([record]).isEmpty)
        return fixture
    }

    @Test(arguments: [0, 1], [false, true])
    func `a redrive beside the repetition that takes its claim over is counted once in each row`(
        others: Int,
        isRedriveInside: Bool
    ) async throws {
        let repetitions = [Self.repetition(7), Self.repetition(8, orderEvent("N", products: [("p-1", 1)]))]
        let (outer, inner) = isRedriveInside ? (repetitions, [Self.redriven]) : ([Self.redriven], repetitions)
        for cut in 0..<6 {
            for meeting in 0..<9 {
                let fixture = try await Self.fixture(others: others)
                fixture.faults.cutOff(at: cut, after: true)
                try await fixture.deliver([Self.redriven])
                fixture.faults.plan()
                let beside = try AggregatorFixture(sharing: fixture) { request in
                    if request == meeting { _ = try? await fixture.deliver(inner) }
                }
                try await beside.deliver(outer)
                for records in [inner, outer] { #expect(try await fixture.deliver(records).isEmpty) }
                // The other order of the repetition's batch is in each row, too.
                #expect(Self.counts(fixture, others: others) == [2, 2, 2], "cut \(cut), meeting \(meeting)")
            }
        }
    }

    @Test func `a redrive is kept out of rows by whoever takes the claim over next`() async throws {
        let records = [Self.redriven, Self.repetition(7), Self.repetition(3, days: 4)]
        for cut in 0..<5 {
            for next in 0..<8 {
                for meeting in 0..<5 {
                    let fixture = try await Self.fixture(others: 1)
                    for (record, request) in zip(records, [cut, next]) {
                        fixture.faults.cutOff(at: request, after: true)
                        try await fixture.deliver([record])
                    }
                    fixture.faults.plan()
                    let beside = try AggregatorFixture(sharing: fixture) { request in
                        if request == meeting { _ = try? await fixture.deliver([records[0]]) }
                    }
                    try await beside.deliver([records[2]])
                    for record in records { #expect(try await fixture.deliver([record]).isEmpty) }
                    #expect(Self.counts(fixture, others: 1) == [1, 1, 1], "requests \(cut), \(next), \(meeting)")
                }
            }
        }
    }

    /// DynamoDB takes 4 KB of a row's condition, which names each of them.
    @Test func `orders of many letters that were lost half-way are counted batch by batch`() async throws {
        let fixture = try AggregatorFixture()
        let orders = (0..<120).map { orderEvent("M\($0)", products: [("p-1", 1)]) }
        for (index, order) in orders.enumerated() {
            var record = StreamedRecord(index + 1, order)
            record.shardID = "redrive-1-shardId-000000000000-\(record.sequenceNumber)"
            record.arrival = "\(Self.first).5"
            fixture.faults.cutOff(at: 1, after: true)
            try await fixture.deliver([record])
        }
        fixture.faults.plan()
        var batch = orders.enumerated().map { Self.repetition(1_000 + $0, $1) }
        var deliveries = 0
        while let first = try await fixture.deliver(batch).first {
            deliveries += 1
            let done = try #require(batch.firstIndex { $0.sequenceNumber == first })
            try #require(done == 90)
            batch.removeFirst(done)
        }
        #expect(deliveries == 1)
        #expect(Self.counts(fixture, others: 0) == [120, 120, 120])
    }

    /// Their names would be over the 400 KB of an item.
    @Test func `an order of too many counted rows is left as it is, and does not hold its shard`() async throws {
        let products = (0..<3_000).map { ("\($0)-" + String(repeating: "p", count: 200), 1) }
        let order = orderEvent("M", products: products)
        var letter = StreamedRecord(1, order)
        letter.shardID = "redrive-1-shardId-000000000000-\(letter.sequenceNumber)"
        letter.arrival = "\(Self.first).5"
        let fixture = try AggregatorFixture()
        fixture.faults.cutOff(at: 110, after: true)
        try await fixture.deliver([letter])
        fixture.faults.plan()
        let rows = fixture.rows.count
        #expect(rows > 1_800 && rows < 3_000)
        #expect(try await fixture.deliver([Self.repetition(7, order)]).isEmpty)
        #expect(fixture.rows.count == rows)
    }

    /// Its records have one position in a row, so that nothing tells which of them are in it; the letter stays until all are.
    @Test func `what a redrive of a whole aggregate has begun is the redrive's to end`() async throws {
        let orders = (0..<3).map { orderEvent("M\($0)", products: [("p-1", 1)]) }
        var encoder = KinesisAggregateEncoder()
        for order in orders { encoder.add("key", Array(order.utf8)) }
        var letter = StreamedRecord(1, encoder.bytes)
        letter.shardID = "redrive-1-shardId-000000000000-\(letter.sequenceNumber)"
        letter.arrival = "\(Self.first).5"
        for cut in 1..<6 {
            for again in 0...3 {
                let fixture = try AggregatorFixture()
                fixture.faults.cutOff(at: cut, after: true)
                try await fixture.deliver([letter])
                fixture.faults.plan()
                for (index, order) in orders.enumerated() {
                    if index == again { #expect(try await fixture.deliver([letter]).isEmpty) }
                    #expect(try await fixture.deliver([Self.repetition(7 + index, order)]).isEmpty)
                }
                #expect(try await fixture.deliver([letter]).isEmpty)
                #expect(Self.counts(fixture, others: 0) == [3, 3, 3], "request \(cut), again before \(again)")
            }
        }
    }

    @Test func `a claim names the records that have owned it`() async throws {
        let fixture = try await Self.fixture(others: 1)
        fixture.faults.cutOff(at: 2, after: true)
        try await fixture.deliver([Self.redriven])
        fixture.faults.plan()
        #expect(try await fixture.deliver([Self.repetition(7)]).isEmpty)
        let claim = try #require(fixture.dynamoDB.item(of: "Analytics", "EVENT#M", "EVENT"))
        #expect(claim["formerOwners"] == .ss(["orders:\(Self.redriven.shardID):\(Self.redriven.sequenceNumber)"]))
        let account = try #require(ClaimAccount(claim))
        let number = Self.redriven.sequenceNumber
        #expect(
            account.role(shardID: "shardId-000000000000", sequenceNumber: number, subSequenceNumber: nil)
                == .formerOwner
        )
        #expect(account.role(shardID: "shardId-000000000001", sequenceNumber: number, subSequenceNumber: nil) == .other)
        let repetition = Self.repetition(7)
        #expect(
            account.role(
                shardID: repetition.shardID,
                sequenceNumber: repetition.sequenceNumber,
                subSequenceNumber: nil
            ) == .owner
        )
    }

    @Test(arguments: [0, 2])
    func `an order that was counted in part is completed behind another order under its id in the same batch`(
        otherDays: Int
    ) async throws {
        let fixture = try await Self.fixture(others: 1)
        fixture.faults.cutOff(at: 2, after: true)
        var owner = StreamedRecord(1, Self.order)
        owner.arrival = "\(Self.first).5"
        try await fixture.deliver([owner])
        fixture.faults.plan()
        #expect(Self.counts(fixture, others: 1).reduce(0, +) == 1)
        let other = orderEvent("M", amount: "99.00", products: [("p-1", 9)])
        // The other order need not have come so late.
        let batch = [Self.repetition(7, days: otherDays, other), Self.repetition(8)]
        for _ in 0..<2 { #expect(try await fixture.deliver(batch).isEmpty) }
        #expect(Self.counts(fixture, others: 1) == [1, 1, 1])
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Value"] == "20")
        #expect(try fixture.deadLetters.count == 1)
    }

    @Test func `a record that takes its claim back from a repetition counts no row twice`() async throws {
        for cut in 0..<6 {
            for next in 0..<8 {
                let fixture = try await Self.fixture(others: 1)
                // Its letter was sent once more, days later.
                var again = Self.redriven
                again.arrival = "\(Self.first + 4 * 86_400).5"
                for (record, request) in [(Self.redriven, cut), (Self.repetition(7), next)] {
                    fixture.faults.cutOff(at: request, after: true)
                    try await fixture.deliver([record])
                }
                fixture.faults.plan()
                for _ in 0..<2 { #expect(try await fixture.deliver([again]).isEmpty, "requests \(cut), \(next)") }
                #expect(Self.counts(fixture, others: 1) == [1, 1, 1], "requests \(cut), \(next)")
            }
        }
    }

    @Test func `an order without a date counts on one day, though two letters of its record tell two`() async throws {
        let fixture = try AggregatorFixture()
        for seconds in [0, 86_400] {
            var record = StreamedRecord(1, orderEvent("M", time: nil))
            record.shardID = Self.redriven.shardID
            record.arrival = "\(Self.first + seconds).5"
            #expect(try await fixture.deliver([record]).isEmpty)
        }
        #expect(fixture.rows.keys.sorted() == ["ORDERS#2025-08-27|TOTAL", "REVENUE#2025-08-27|USD"])
        #expect(fixture.row("ORDERS#2025-08-27", "TOTAL")?["TotalOrders"] == "1")
    }

    /// Byte for byte, as DynamoDB compares keys; the tables in memory compare as `String` does.
    @Test func `of products whose ids look the same the one that was counted is told from the other`() throws {
        let ids = ["caf\u{e9}", "cafe\u{301}"]
        let order = orderEvent("M", products: ids.map { ($0, 1) })
        guard case .order(let event) = OrderRecordDecoder().decode(Array(order.utf8), eventID: "e", arrival: nil) else {
            Issue.record("no order")
            return
        }
        let claim = try #require(
            ClaimAccount([
                "PK": .s("EVENT#M"), "SK": .s("EVENT"), "format": .n("2"), "stream": .s("orders"),
                "shardId": .s("shardId-000000000000"), "sequenceNumber": .s("0011"),
                "rowsCountedBefore": .ss(["PRODUCT#2025-08-27 \(ids[0])"]),
            ])
        )
        let left = claim.rows(event.counterRows, of: .owner).map(\.key.sortKey)
        #expect(left.map { Array($0.utf8) } == ["USD", "TOTAL", ids[1]].map { Array($0.utf8) })
        let counted = claim.rows(event.counterRows, of: .formerOwner).map(\.key.sortKey)
        #expect(counted.map { Array($0.utf8) } == [Array(ids[0].utf8)])
    }
}
