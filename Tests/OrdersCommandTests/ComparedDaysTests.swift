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
        "days before 2025-10-31 are left out: the archive may no longer have all that came for them"

    @Test func `days of which some orders may have expired are left out, which is said`() {
        let days = ComparedDays(wholeOf: Self.whole.union(Self.early), in: ArchiveExtent.ofNothing(expirationDays: 30))
        #expect(days.days == Self.whole)
        #expect(!days.areAllLeftOut)
        #expect(days.lines == [Self.leftOut])
    }

    @Test func `where all days are compared, nothing is said`() {
        let cases: [(Set<Day>, Int)] = [(Self.whole, 30), (Self.whole.union(Self.early), 0), ([], 30), ([], 0)]
        for (days, expirationDays) in cases {
            let compared = ComparedDays(wholeOf: days, in: ArchiveExtent.ofNothing(expirationDays: expirationDays))
            #expect(compared.days == days)
            #expect(!compared.areAllLeftOut)
            #expect(compared.lines.isEmpty)
        }
    }

    @Test func `where no day is compared, nothing is proven`() {
        let days = ComparedDays(wholeOf: Self.early, in: ArchiveExtent.ofNothing(expirationDays: 30))
        #expect(days.days.isEmpty)
        #expect(days.areAllLeftOut)
        #expect(days.lines == [Self.leftOut, "No day is compared: name days by --from 2025-10-31."])
    }

    /// Objects of today may expire tomorrow, and orders of tomorrow may have come today.
    @Test func `no day is named from which to audit while none is whole`() {
        let days = ComparedDays(wholeOf: Self.whole, in: ArchiveExtent.ofNothing(expirationDays: 1))
        #expect(days.areAllLeftOut)
        #expect(
            days.lines == [
                "days before 2025-11-29 are left out: the archive may no longer have all that came for them",
                "No day is compared: none is whole yet.",
            ]
        )
    }

    @Test(
        arguments: [
            (
                2025_10_30, 30,
                ["days before 2025-10-31 are not whole: the archive may no longer have all that came for them"]
            ),
            (2025_10_31, 30, []), (2025_10_30, 0, []),
        ] as [(UInt32, Int, [String])]
    )
    func `days that were asked for are compared, and are said not to be whole where they are not`(
        first: UInt32,
        expirationDays: Int,
        lines: [String]
    ) throws {
        let span = try #require(DaySpan(from: Day(number: first), to: Day(number: 2025_11_01)))
        let days = ComparedDays(span, in: ArchiveExtent.ofNothing(expirationDays: expirationDays))
        #expect(days.days == Set(span.days))
        #expect(!days.areAllLeftOut && days.lines == lines)
    }

    @Test func `days that were asked for do not agree where neither side has a row of them`() {
        let extent = ArchiveExtent.ofNothing(expirationDays: 0)
        let asked = ComparedDays(DaySpan(Day(number: 2019_08_27)), in: extent)
        #expect(asked.conclusion(rows: 0) == "No row of these days, in the archive or in the table.")
        #expect(asked.conclusion(rows: 1) == "Everything agrees.")
        // A stack that has had no order yet is as it should be.
        #expect(ComparedDays(wholeOf: [], in: extent).conclusion(rows: 0) == "Everything agrees.")
    }
}

extension ArchiveExtent {
    /// What an archive without objects has on 2025-11-28.
    ///
    /// Clocks may go ahead a day, and claims live 15.
    static func ofNothing(expirationDays: Int) -> ArchiveExtent {
        ArchiveExtent(
            ArchiveChain(),
            checkpoints: [:],
            ArchiveExtent.Reading(from: nil, today: Day(number: 2025_11_28), expirationDays: expirationDays),
            reach: AuditReach(maximumHoursAhead: 24, lifetime: 15 * 86_400)
        )
    }
}
