import ArchiveAccounts
import Orders
import OrdersCommand
import Testing

/// What an audit says of a row that differs.
///
/// Today is 2025-11-28. Clocks may go ahead a day, and claims live 15.
@Suite struct CounterDifferenceTextTests {
    /// A row of that day that only the archive has.
    private static func difference(_ day: UInt32) throws -> CounterDifference {
        let key = CounterKey.orders(Day(number: day))
        let sums: [CounterKey: CounterDelta] = [key: .orders(total: 2, successful: 1)]
        return try #require(CounterDifference.findings(least: sums, most: sums, counted: [:]).differences.first)
    }

    /// An order without a date may have come first while the archive still had that, and its repetition counts nowhere.
    @Test(
        arguments: [
            (2025_11_14, 30, ", perhaps right: the archive may no longer have all that came before it"),
            (2025_11_15, 30, ""), (2025_11_14, 0, ""),
        ] as [(UInt32, Int, String)]
    )
    func `a row may be right where an order of it may have come before what the archive has`(
        day: UInt32,
        expirationDays: Int,
        note: String
    ) throws {
        var difference = try Self.difference(day)
        difference.noteDoubts(ArchiveExtent.ofNothing(expirationDays: expirationDays), undecided: [], [:])
        let name = difference.key.partitionKey
        #expect(
            difference.lines == ["\(name) TOTAL is not in the table: TotalOrders 2, SuccessfulOrders 1\(note)"]
        )
    }

    @Test func `a row may be right where its orders repeat one another`() throws {
        var difference = try Self.difference(2025_11_14)
        difference.noteDoubts(ArchiveExtent.ofNothing(expirationDays: 30), undecided: [difference.key], [:])
        let line = try #require(difference.lines.first)
        #expect(line.hasSuffix(", perhaps right: it has repetitions of what the archive may no longer have"))
    }

    /// 2025-11-14T10:00:00Z.
    private static let arrival: Int64 = 1_763_114_400_000

    @Test func `a row may be right that has an event once which counts a second time in the archive's sum`() throws {
        let key = CounterKey.orders(Day(number: 2025_11_01))
        let sums: [CounterKey: CounterDelta] = [key: .orders(total: 2, successful: 1)]
        let counts = SecondCounts(.orders(total: 1, successful: 0), arrival: Self.arrival)
        func lines(_ total: UInt64, _ again: [CounterKey: SecondCounts], expirationDays: Int = 0) throws -> [String] {
            let counted: [CounterKey: CounterDelta] = [key: .orders(total: total, successful: 1)]
            let found = CounterDifference.findings(least: sums, most: sums, counted: counted)
            var difference = try #require(found.differences.first)
            difference.noteDoubts(ArchiveExtent.ofNothing(expirationDays: expirationDays), undecided: [], again)
            return difference.lines
        }
        let line = "ORDERS#2025-11-01 TOTAL TotalOrders: archive 2, table 1"
        let note = ", perhaps right: what came again may not have counted until 2025-11-14"
        #expect(try lines(1, [key: counts]) == [line + note])
        #expect(try lines(1, [:]) == [line])
        // Of another row, or of one that has more.
        #expect(try lines(1, [.orders(Day(number: 2025_11_02)): counts]) == [line])
        #expect(try lines(3, [key: counts]) == ["ORDERS#2025-11-01 TOTAL TotalOrders: archive 2, table 3"])
        // What the archive may lack goes before it.
        let lacks = ", perhaps right: the archive may no longer have all that came before it"
        #expect(try lines(1, [key: counts], expirationDays: 30) == [line + lacks])
    }
}
