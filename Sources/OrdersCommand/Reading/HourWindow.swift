package import Platform

/// A span of time in UTC hours, by which the archive's objects are named.
package struct HourWindow: Sendable, Equatable {
    /// Itself included.
    package let from: UTCInstant
    /// Itself excluded.
    package let to: UTCInstant

    /// The hours from one instant to another.
    package init(from: UTCInstant, to: UTCInstant) {
        self.from = from
        self.to = to
    }

    private static let secondsAnHour: Int64 = 60 * 60

    /// The same spans of time, oldest first, where those that overlap or touch are one.
    package static func joined(_ windows: [HourWindow]) -> [HourWindow] {
        var joined: [HourWindow] = []
        for window in windows.sorted(by: { $0.from < $1.from }) {
            if let last = joined.last, window.from <= last.to {
                joined[joined.count - 1] = HourWindow(from: last.from, to: max(last.to, window.to))
            } else {
                joined.append(window)
            }
        }
        return joined
    }

    /// The archive's prefixes of the hours, and of the hour before, latest first: an object is named after its first
    /// record, and the others may have arrived in the next hour.
    package var archivePrefixes: [String] {
        let first = self.from.secondsSince1970 / Self.secondsAnHour - 1
        let last = (self.to.secondsSince1970 - 1) / Self.secondsAnHour
        guard first <= last else { return [] }
        return (first...last).reversed().map { hour in
            let text = UTCInstant(secondsSince1970: hour * Self.secondsAnHour).iso8601
            return "orders/dt=\(text.prefix(10))/hour=\(text.dropFirst(11).prefix(2))/"
        }
    }
}
