import Orders
import OrdersCommand
import Testing

/// From where the archive has to be read, so that an audit misses no order that was counted.
@Suite struct AuditReachTests {
    private static let day = Day(number: 2025_11_28)

    private static func reach(hoursAhead: Int = 24, lifetimeDays: Int64 = 0) -> AuditReach {
        AuditReach(maximumHoursAhead: hoursAhead, lifetime: lifetimeDays * 86_400)
    }

    @Test(
        arguments: [
            (24, 0, "2025-11-25"), (24, 15, "2025-11-10"), (25, 0, "2025-11-24"), (1, 0, "2025-11-25"),
            (720, 0, "2025-10-27"), (8_760, 0, "2024-11-26"),
        ]
    )
    func `an order may come as long before its day as a clock may go ahead`(
        hours: Int,
        lifetimeDays: Int64,
        first: String
    ) {
        #expect(Self.reach(hoursAhead: hours, lifetimeDays: lifetimeDays).firstArrival(for: Self.day)?.text == first)
    }

    @Test(arguments: [(24, 0), (24, 15), (25, 15), (720, 44), (8_760, 379)])
    func `the first day behind an arrival is the first for which nothing of that day is read`(
        hours: Int,
        lifetimeDays: Int64
    ) throws {
        let reach = Self.reach(hoursAhead: hours, lifetimeDays: lifetimeDays)
        let day = try #require(reach.firstDay(behind: Self.day))
        #expect(reach.firstArrival(for: day) == Self.day.adding(days: 1))
    }
}
