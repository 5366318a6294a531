import AWSClient
import ArchiveAccounts
import Foundation
import OrderFunctions
import Orders
import Testing

struct RebuiltCountersTests {
    private static let day = Day(number: 20_250_827)

    /// An event that arrived so many seconds after 1970; the least and the greatest number stand for themselves.
    ///
    /// By default each arrival is that of another record.
    private static func event(
        _ id: String,
        at seconds: Int64,
        content: UInt64 = 1,
        record: UInt64? = nil,
        line: UInt32 = 1,
        on day: Day = day
    ) throws -> CountedEvent {
        CountedEvent(
            key: EventKey(EventMarker(id: try #require(Identifier(id)))),
            arrival: seconds == .min || seconds == .max ? seconds : 1_000 * seconds,
            content: content,
            record: record ?? UInt64(bitPattern: seconds),
            place: LinePlace(object: 0, line: line),
            rows: [CounterRow(.orders(day), .orders(total: 1, successful: 1))]
        )
    }

    private static func counters(_ events: [CountedEvent], lifetime: Int64 = 100) -> RebuiltCounters {
        var bytes = EventBytes()
        for event in events { bytes.append(event) }
        var counters = RebuiltCounters()
        counters.add(bytes, lifetime: lifetime)
        return counters
    }

    @Test func `the first that arrived counts, wherever it stands`() throws {
        let counters = try Self.counters([
            Self.event("a", at: 50, content: 2, line: 1), try Self.event("a", at: 10, content: 1, line: 2),
        ])
        #expect(counters.summary.counted == 1)
        #expect(counters.summary.conflicts == [LinePlace(object: 0, line: 1)])
        #expect(counters.rows == [.orders(Self.day): .orders(total: 1, successful: 1)])
    }

    /// The table has one row for `TSHIRT#RED` in USD and `TSHIRT` in a currency `RED`.
    @Test func `a product whose id ends like a currency has the row that a reader of the table finds`() throws {
        let id = try #require(Identifier("TSHIRT#RED"))
        let sales = CounterDelta.product(orderCount: 1, units: 2, revenue: try #require(Money("9.5")))
        let rows: [CounterKey] = [
            .product(Self.day, id, .usd),
            .product(Self.day, try #require(Identifier("TSHIRT")), try #require(Currency("RED"))),
        ]
        let events = try zip(["a", "b"], rows).map { name, row in
            CountedEvent(
                key: EventKey(EventMarker(id: try #require(Identifier(name)))),
                arrival: 0,
                content: 1,
                record: 1,
                place: LinePlace(object: 0, line: 1),
                rows: [CounterRow(row, sales)]
            )
        }
        #expect(rows[0].sortKey == rows[1].sortKey)
        #expect(Self.counters([events[0]]).rows == [rows[1]: sales])
        #expect(Self.counters(events).rows == [rows[1]: try sales.adding(sales)])
        let item: AttributeMap = [
            "PK": .s(rows[0].partitionKey), "SK": .s(rows[0].sortKey), "OrderCount": .n("2"), "Units": .n("4"),
            "Revenue": .n("19"),
        ]
        #expect(DayFigures([item]).rows(of: Self.day) == Self.counters(events).rows)
    }

    @Test(arguments: [(99, 1), (100, 2)] as [(Int64, Int)])
    func `what comes after the lifetime counts again`(later: Int64, counted: Int) throws {
        let counters = Self.counters([try Self.event("a", at: 0), try Self.event("a", at: later)])
        #expect(counters.summary.counted == counted)
        #expect(counters.summary.repetitions == 2 - counted)
    }

    /// As the aggregator has it, whose claims hold whole seconds: a lifetime is 100 of them here.
    @Test(
        arguments: [
            (1_900, 101_000, 2), (1_900, 100_999, 1), (1_000, 101_999, 2), (1_000, 100_999, 1), (1_999, 101_200, 2),
            // Rounded down, also before 1970.
            (-100, 99_000, 2), (-100, 98_999, 1), (-1_000, 98_999, 1), (-1_001, 98_000, 2), (-200_900, -101_000, 2),
            (-200_900, -101_001, 1),
        ] as [(Int64, Int64, Int)]
    )
    func `a claim ends by whole seconds, whatever part of a second its arrival has`(
        first: Int64,
        later: Int64,
        counted: Int
    ) throws {
        let events = try [first, later].map { arrival in
            CountedEvent(
                key: EventKey(EventMarker(id: try #require(Identifier("a")))),
                arrival: arrival,
                content: 1,
                record: UInt64(bitPattern: arrival),
                place: LinePlace(object: 0, line: 1),
                rows: [CounterRow(.orders(Self.day), .orders(total: 1, successful: 1))]
            )
        }
        #expect(Self.counters(events).summary.counted == counted)
    }

    @Test func `what counts a second time is told by its rows, with when it arrived`() throws {
        let next = Day(number: 20_250_828)
        let events = try [
            // Of one event the second and the third count again, the fourth repeats the third.
            Self.event("a", at: 0), Self.event("a", at: 100), Self.event("a", at: 250, on: next),
            Self.event("a", at: 300, on: next), Self.event("b", at: 90), Self.event("b", at: 190),
            // These count once.
            Self.event("c", at: 400), Self.event("d", at: 0), Self.event("d", at: 99),
        ]
        let counters = Self.counters(events)
        #expect(counters.summary.counted == 7)
        #expect(counters.summary.countedAgain == 3)
        let again = try #require(counters.secondCounts[.orders(Self.day)])
        #expect(again.delta == .orders(total: 2, successful: 2))
        #expect(again.firstArrival == 100_000 && again.lastArrival == 190_000)
        let later = try #require(counters.secondCounts[.orders(next)])
        #expect(later == SecondCounts(.orders(total: 1, successful: 1), arrival: 250_000))
        #expect(counters.secondCounts.count == 2)
    }

    @Test func `where nothing remembers events each record but the first counts a second time`() throws {
        let events = try [
            Self.event("a", at: 5), Self.event("a", at: 5, record: 9), Self.event("a", at: 6, content: 2),
            Self.event("b", at: 5),
        ]
        let counters = Self.counters(events, lifetime: 0)
        #expect(counters.summary.counted == 4)
        #expect(counters.summary.countedAgain == 2)
        #expect(counters.secondCounts[.orders(Self.day)]?.delta == .orders(total: 2, successful: 2))
        #expect(Self.counters(events).secondCounts.isEmpty)
    }

    @Test func `what counts a second time in parts is added up`() throws {
        var sums = RebuiltCounters()
        for id in ["a", "b"] {
            let start: Int64 = id == "a" ? 500 : 0
            sums.add(Self.counters(try [start, start + 100].map { try Self.event(id, at: $0) }))
        }
        #expect(sums.summary.countedAgain == 2)
        let again = try #require(sums.secondCounts[.orders(Self.day)])
        #expect(again.delta == .orders(total: 2, successful: 2))
        #expect(again.firstArrival == 100_000 && again.lastArrival == 600_000)
    }

    @Test func `the lifetime begins with what counted, not with its repetitions`() throws {
        let counters = try Self.counters([0, 90, 120].map { try Self.event("a", at: $0) })
        #expect(counters.summary.counted == 2)
    }

    /// Each arrival counts on a day of its own, as an order without a date does.
    private static func undecided(_ arrivals: [Int64], knownFrom start: Int64?, lifetime: Int64 = 100) throws -> [Int] {
        var bytes = EventBytes()
        for (place, arrival) in arrivals.enumerated() {
            bytes.append(try Self.event("a", at: arrival, on: Day(number: 2025_08_01 + UInt32(place))))
        }
        var counters = RebuiltCounters()
        counters.add(bytes, lifetime: lifetime, knownFrom: start.map { 1_000 * $0 })
        var sums = RebuiltCounters()
        sums.add(counters)
        return sums.undecided.map { Int($0.day.number) - 2025_08_01 }.sorted()
    }

    @Test(
        arguments: [
            // The first may repeat one from before, so that the second may be the first that counts again.
            ([950, 1_010], [0, 1]), ([1_099, 1_150, 1_249], [0, 1, 2]),
            // By then whatever counted before is over.
            ([1_100, 1_150], []),
            // Behind a pause as long as the lifetime an event counts, whatever was before.
            ([1_099, 1_198, 1_298, 1_350], [0, 1]),
            // One that does not come again is left out by its day.
            ([1_050], []),
        ] as [([Int64], [Int])]
    )
    func `repetitions in a row that may have begun before all is known are undecided`(
        arrivals: [Int64],
        expected: [Int]
    ) throws {
        #expect(try Self.undecided(arrivals, knownFrom: 1_000) == expected)
        #expect(try Self.undecided(arrivals, knownFrom: nil).isEmpty)
    }

    @Test func `where nothing remembers events none is undecided that arrived since all is known`() throws {
        #expect(try Self.undecided([1_000, 1_001], knownFrom: 1_000, lifetime: 0).isEmpty)
    }

    @Test(arguments: [0, 100] as [Int64])
    func `a record that stands in two objects counts by its first line, whatever remembers events`(
        lifetime: Int64
    ) throws {
        let lines = [(7, 1), (7, 2), (8, 3), (7, 4)] as [(UInt64, UInt32)]
        let counters = Self.counters(
            try lines.map { try Self.event("a", at: 50, record: $0.0, line: $0.1) },
            lifetime: lifetime
        )
        // Another record of the same event at the same instant is a repetition, where anything remembers the first.
        #expect(counters.summary.counted == (lifetime == 0 ? 2 : 1))
        #expect(counters.summary.repetitions == (lifetime == 0 ? 0 : 1))
        #expect(counters.summary.conflicts.isEmpty)
        #expect(counters.summary.copies == ([2, 4] as [UInt32]).map { LinePlace(object: 0, line: $0) })
        var sums = RebuiltCounters()
        sums.add(counters)
        #expect(sums == counters)
    }

    @Test func `a line that says something else of the same record is no copy of it`() throws {
        let events = try [1, 2].map { try Self.event("a", at: 50, content: $0, record: 7) }
        #expect(Self.counters(events).summary.conflicts.count == 1)
        #expect(Self.counters(events).summary.copies.isEmpty)
    }

    @Test func `a line that gives the same record another arrival is no copy of it`() throws {
        let events = try [50, 51, 51].map { try Self.event("a", at: $0, record: 7) }
        let counters = Self.counters(events, lifetime: 0)
        // Of the two of one arrival the second is a copy.
        #expect(counters.summary.counted == 2 && counters.summary.copies.count == 1)
    }

    @Test func `a record that stands in two objects does not come again`() throws {
        var bytes = EventBytes()
        for line in [1, 2] as [UInt32] { bytes.append(try Self.event("a", at: 1_050, line: line)) }
        var counters = RebuiltCounters()
        counters.add(bytes, lifetime: 100, knownFrom: 1_000_000)
        #expect(counters.undecided.isEmpty)
        #expect(counters.summary.counted == 1)
    }

    @Test func `an event without an arrival counts once for ever`() throws {
        #expect(Self.counters([try Self.event("a", at: .min), try Self.event("a", at: .max)]).summary.counted == 1)
    }

    @Test func `an invalid order's total and the corrected order are two events of one id`() throws {
        let id = try #require(Identifier("00000000-0000-4000-8000-000000000001"))
        let keys = [EventMarker(id: id), EventMarker(id: id, scope: .invalid)].map { EventKey($0) }
        #expect(keys[0] != keys[1])
    }

    @Test func `ids that are no UUIDs have keys of their own`() throws {
        let ids = [
            "a", "A", "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000A", "\u{e9}",
            "e\u{301}",
        ]
        #expect(Set(try ids.map { EventKey(EventMarker(id: try #require(Identifier($0)))) }).count == ids.count)
    }

    @Test func `rows of every kind are read back as they were written`() throws {
        let eur = try #require(Currency("EUR"))
        let rows = [
            CounterRow(
                .revenue(Self.day, eur),
                .revenue(value: try #require(Money("999999999999999999.999999999")), count: 1)
            ),
            CounterRow(.orders(Self.day), .orders(total: .max, successful: 0)),
            CounterRow(
                .product(Self.day, try #require(Identifier(String(repeating: "é", count: 256))), eur),
                .product(orderCount: 1, units: UInt128(Int64.max) * 3, revenue: .zero)
            ),
        ]
        var bytes = EventBytes()
        let key = EventKey(EventMarker(id: try #require(Identifier("a"))))
        let place = LinePlace(object: 3, line: 4)
        bytes.append(CountedEvent(key: key, arrival: 1, content: 2, record: 5, place: place, rows: rows))
        var counters = RebuiltCounters()
        counters.add(bytes, lifetime: 1)
        #expect(counters.rows == Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0.delta) }))
    }

    @Test(
        arguments: [
            (0, 1), (1, 1), (255, UInt64(UInt32.max)), (256, UInt64(UInt32.max) + 1), (.max, .max),
        ] as [(UInt64, UInt64)]
    )
    func `sums are exact at the limits of what is written narrow`(count: UInt64, number: UInt64) throws {
        let (eur, id) = (try #require(Currency("EUR")), try #require(Identifier("P")))
        for money in [UInt128(number), UInt128(UInt64.max), UInt128(UInt64.max) + 1] {
            let rows = [
                CounterRow(.revenue(Self.day, eur), .revenue(value: Money(billionths: money), count: count)),
                CounterRow(.orders(Self.day), .orders(total: count, successful: min(count, 1))),
                CounterRow(
                    .product(Self.day, id, eur),
                    .product(orderCount: count, units: UInt128(number), revenue: Money(billionths: money))
                ),
            ]
            var bytes = EventBytes()
            let key = EventKey(EventMarker(id: try #require(Identifier("a"))))
            let place = LinePlace(object: 3, line: 4)
            bytes.append(CountedEvent(key: key, arrival: 1, content: 2, record: 5, place: place, rows: rows))
            var counters = RebuiltCounters()
            counters.add(bytes, lifetime: 1)
            #expect(counters.rows == Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0.delta) }))
        }
    }

    @Test func `each id has a key of its own, a UUID in whatever digit it differs`() throws {
        let uuid = "24f197ee-5523-4c88-a43c-f220235ab61c"
        var ids = [uuid, uuid.uppercased(), "{\(uuid)}", uuid.replacing("-", with: ""), "a", "b"]
        for place in uuid.indices {
            for digit in "0123456789abcdefgG-/:`@" where digit != uuid[place] {
                ids.append(uuid.replacingCharacters(in: place...place, with: String(digit)))
            }
        }
        let keys = try ids.map { EventKey(EventMarker(id: try #require(Identifier($0)))) }
        #expect(Set(keys).count == Set(ids).count)
        // An order and the invalid record of its id are two events.
        let invalid = EventKey(EventMarker(id: try #require(Identifier(uuid)), scope: .invalid))
        #expect(invalid != keys[0])
    }

    @Test func `all events of a key are in one part`() throws {
        var bytes = EventBytes()
        for number in 0..<200 { bytes.append(try Self.event("id-\(number % 50)", at: Int64(number))) }
        var parts: [Int: EventBytes] = [:]
        bytes.forEach(ofParts: 8) { part, slice in
            parts[part] = EventBytes((parts[part]?.bytes ?? []) + slice)
        }
        var counters = RebuiltCounters()
        for part in parts.values {
            var one = RebuiltCounters()
            one.add(part, lifetime: 1_000)
            counters.add(one)
        }
        #expect(parts.count > 1)
        #expect(counters.summary.counted == 50)
        #expect(counters.summary.repetitions == 150)
    }
}
