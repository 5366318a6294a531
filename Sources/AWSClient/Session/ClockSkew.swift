internal import Platform

/// How far our clock is from a service's.
enum ClockSkew {
    /// Signatures are refused beyond 15 minutes (5 by some services); below this a refusal has another reason.
    private static let tolerated: Duration = .seconds(240)

    /// What to add to our clock; nil without a readable date, or if it is near enough.
    static func measured(by date: String?, at now: UTCInstant) -> Duration? {
        guard let date, let theirs = self.instant(ofHTTPDate: date) else { return nil }
        let skew = theirs - now
        return skew > self.tolerated || skew < .zero - self.tolerated ? skew : nil
    }

    /// `Wed, 27 Aug 2025 18:08:00 GMT` (RFC 9110's preferred form).
    static func instant(ofHTTPDate text: String) -> UTCInstant? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), let year = Int(parts[3]),
            let month = self.months.firstIndex(of: String(parts[2]))
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3 else { return nil }
        let time = CivilTime(
            year: year,
            month: month + 1,
            day: day,
            hour: clock[0],
            minute: clock[1],
            second: clock[2]
        )
        guard time.isValid, (1970..<2262).contains(year) else { return nil }
        return UTCInstant(secondsSince1970: time.secondsSince1970)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
