package import Platform

extension UTCInstant {
    /// The `Date` of an HTTP answer, as `Wed, 27 Aug 2025 18:08:00 GMT`; nil for anything else.
    ///
    /// The one form that a sender may write (RFC 9110, 5.6.7). The older ones, which nothing here sends, tell no time.
    package init?(answerDate text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), let year = Int(parts[3]),
            (1970..<2262).contains(year), let month = Self.months.firstIndex(of: String(parts[2]))
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3 else { return nil }
        let civil = CivilTime(
            year: year,
            month: month + 1,
            day: day,
            hour: clock[0],
            minute: clock[1],
            second: clock[2]
        )
        guard civil.isValid else { return nil }
        self.init(secondsSince1970: civil.secondsSince1970)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
