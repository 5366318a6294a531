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
        difference.noteDoubts(ArchiveExtent.ofNothing(expirationDays: expirationDays), undecided: [])
        let name = difference.key.partitionKey
        #expect(
            difference.lines == ["\(name) TOTAL is not in the table: TotalOrders 2, SuccessfulOrders 1\(note)"]
        )
    }

    @Test func `a row may be right where its orders repeat one another`() throws {
        var difference = try Self.difference(2025_11_14)
        difference.noteDoubts(ArchiveExtent.ofNothing(expirationDays: 30), undecided: [difference.key])
        let line = try #require(difference.lines.first)
        #expect(line.hasSuffix(", perhaps right: it has repetitions of what the archive may no longer have"))
    }
}
