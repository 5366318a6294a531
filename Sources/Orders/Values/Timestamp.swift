package import JSONText
package import Platform

/// An instant in UTC with every fraction digit it was written with, years 1 to 9999.
///
/// Two are compared as instants: `12:00:00.50Z`, `12:00:00.5Z` and `14:00:00.5+02:00` are one, and have one text.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// POSIX time of the whole second.
    package let seconds: Int64
    /// The first nine fraction digits.
    let nanoseconds: UInt32
    /// Fraction digits behind the ninth, without trailing zeros; nearly always empty.
    let furtherDigits: String

    init(seconds: Int64, nanoseconds: UInt32, furtherDigits: String = "") {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
        self.furtherDigits = furtherDigits
    }

    /// An instant that a text holds; where the text says no zone, it is taken for UTC.
    init(_ instant: ISO8601Instant) {
        self.seconds = instant.secondsSince1970
        self.nanoseconds = instant.nanoseconds
        self.furtherDigits = instant.furtherDigits
    }

    /// Reads ISO 8601's extended format as `ISO8601Instant` has it; nil for anything else.
    ///
    /// `assumingUTC` takes a text without a zone for UTC.
    package init?(_ text: String, assumingUTC: Bool = false) {
        guard let instant = ISO8601Instant(text), instant.hasZone || assumingUTC else { return nil }
        self.init(instant)
    }

    /// Reads ISO 8601's extended format out of a string of JSON; nil for anything else, and for a text without a zone.
    package init?(_ string: JSONString) {
        guard let instant = ISO8601Instant(string), instant.hasZone else { return nil }
        self.init(instant)
    }

    /// The instant that a clock shows.
    package init(_ instant: UTCInstant) {
        self.seconds = instant.secondsSince1970
        self.nanoseconds = UInt32(instant.nanosecondsSince1970 - instant.secondsSince1970 * 1_000_000_000)
        self.furtherDigits = ""
    }

    /// The instant that many hours later.
    func adding(hours: Int) -> Timestamp {
        Timestamp(
            seconds: self.seconds + Int64(hours) * 3_600,
            nanoseconds: self.nanoseconds,
            furtherDigits: self.furtherDigits
        )
    }

    /// The order of the instants, by all their digits.
    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        if left.seconds != right.seconds { return left.seconds < right.seconds }
        if left.nanoseconds != right.nanoseconds { return left.nanoseconds < right.nanoseconds }
        return left.furtherDigits.precedesInBytes(right.furtherDigits)
    }

    /// The instant in whole milliseconds since 1970, rounded down.
    package var millisecondsSince1970: Int64 { 1_000 * self.seconds + Int64(self.nanoseconds / 1_000_000) }

    /// The UTC day that the instant belongs to; a day's last tenth of a microsecond is still that day.
    package var day: Day { Day(CivilTime(secondsSince1970: self.seconds)) }

    /// The instant's one ISO 8601 text: UTC with `Z`, no trailing zeros in the fraction.
    package var text: String {
        let time = CivilTime(secondsSince1970: self.seconds)
        return time.iso8601(nanoseconds: self.nanoseconds, furtherDigits: self.furtherDigits)
    }

    /// The ISO 8601 text.
    package var description: String { self.text }
}

/// A UTC calendar day of the years 1 to 9999: what the analytics count by.
package struct Day: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How many bytes `text` has.
    static let textLength = 10

    /// Year, month and day as one decimal number, 20250827.
    package let number: UInt32

    init(_ time: CivilTime) {
        self.number = UInt32(time.year * 10_000 + time.month * 100 + time.day)
    }

    /// The day of that number, which was a day's.
    package init(number: UInt32) {
        self.number = number
    }

    /// The order of the calendar.
    package static func < (left: Day, right: Day) -> Bool { left.number < right.number }

    /// `2025-08-27`.
    package var text: String {
        let number = Int(self.number)
        return CivilTime(year: number / 10_000, month: number / 100 % 100, day: number % 100).dateText
    }

    /// The date.
    package var description: String { self.text }
}
