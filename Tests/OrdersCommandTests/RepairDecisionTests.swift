import ArchiveAccounts
import Orders
import OrdersCommand
import Testing

/// Which rows that differ a repair sets, and why it leaves the others.
///
/// Today is 2025-11-28. Clocks may go ahead a day, and claims live 15.
@Suite struct RepairDecisionTests {
    /// A row of that day with these totals; `most` is what the archive adds up to with what was just being counted.
    private static func difference(
        archived: UInt64?,
        most: UInt64? = nil,
        counted: UInt64?,
        day: UInt32 = 2025_11_20
    ) throws -> CounterDifference {
        let key = CounterKey.orders(Day(number: day))
        func rows(_ total: UInt64?) -> [CounterKey: CounterDelta] {
            total.map { [key: .orders(total: $0, successful: 0)] } ?? [:]
        }
        let findings = CounterDifference.findings(
            least: rows(archived),
            most: rows(most ?? archived),
            counted: rows(counted)
        )
        return try #require(findings.differences.first)
    }

    private static func decision(
        _ difference: CounterDifference,
        countable: Int = 0,
        expirationDays: Int = 0,
        deadly: Int = 0,
        lowers: Bool = false,
        repeats: Bool = false
    ) -> RepairDecision {
        let extent = ArchiveExtent.ofNothing(expirationDays: expirationDays)
        let wishes = RepairWishes(lowers: lowers, repeats: repeats)
        return RepairDecision(difference, countable: countable, extent, deadly: deadly, wishes)
    }

    private static func reason(_ decision: RepairDecision) -> String? {
        guard case .leave(let reason) = decision else { return nil }
        return reason
    }

    @Test(arguments: [4, 0, nil] as [UInt64?])
    func `a row that lacks something is set, whatever a process died of`(counted: UInt64?) throws {
        let difference = try Self.difference(archived: 5, counted: counted)
        for lowers in [false, true] {
            #expect(Self.decision(difference, lowers: lowers) == .set)
            #expect(Self.decision(difference, deadly: 2, lowers: lowers) == .set)
        }
    }

    @Test(arguments: [(5, 6), (nil, 1)] as [(UInt64?, UInt64?)])
    func `a row of which the table has more is lowered only when that is asked for`(
        archived: UInt64?,
        counted: UInt64?
    ) throws {
        let difference = try Self.difference(archived: archived, counted: counted)
        #expect(Self.decision(difference) == .higher)
        #expect(Self.decision(difference, lowers: true) == .set)
        let reason = try #require(Self.reason(.higher))
        #expect(reason.hasPrefix("the table has more than the archive adds up to: "))
        #expect(reason.hasSuffix("; --lower sets it as well"))
    }

    /// As by another `Deduplication`, or a shorter life of claims, than those by which the table was counted.
    @Test(arguments: [4, 3, 0, nil] as [UInt64?])
    func `a row that lacks something of a sum in which events count a second time is set only when that is asked for`(
        counted: UInt64?
    ) throws {
        var difference = try Self.difference(archived: 5, counted: counted)
        difference.secondCounts = SecondCounts(.orders(total: 1, successful: 0), arrival: 0)
        for lowers in [false, true] {
            #expect(Self.decision(difference, lowers: lowers) == .repeated)
            #expect(Self.decision(difference, lowers: lowers, repeats: true) == .set)
        }
        let reason = try #require(Self.reason(.repeated))
        #expect(reason.hasPrefix("events of it came more than once, "))
        #expect(reason.hasSuffix("; --repeated sets it as well"))
        // What is doubtful for another reason stays so.
        difference.isUndecided = true
        let undecided = Self.decision(difference, repeats: true)
        #expect(Self.reason(undecided)?.hasPrefix("orders of it repeat one another ") == true)
    }

    @Test func `a row of which the table has more is lowered to a sum in which events count a second time`() throws {
        var difference = try Self.difference(archived: 5, counted: 6)
        difference.secondCounts = SecondCounts(.orders(total: 1, successful: 0), arrival: 0)
        #expect(Self.decision(difference, repeats: true) == .higher)
        #expect(Self.decision(difference, lowers: true) == .set)
    }

