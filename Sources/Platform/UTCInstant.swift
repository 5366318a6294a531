/// A point in wall-clock time with nanoseconds: what a clock shows. Order timestamps, which are text with any
/// number of digits, have their own type in `Orders`.
package struct UTCInstant: Hashable, Comparable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z; reaches to the year 2262.
    package var nanosecondsSince1970: Int64

    package init(nanosecondsSince1970: Int64) {
        self.nanosecondsSince1970 = nanosecondsSince1970
    }

    /// The unit of `Lambda-Runtime-Deadline-Ms`.
    package init(millisecondsSince1970: Int64) {
        self.init(nanosecondsSince1970: millisecondsSince1970 * 1_000_000)
    }

    package init(secondsSince1970: Int64) {
        self.init(nanosecondsSince1970: secondsSince1970 * 1_000_000_000)
    }

    package static func < (left: UTCInstant, right: UTCInstant) -> Bool {
        left.nanosecondsSince1970 < right.nanosecondsSince1970
    }

    package static func + (instant: UTCInstant, duration: Duration) -> UTCInstant {
        UTCInstant(nanosecondsSince1970: instant.nanosecondsSince1970 + duration.nanoseconds)
    }

    /// How long after `earlier` this instant is; negative if it is before.
    package static func - (later: UTCInstant, earlier: UTCInstant) -> Duration {
        .nanoseconds(later.nanosecondsSince1970 - earlier.nanosecondsSince1970)
    }

    /// Whole seconds since 1970, rounded down: the unit of DynamoDB's TTL.
    package var secondsSince1970: Int64 {
        let seconds = self.nanosecondsSince1970 / 1_000_000_000
        return self.nanosecondsSince1970 % 1_000_000_000 < 0 ? seconds - 1 : seconds
    }

    /// The calendar reading, to the second.
    package var civilTime: CivilTime { CivilTime(secondsSince1970: self.secondsSince1970) }

    /// `2025-08-27T18:08:00.648Z`: ISO 8601 with milliseconds, as log lines carry it.
    package var iso8601: String {
        let time = self.civilTime
        let milliseconds = (self.nanosecondsSince1970 - self.secondsSince1970 * 1_000_000_000) / 1_000_000
        return Self.digits(time.year, 4) + "-" + Self.digits(time.month, 2) + "-" + Self.digits(time.day, 2)
            + "T" + Self.digits(time.hour, 2) + ":" + Self.digits(time.minute, 2) + ":" + Self.digits(time.second, 2)
            + "." + Self.digits(Int(milliseconds), 3) + "Z"
    }

    /// `20250827T180800Z`: the compact form that SigV4 signs.
    package var iso8601Basic: String {
        let time = self.civilTime
        return Self.digits(time.year, 4) + Self.digits(time.month, 2) + Self.digits(time.day, 2)
            + "T" + Self.digits(time.hour, 2) + Self.digits(time.minute, 2) + Self.digits(time.second, 2) + "Z"
    }

    private static func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}

extension Duration {
    /// The whole duration in nanoseconds, capped at what `Int64` holds (292 years).
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (seconds < 0 ? .min : .max) : scaled + attoseconds / 1_000_000_000
    }

    /// Milliseconds rounded up, capped at what C calls take: a wait must not end before its time.
    package var millisecondsRoundedUp: Int32 {
        Int32(clamping: (self.nanoseconds + 999_999) / 1_000_000)
    }
}
