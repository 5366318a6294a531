/// The configured part of what an order may look like.
package struct InputRules: Sendable, Equatable {
    /// What an instant without a zone means where its member's name does not say UTC: `ZONELESS_TIMESTAMPS`.
    package enum ZonelessTimestamps: String, Sendable {
        /// The instant is in UTC.
        case utc
        /// The order is refused.
        case refuse
    }

    /// What an instant without a zone means: `ZONELESS_TIMESTAMPS`.
    package var zonelessTimestamps: ZonelessTimestamps
    /// The instant before which a clock shows that it was never set: `EARLIEST_ORDER_DATE`.
    package var earliest: Timestamp
    /// How far behind its arrival an instant may lie: `MAXIMUM_CLOCK_AHEAD_HOURS`.
    ///
    /// A clock that goes ahead any further would win over all later messages about an order for as long.
    package var maximumHoursAhead: Int

    /// The rules as they are where nothing is configured, or others.
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

    /// What is wrong with an instant of an order, given the order's arrival; nil where the instant may be right.
    func fault(of timestamp: Timestamp, arrival: Timestamp?) -> String? {
        if timestamp < self.earliest {
            return "an instant before \(self.earliest.day) is of a clock that was never set (EarliestOrderDate)"
        }
        guard let arrival, timestamp > arrival.adding(hours: self.maximumHoursAhead) else { return nil }
        return "an instant more than \(self.maximumHoursAhead) h after its arrival is of a clock that goes ahead "
            + "(MaximumClockAheadHours)"
    }
}

/// What a decoder took for granted to be able to read an order: the log line that ends a batch counts the orders with
/// each, so that a producer whose words are guessed at is found out.
package struct Assumptions: OptionSet, Hashable, Sendable {
    /// A bit for each assumption.
    package let rawValue: UInt8

    /// The assumptions of these bits.
    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// An instant was written without its zone, and taken for UTC.
    package static let zonelessTimestamp = Assumptions(rawValue: 1)
    /// An amount was written with the digits that binary floating point adds, and taken without them.
    package static let roundedAmount = Assumptions(rawValue: 2)
}

/// What was read of an order, with what was taken for granted.
package protocol Assuming: Sendable {
    /// Empty for nearly all orders.
    var assumptions: Assumptions { get }
}
