internal import ArgumentParser
internal import Foundation
package import Orders
package import Platform

/// A point in time as a user writes it: a UTC day, an ISO 8601 instant, or how long ago.
package enum TimeArgument {
    /// Reads `2025-08-27`, `2025-08-27T18:08:00Z`, or `90s`, `15m`, `36h` or `7d` before `now`; nil for anything else.
    ///
    /// A day is its first second, or with `endOfDay` the first after it.
    package static func parse(_ text: String, now: UTCInstant, endOfDay: Bool = false) -> UTCInstant? {
        if let day = Day(text) {
            return UTCInstant(secondsSince1970: day.secondsSince1970 + (endOfDay ? Day.seconds : 0))
        }
        if let timestamp = Timestamp(text, assumingUTC: true) { return UTCInstant(timestamp) }
        guard let unit = text.last, let seconds = self.units[unit], let number = Int64(text.dropLast()), number >= 0,
            number <= Int64.max / seconds
        else { return nil }
        return now + .seconds(-number * seconds)
    }

    /// As `parse`; throws where the option's value is no time.
    static func required(
        _ text: String,
        _ option: String,
        now: UTCInstant,
        endOfDay: Bool = false
    ) throws -> UTCInstant {
        guard let time = self.parse(text, now: now, endOfDay: endOfDay) else {
            throw ValidationError(
                "\(option) \(text) is no time: 2025-08-27, 2025-08-27T18:08:00Z, or 7d, 36h, 30m ago."
            )
        }
        return time
    }

    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
}

extension UTCInstant {
    /// The whole second of a timestamp, whatever digits it has.
    package init(_ timestamp: Timestamp) {
        let parts = timestamp.text.split { !$0.isNumber }.compactMap { Int($0) }
        let time = CivilTime(
            year: parts[0],
            month: parts[1],
            day: parts[2],
            hour: parts[3],
            minute: parts[4],
            second: parts[5]
        )
        self.init(secondsSince1970: time.secondsSince1970)
    }
}
