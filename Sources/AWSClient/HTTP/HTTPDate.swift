package import Platform

/// A date as HTTP's headers have it, in each of the three forms that a recipient has to accept (RFC 9110, 5.6.7).
package enum HTTPDate {
    /// `Wed, 27 Aug 2025 18:08:00 GMT`, `Wednesday, 27-Aug-25 18:08:00 GMT` or `Wed Aug 27 18:08:00 2025`; nil for
    /// anything else.
    package static func parse(_ text: String) -> UTCInstant? {
        let parts = text.split(separator: " ")
        switch parts.count {
        case 6 where parts[5] == "GMT":
            return self.instant(day: parts[1], month: parts[2], year: parts[3], time: parts[4])
        case 4 where parts[3] == "GMT":
            let date = parts[1].split(separator: "-")
            guard date.count == 3, date[2].utf8.count == 2, let year = Int(date[2]) else { return nil }
            // Two digits are of this century up to 2069, as POSIX reads them.
            let century: Substring = year < 70 ? "20" : "19"
            return self.instant(day: date[0], month: date[1], year: century + date[2], time: parts[2])
        case 5:
            return self.instant(day: parts[2], month: parts[1], year: parts[4], time: parts[3])
        default:
            return nil
        }
    }

    private static func instant(day: Substring, month: Substring, year: Substring, time: Substring) -> UTCInstant? {
        let clock = time.split(separator: ":").compactMap { Int($0) }
        guard let day = Int(day), let year = Int(year), (1970..<2262).contains(year),
            let month = self.months.firstIndex(of: String(month)), clock.count == 3
        else { return nil }
        let civil = CivilTime(
            year: year,
            month: month + 1,
            day: day,
            hour: clock[0],
            minute: clock[1],
            second: clock[2]
        )
        return civil.isValid ? UTCInstant(secondsSince1970: civil.secondsSince1970) : nil
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