    @Test func `a row that has more of one thing and less of another is set by both wishes`() throws {
        let key = CounterKey.orders(Day(number: 2025_11_20))
        let sums: [CounterKey: CounterDelta] = [key: .orders(total: 5, successful: 1)]
        let found = CounterDifference.findings(
            least: sums,
            most: sums,
            counted: [key: .orders(total: 4, successful: 2)]
        )
        var difference = try #require(found.differences.first)
        difference.secondCounts = SecondCounts(.orders(total: 1, successful: 0), arrival: 0)
        #expect(Self.decision(difference, repeats: true) == .higher)
        #expect(Self.decision(difference, lowers: true) == .repeated)
        #expect(Self.decision(difference, lowers: true, repeats: true) == .set)
    }

    /// Who lowers rows does not lower those of which the archive cannot tell what they should have.
    @Test(arguments: [false, true])
    func `what makes the archive's sums doubtful goes before the wish to lower`(lowers: Bool) throws {
        let higher = try Self.difference(archived: 5, counted: 6)
        let letters = Self.decision(higher, countable: 1, lowers: lowers)
        #expect(Self.reason(letters)?.hasPrefix("a redrive would add 1 dead letter to it once more: ") == true)
        // Days from 2025-11-15 on can be repaired, as clocks and claims have it.
        let early = try Self.difference(archived: 5, counted: 6, day: 2025_11_14)
        let expired = Self.decision(early, expirationDays: 30, lowers: lowers)
        #expect(Self.reason(expired)?.hasSuffix("; days from 2025-11-15 on can be repaired") == true)
        var undecided = higher
        undecided.isUndecided = true
        let repeated = Self.decision(undecided, lowers: lowers)
        #expect(Self.reason(repeated)?.hasPrefix("orders of it repeat one another ") == true)
        let deadly = Self.decision(higher, deadly: 2, lowers: lowers)
        #expect(Self.reason(deadly)?.contains("what is in 2 records that a process died of") == true)
        let moving = try Self.difference(archived: 5, most: 6, counted: 7)
        #expect(Self.reason(Self.decision(moving, lowers: lowers)) == "it is in motion; audit again")
    }

    @Test func `a row that is undecided says whether objects with faults make it so`() throws {
        var difference = try Self.difference(archived: 5, counted: 4)
        let faulty = Day(number: 2025_08_20)
        let extent = ArchiveExtent(
            ArchiveChain(),
            checkpoints: [:],
            ArchiveExtent.Reading(from: nil, today: Day(number: 2025_11_28), expirationDays: 0),
            reach: AuditReach(maximumHoursAhead: 24, lifetime: 15 * 86_400),
            faultyUntil: faulty
        )
        func decision() -> RepairDecision {
            RepairDecision(difference, countable: 0, extent, deadly: 0, RepairWishes(lowers: true, repeats: true))
        }
        #expect(decision() == .set)
        difference.isUndecided = true
        let reason = try #require(Self.reason(decision()))
        #expect(reason.hasPrefix("orders of it repeat one another from before objects with faults, "))
    }

    @Test func `a plan tells how many rows would be set, and why the others would be left`() {
        let all = RepairDecision.plan([.set], RepairWishes())
        #expect(all == ["--repair --yes would set 1 row to what the archive adds up to."])
        let mixed: [RepairDecision] = [.set, .leave("b"), .leave("a"), .set, .leave("b")]
        #expect(
            RepairDecision.plan(mixed, RepairWishes(lowers: true)) == [
                "--repair --lower --yes would set 2 rows to what the archive adds up to, and leave 3:",
                "  1 row, since a", "  2 rows, since b",
            ]
        )
        for (wishes, options) in [
            (RepairWishes(repeats: true), "--repair --repeated --yes"),
            (RepairWishes(lowers: true, repeats: true), "--repair --lower --repeated --yes"),
        ] {
            let plan = RepairDecision.plan([.set], wishes)
            #expect(plan == ["\(options) would set 1 row to what the archive adds up to."])
        }
    }
}
