import ArchiveAccounts
import Orders
import Testing

struct CounterDifferenceTests {
    private static let day = Day(number: 20_250_827)
    private static let key = CounterKey.orders(day)

    private static func rows(_ total: UInt64?, _ successful: UInt64 = 0) -> [CounterKey: CounterDelta] {
        total.map { [self.key: .orders(total: $0, successful: min($0, successful))] } ?? [:]
    }

    private static func findings(_ least: UInt64?, _ most: UInt64?, _ counted: UInt64?) -> CounterDifference.Findings {
        CounterDifference.findings(
            least: self.rows(least, .max),
            most: self.rows(most, .max),
            counted: self.rows(counted, .max)
        )
    }

    @Test(
        arguments: [
            (5, 5, 5), (nil, nil, nil), (nil, nil, 0), (5, 7, 5), (5, 7, 6), (5, 7, 7), (nil, 2, nil), (nil, 2, 1),
            (nil, 2, 0),
        ] as [(UInt64?, UInt64?, UInt64?)]
    )
    func `a row agrees that lies between what was counted before and after it was read`(
        least: UInt64?,
        most: UInt64?,
        counted: UInt64?
    ) {
        let findings = Self.findings(least, most, counted)
        #expect(findings.differences.isEmpty)
        #expect(findings.rowsInMotion == (least == most ? 0 : 1))
    }

    @Test(
        arguments: [
            (5, 5, 4), (5, 5, 6), (5, 5, nil), (5, 5, 0), (nil, nil, 1), (5, 7, 4), (5, 7, 8), (5, 7, nil), (nil, 2, 3),
        ] as [(UInt64?, UInt64?, UInt64?)]
    )
    func `any other row differs, and may be in motion`(least: UInt64?, most: UInt64?, counted: UInt64?) throws {
        let found = Self.findings(least, most, counted)
        let difference = try #require(found.differences.first)
        #expect(found.differences.count == 1)
        #expect(found.rowsInMotion == 0)
        #expect(difference.archived == Self.rows(least, .max)[Self.key])
        // Zeros are as good as no row.
        #expect(difference.counted == Self.rows(counted == 0 ? nil : counted, .max)[Self.key])
        #expect(difference.isInMotion == (least != most))
    }

    @Test(arguments: [(5, 6, true), (5, 4, false), (5, nil, false), (nil, 1, true)] as [(UInt64?, UInt64?, Bool)])
    func `a row that has more of anything would be lowered`(archived: UInt64?, counted: UInt64?, hasMore: Bool) {
        #expect(Self.findings(archived, archived, counted).differences.map(\.hasMore) == [hasMore])
        // One counter is enough.
        let mixed = CounterDifference.findings(
            least: Self.rows(5, 1),
            most: Self.rows(5, 1),
            counted: Self.rows(4, 2)
        )
        #expect(mixed.differences.map(\.hasMore) == [true])
    }

    @Test(arguments: [(5, 6, false), (5, 4, true), (5, nil, true), (nil, 1, false)] as [(UInt64?, UInt64?, Bool)])
    func `a row that has less of anything would be raised`(archived: UInt64?, counted: UInt64?, hasLess: Bool) {
        #expect(Self.findings(archived, archived, counted).differences.map(\.hasLess) == [hasLess])
        let mixed = CounterDifference.findings(least: Self.rows(5, 1), most: Self.rows(5, 1), counted: Self.rows(4, 2))
        #expect(mixed.differences.map(\.hasLess) == [true])
    }

