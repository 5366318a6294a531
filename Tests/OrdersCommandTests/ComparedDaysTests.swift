import ArchiveAccounts
import Orders
import OrdersCommand
import Testing

/// Which days an audit compares, and what it says of those that it does not.
@Suite struct ComparedDaysTests {
    /// The first of these is whole by an archive that keeps 30 days, on 2025-11-28.
    private static let whole: Set<Day> = [Day(number: 2025_10_31), Day(number: 2025_11_27)]
    private static let early: Set<Day> = [Day(number: 2024_05_06), Day(number: 2025_10_30)]

    private static let leftOut =
        "days before 2025-10-31 are left out: the archive no longer has all that came for them"

    private static func extent(expirationDays: Int) -> ArchiveExtent {
        ArchiveExtent(
            ArchiveChain(),
            checkpoints: [:],
            ArchiveExtent.Reading(from: nil, today: Day(number: 2025_11_28), expirationDays: expirationDays),
            reach: AuditReach(maximumHoursAhead: 24, lifetime: 15 * 86_400)
        )
    }

    @Test func `days of which some orders may have expired are left out, which is said`() {
        let days = ComparedDays(wholeOf: Self.whole.union(Self.early), in: Self.extent(expirationDays: 30))
        #expect(days.days == Self.whole)
        #expect(!days.areAllLeftOut)
        #expect(days.lines == [Self.leftOut])
    }

    @Test func `where all days are compared, nothing is said`() {
        let cases: [(Set<Day>, Int)] = [(Self.whole, 30), (Self.whole.union(Self.early), 0), ([], 30), ([], 0)]
        for (days, expirationDays) in cases {
            let compared = ComparedDays(wholeOf: days, in: Self.extent(expirationDays: expirationDays))
            #expect(compared.days == days)
            #expect(!compared.areAllLeftOut)
            #expect(compared.lines.isEmpty)
        }
    }

    @Test func `where no day is compared, nothing is proven`() {
        let days = ComparedDays(wholeOf: Self.early, in: Self.extent(expirationDays: 30))
        #expect(days.days.isEmpty)
        #expect(days.areAllLeftOut)
        #expect(days.lines == [Self.leftOut, "No day is compared: name days by --day or --from."])
    }

    @Test func `days that were asked for are compared, whole or not`() throws {
        let span = try #require(DaySpan(from: Day(number: 2025_10_30), to: Day(number: 2025_10_31)))
        let days = ComparedDays(span)
        #expect(days.days == [Day(number: 2025_10_30), Day(number: 2025_10_31)])
        #expect(!days.areAllLeftOut && days.lines.isEmpty)
    }
}
