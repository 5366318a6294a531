import OrderFunctions
import Orders
import Platform
import TestSupport
import Testing

/// The plan is compared with sums computed digit by digit, for random events and limits.
@Suite struct ChunkPlannerTests {
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `every event is in one chunk in order within the limits`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let limits = ChunkPlanner.Limits(
            actions: Int.random(in: 2...100, using: &generator),
            bytes: Int.random(in: 1_500...40_000, using: &generator)
        )
        let events = try Self.events(&generator)
        let planner = ChunkPlanner(limits: limits)
        let chunks = planner.chunks(of: events, lastRecord: events.count + 2)

        // In order, whole or in parts, each once.
        let planned = chunks.flatMap(\.events)
        #expect(planned == events.flatMap(planner.parts), "seed \(seed)")
        #expect(planned.map(\.record) == planned.map(\.record).sorted(), "seed \(seed)")
        #expect(Set(planned.map(\.marker)).count == planned.count, "seed \(seed)")
        for chunk in chunks {
            #expect(chunk.actionCount <= limits.actions, "seed \(seed)")
            #expect(Set(chunk.rows.map(\.key)).count == chunk.rows.count, "seed \(seed)")
            #expect(Self.size(of: chunk) <= limits.bytes, "seed \(seed)")
            #expect(try Self.sums(chunk.rows) == Self.sums(chunk.events.flatMap(\.rows)), "seed \(seed)")
        }
        #expect(try Self.sums(chunks.flatMap(\.rows)) == Self.sums(events.flatMap(\.rows)), "seed \(seed)")

        // Once a chunk is committed, its last record and all before are; the next one's first is not.
        #expect(chunks.last?.lastRecord == events.count + 2)
        for (chunk, next) in zip(chunks, chunks.dropFirst()) {
            #expect(chunk.lastRecord == next.firstRecord - 1, "seed \(seed)")
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `a chunk is filled before the next is begun`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let limits = ChunkPlanner.Limits(actions: 20, bytes: 1_000_000)
        let planner = ChunkPlanner(limits: limits)
        let events = try Self.events(&generator).flatMap(planner.parts)
        let chunks = planner.chunks(of: events, lastRecord: events.count)
        for (chunk, next) in zip(chunks, chunks.dropFirst()) {
            let grown = chunk.events + [next.events[0]]
            let rows = Set(grown.flatMap { $0.rows.map(\.key) }).count
            #expect(grown.count { $0.isMarked } + rows > limits.actions, "seed \(seed)")
        }
    }

    @Test func `sums of more than 38 digits are never made`() throws {
        let greatest = try #require(Money(String(repeating: "9", count: 29), integerDigits: Money.sumIntegerDigits))
        let events = try (0..<3).map { try Self.event($0, rows: [Self.revenue(greatest)]) }
        let chunks = ChunkPlanner(limits: .dynamoDB).chunks(of: events, lastRecord: 2)
        #expect(chunks.map(\.events.count) == [1, 1, 1])
        #expect(chunks.map(\.lastRecord) == [0, 1, 2])
    }

    @Test func `many smallest amounts add up exactly in one chunk`() throws {
        let smallest = try #require(Money("999999999999999999.999999999"))
        let events = try (0..<90).map { try Self.event($0, rows: [Self.revenue(smallest)]) }
        let chunks = ChunkPlanner(limits: .dynamoDB).chunks(of: events, lastRecord: 89)
        #expect(chunks.count == 1)
        #expect(chunks[0].rows[0].delta.attributes[0].number == "89999999999999999999.99999991")
    }

    @Test func `an event is cut only where it does not fit`() throws {
        let rows = try (0..<99).map { try Self.product("P\($0)", units: 1) }
        let planner = ChunkPlanner(limits: .dynamoDB)
        #expect(planner.parts(of: try Self.event(0, rows: rows)).map(\.marker.scope) == [.whole])
        let larger = try Self.event(0, rows: rows + [Self.product("P99", units: 1)])
        #expect(planner.parts(of: larger).map(\.marker.scope) == [.part(1), .part(2)])
        #expect(planner.parts(of: larger).map(\.rows.count) == [99, 1])
        // Without a marker of its own an event has room for one more row; its parts have markers all the same.
        let unmarked = try Self.event(0, rows: larger.rows, isMarked: false)
        #expect(planner.parts(of: unmarked) == [unmarked])
    }

