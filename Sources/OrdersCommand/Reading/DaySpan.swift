package import Orders
package import Platform

/// UTC days from one to another, both included.
package struct DaySpan: Sendable, Equatable {
    /// The first day.
    package let first: Day
    /// The last day, itself included.
    package let last: Day

    /// Nil where the last is before the first.
    package init?(from first: Day, to last: Day) {
        guard first <= last else { return nil }
        self.first = first
        self.last = last
    }

    /// A span of one day.
    package init(_ day: Day) {
        self.first = day
        self.last = day
    }

    /// Every day of the span, in order.
    package var days: [Day] {
        (0..<self.count).compactMap { self.first.adding(days: $0) }
    }

    /// How many days there are.
    package var count: Int {
        Int((self.last.secondsSince1970 - self.first.secondsSince1970) / Day.seconds) + 1
    }
}

extension Day {
    /// Seconds of a UTC day.
    static let seconds: Int64 = 24 * 60 * 60

    /// Reads `2025-08-27`; nil for any other form, and for a day that is not in the calendar.
    package init?(_ text: String) {
        guard let day = Timestamp(text + "T00:00:00Z")?.day, day.text == text else { return nil }
        self = day
    }

    /// The UTC day of an instant.
    package init(_ instant: UTCInstant) {
        self = Timestamp(instant).day
    }

    /// POSIX time of the day's first second.
    package var secondsSince1970: Int64 {
        let parts = self.text.split(separator: "-").compactMap { Int($0) }
        return CivilTime(year: parts[0], month: parts[1], day: parts[2]).secondsSince1970
    }

    /// The day that many days later, or earlier where the number is negative; nil outside the years 1 to 9999.
    package func adding(days: Int) -> Day? {
        let time = CivilTime(secondsSince1970: self.secondsSince1970 + Int64(days) * Self.seconds)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        return Day("\(padded(time.year, 4))-\(padded(time.month, 2))-\(padded(time.day, 2))")
    }
}
