/// The configured part of what an order may look like.
package struct InputRules: Sendable, Equatable {
    /// What an instant without a zone means where its member's name does not say UTC: `ZONELESS_TIMESTAMPS`.
    package enum ZonelessTimestamps: String, Sendable {
        case utc, refuse
    }

    package var zonelessTimestamps: ZonelessTimestamps
    /// An instant before this one is of a clock that was never set: `EARLIEST_ORDER_DATE`.
    package var earliest: Timestamp
    /// How far behind its arrival an instant may lie: `MAXIMUM_CLOCK_AHEAD_HOURS`.
    ///
    /// A clock that goes ahead any further would win over all later messages about an order for as long.
    package var maximumHoursAhead: Int

    package init(
        zonelessTimestamps: ZonelessTimestamps = .utc,
        earliest: Timestamp = InputRules.year2000,
        maximumHoursAhead: Int = 24
    ) {
        self.zonelessTimestamps = zonelessTimestamps
        self.earliest = earliest
        self.maximumHoursAhead = maximumHoursAhead
    }

    /// 2000-01-01T00:00:00Z.
    package static let year2000 = Timestamp(seconds: 946_684_800, nanoseconds: 0)

    /// What is wrong with an instant of an order that arrived then; nil where it may be right.
    func fault(of timestamp: Timestamp, arrival: () -> Timestamp?) -> String? {
        if timestamp < self.earliest {
            return "an instant before \(self.earliest.day) is of a clock that was never set (EarliestOrderDate)"
        }
        guard let arrival = arrival(), timestamp > arrival.adding(hours: self.maximumHoursAhead) else { return nil }
        return "an instant more than \(self.maximumHoursAhead) h after its arrival is of a clock that goes ahead "
            + "(MaximumClockAheadHours)"
    }
}
