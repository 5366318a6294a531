/// A point in wall-clock time with nanoseconds: what a clock shows.
///
/// Order timestamps, which are text with any number of digits, have their own type in `Orders`.
package struct UTCInstant: Hashable, Comparable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z; reaches to the year 2262.
    package var nanosecondsSince1970: Int64

    /// An instant by its distance from the epoch.
    package init(nanosecondsSince1970: Int64) {
        self.nanosecondsSince1970 = nanosecondsSince1970
    }

    /// The unit of `Lambda-Runtime-Deadline-Ms`.
    ///
    /// Out of range, as everywhere in this type, it is the nearest instant that there is: such numbers come from
    /// outside and must not trap.
    package init(millisecondsSince1970: Int64) {
        self.init(nanosecondsSince1970: millisecondsSince1970.saturatingMultiplied(by: 1_000_000))
    }

    /// A whole second, as most APIs of AWS count.
    package init(secondsSince1970: Int64) {
        self.init(nanosecondsSince1970: secondsSince1970.saturatingMultiplied(by: 1_000_000_000))
    }

    /// Whether the left instant comes first.
    package static func < (left: UTCInstant, right: UTCInstant) -> Bool {
        left.nanosecondsSince1970 < right.nanosecondsSince1970
    }

    /// The instant that `duration` later, or earlier where it is negative.
    package static func + (instant: UTCInstant, duration: Duration) -> UTCInstant {
        UTCInstant(nanosecondsSince1970: instant.nanosecondsSince1970.saturatingAdded(to: duration.nanoseconds))
    }

    /// How long after `earlier` this instant is; negative if it is before.
    package static func - (later: UTCInstant, earlier: UTCInstant) -> Duration {
        let (difference, overflow) = later.nanosecondsSince1970.subtractingReportingOverflow(
            earlier.nanosecondsSince1970
        )
        return .nanoseconds(overflow ? (later < earlier ? .min : .max) : difference)
    }

    /// Whole seconds since 1970, rounded down: the unit of DynamoDB's TTL.
    package var secondsSince1970: Int64 {
        let seconds = self.nanosecondsSince1970 / 1_000_000_000
        return self.nanosecondsSince1970 % 1_000_000_000 < 0 ? seconds - 1 : seconds
    }

    /// Whole milliseconds since 1970, rounded down.
    package var millisecondsSince1970: Int64 {
        let milliseconds = self.nanosecondsSince1970 / 1_000_000
        return self.nanosecondsSince1970 % 1_000_000 < 0 ? milliseconds - 1 : milliseconds
    }

    /// The calendar reading, to the second.
    package var civilTime: CivilTime { CivilTime(secondsSince1970: self.secondsSince1970) }

    /// `2025-08-27T18:08:00.648Z`: ISO 8601 with milliseconds, as log lines carry it.
    package var iso8601: String {
        var bytes: [UInt8] = []
        self.appendISO8601(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `iso8601` without a string between: a log line is bytes.
    package func appendISO8601(to bytes: inout [UInt8]) {
        let time = self.civilTime
        let remainder = self.nanosecondsSince1970 % 1_000_000_000
        let milliseconds = (remainder < 0 ? remainder + 1_000_000_000 : remainder) / 1_000_000
        let start = bytes.count
        bytes.append(contentsOf: "0000-00-00T00:00:00.000Z".utf8)
        bytes.withUnsafeMutableBufferPointer { bytes in
            let text = UnsafeMutableBufferPointer(rebasing: bytes[start...])
            text.set(digitsOf: time)
            text.set(digits: Int(milliseconds), 20..<23)
        }
    }

    /// `20250827T180800Z`: the compact form that SigV4 signs.
    package var iso8601Basic: String {
        let time = self.civilTime
        var bytes = Array("00000000T000000Z".utf8)
        bytes.withUnsafeMutableBufferPointer { text in
            text.set(digits: time.year, 0..<4)
            text.set(digits: time.month, 4..<6)
            text.set(digits: time.day, 6..<8)
            text.set(digits: time.hour, 9..<11)
            text.set(digits: time.minute, 11..<13)
            text.set(digits: time.second, 13..<15)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Int64 {
    fileprivate func saturatingMultiplied(by factor: Int64) -> Int64 {
        let (product, overflow) = self.multipliedReportingOverflow(by: factor)
        return overflow ? (self < 0 ? .min : .max) : product
    }

    fileprivate func saturatingAdded(to other: Int64) -> Int64 {
        let (sum, overflow) = self.addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}

extension Duration {
    /// The whole duration in nanoseconds, capped at what `Int64` holds (292 years).
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds.saturatingMultiplied(by: 1_000_000_000).saturatingAdded(to: attoseconds / 1_000_000_000)
    }

    /// Milliseconds rounded up, capped at what C calls take: a wait must not end before its time.
    package var millisecondsRoundedUp: Int32 {
        Int32(clamping: self.nanoseconds.saturatingAdded(to: 999_999) / 1_000_000)
    }
}