    // MARK: random events

    private static let day = Timestamp(UTCInstant(secondsSince1970: 1_756_318_080)).day

    private static func events(_ generator: inout SeededGenerator) throws -> [CountableEvent] {
        let isMarked = Bool.random(using: &generator)
        return try (0..<Int.random(in: 1...120, using: &generator)).map { index in
            let products = [0, 1, 2, 3, 3, 4].randomElement(using: &generator) ?? 0
            let isLarge = Int.random(in: 0..<25, using: &generator) == 0
            var rows = [Self.revenue(try Self.money(&generator))]
            rows.append(CounterRow(.orders(Self.day), .orders(total: 1, successful: 1)))
            var ids: Set<Int> = []
            while ids.count < (isLarge ? 130 : products) { ids.insert(Int.random(in: 0..<200, using: &generator)) }
            for id in ids.sorted() {
                rows.append(try Self.product("P\(id)", units: UInt128.random(in: 1...99, using: &generator)))
            }
            if Int.random(in: 0..<10, using: &generator) == 0 { rows = [] }
            return try Self.event(index, rows: rows, isMarked: isMarked)
        }
    }

    private static func event(_ record: Int, rows: [CounterRow], isMarked: Bool = true) throws -> CountableEvent {
        let id = try #require(Identifier("M\(record)"))
        return CountableEvent(record: record, marker: EventMarker(id: id), isMarked: isMarked, rows: rows)
    }

    private static func money(_ generator: inout SeededGenerator) throws -> Money {
        let whole = String(UInt64.random(in: 0..<1_000_000_000_000_000_000, using: &generator))
        let fraction = String(UInt64.random(in: 1_000_000_000..<2_000_000_000, using: &generator)).dropFirst()
        return try #require(Money(whole + "." + fraction))
    }

    private static func revenue(_ value: Money) -> CounterRow {
        CounterRow(.revenue(Self.day, .usd), .revenue(value: value, count: 1))
    }

    private static func product(_ id: String, units: UInt128) throws -> CounterRow {
        let id = try #require(Identifier(id))
        let revenue = try #require(Money("0.01"))
        return CounterRow(
            .product(Self.day, id, .usd),
            .product(orderCount: 1, units: units, revenue: revenue)
        )
    }

    /// By row and counter, exactly.
    private static func sums(_ rows: [CounterRow]) throws -> [String: String] {
        var sums: [String: String] = [:]
        for row in rows {
            for attribute in row.delta.attributes {
                let name = [row.key.partitionKey, row.key.sortKey, attribute.name].joined(separator: "|")
                sums[name] = try FakeDecimal.sum(sums[name] ?? "0", attribute.number)
            }
        }
        return sums
    }

    private static func size(of chunk: TransactionChunk) -> Int {
        let markers = chunk.events.filter(\.isMarked).map { AnalyticsTable.itemSize(of: $0.marker) }
        return (markers + chunk.rows.map { AnalyticsTable.itemSize(of: $0.key) }).reduce(0, +)
    }

    @Test func `items are never taken for smaller than they are`() throws {
        let id = try #require(Identifier(String(repeating: "é", count: 256)))
        let marker = EventMarker(id: id, scope: .part(1_000))
        let texts = ["PK", marker.partitionKey, "SK", marker.sortKey, "expiresAt"]
        #expect(AnalyticsTable.itemSize(of: marker) >= texts.reduce(21) { $0 + $1.utf8.count })
        let key = CounterKey.product(Self.day, id, try #require(Currency("EUR")))
        let names = ["PK", key.partitionKey, "SK", key.sortKey(lane: 63), "OrderCount", "Units", "Revenue"]
        #expect(AnalyticsTable.itemSize(of: key) >= names.reduce(3 * 21) { $0 + $1.utf8.count })
    }
}