    /// Two events of the archive's five count a second time: they came 10 and 20 s after 1970, and one is successful.
    @Test(
        arguments: [
            // Both of them are missing, or one.
            ([5, 3], [3, 2], 20_000), ([5, 3], [4, 2], 10_000), ([5, 3], [4, 3], 10_000),
            // No event is missing, or more than came again.
            ([5, 3], [5, 2], nil), ([5, 3], [2, 2], nil),
            // As many are missing as came again, or fewer, and it is not those.
            ([5, 3], [3, 1], nil), ([5, 3], [3, 3], nil), ([5, 3], [4, 1], nil),
            // The table has more of something.
            ([5, 3], [4, 4], nil), ([5, 3], [6, 3], nil),
            // There is no row, where all that counts came before, and where not.
            ([2, 1], nil, 20_000), ([5, 3], nil, nil),
        ] as [([UInt64], [UInt64]?, Int64?)]
    )
    func `a row may be right that lacks what counts a second time`(
        archived: [UInt64],
        counted: [UInt64]?,
        expected: Int64?
    ) throws {
        func rows(_ sums: [UInt64]?) -> [CounterKey: CounterDelta] {
            sums.map { [Self.key: .orders(total: $0[0], successful: $0[1])] } ?? [:]
        }
        let found = CounterDifference.findings(least: rows(archived), most: rows(archived), counted: rows(counted))
        var difference = try #require(found.differences.first)
        #expect(difference.countedOnceUntil == nil)
        difference.secondCounts = SecondCounts(.orders(total: 1, successful: 0), arrival: 20_000)
            .adding(SecondCounts(.orders(total: 1, successful: 1), arrival: 10_000))
        #expect(difference.countedOnceUntil == expected)
    }

    /// A table may hold numbers that no sum has room for.
    @Test func `a row with the greatest numbers is only one that has more`() throws {
        let counted: [CounterKey: CounterDelta] = [Self.key: .orders(total: 1, successful: .max)]
        let sums = Self.rows(5, 3)
        let found = CounterDifference.findings(least: sums, most: sums, counted: counted)
        var difference = try #require(found.differences.first)
        difference.secondCounts = SecondCounts(.orders(total: 1, successful: 1), arrival: 0)
        #expect(difference.hasMore && difference.hasLess)
        #expect(difference.countedOnceUntil == nil)
    }

    @Test(
        arguments: [(nil, nil, nil, 0), (5, 5, 5, 1), (5, 6, nil, 1), (nil, 5, nil, 1), (nil, nil, 5, 1)]
            as [(UInt64?, UInt64?, UInt64?, Int)]
    )
    func `a row counts as compared once, whichever side has it`(
        least: UInt64?,
        most: UInt64?,
        counted: UInt64?,
        rows: Int
    ) {
        #expect(Self.findings(least, most, counted).rows == rows)
    }

    @Test func `each counter of a row has to lie between`() throws {
        let eur = try #require(Currency("EUR"))
        func money(_ text: String) throws -> Money { try #require(Money(text)) }
        let product = CounterKey.product(Self.day, try #require(Identifier("P")), eur)
        func differs(_ counted: [CounterKey: CounterDelta]) throws -> Bool {
            let findings = CounterDifference.findings(
                least: [
                    .revenue(Self.day, eur): .revenue(value: try money("10"), count: 1),
                    product: .product(orderCount: 1, units: 1, revenue: try money("10")),
                ],
                most: [
                    .revenue(Self.day, eur): .revenue(value: try money("30"), count: 2),
                    product: .product(orderCount: 2, units: 5, revenue: try money("30")),
                ],
                counted: counted
            )
            return !findings.differences.isEmpty
        }
        let revenue = CounterKey.revenue(Self.day, eur)
        let right = CounterDelta.revenue(value: try money("30"), count: 2)
        for (units, amount, isWrong) in [(5, "30", false), (3, "11.5", false), (6, "30", true), (5, "30.01", true)] {
            let counted = CounterDelta.product(orderCount: 2, units: UInt128(units), revenue: try money(amount))
            #expect(try differs([revenue: right, product: counted]) == isWrong)
        }
        let half = CounterDelta.product(orderCount: 1, units: 1, revenue: try money("10"))
        for (amount, count, isWrong) in [("30.01", 2, true), ("30", 3, true), ("9.99", 1, true), ("20", 2, false)] {
            let counted = CounterDelta.revenue(value: try money(amount), count: UInt64(count))
            #expect(try differs([revenue: counted, product: half]) == isWrong)
        }
    }
}
