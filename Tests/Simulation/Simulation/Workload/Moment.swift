internal import Platform

/// An instant of an order as the oracle compares it: a second and its fraction, exactly as written.
struct Moment: Hashable, Comparable, Sendable {
    /// Since 1970.
    let seconds: Int64
    /// Billionths of a second.
    let fraction: Int64

    init(seconds: Int64, fraction: Int64 = 0) {
        self.seconds = seconds
        self.fraction = fraction
    }

    /// When a record or message came, by the run's own clock.
    init(arrival: VirtualTime.Nanoseconds) {
        let total = World.epoch.nanosecondsSince1970 + arrival
        self.init(seconds: total / 1_000_000_000, fraction: total % 1_000_000_000)
    }

    /// Reads `2025-08-28T23:30:00.5Z`; nil for any other text.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int? { Int(String(decoding: bytes[range], as: UTF8.self)) }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19)
        else { return nil }
        var fraction: Int64 = 0
        if bytes.count > 20 {
            let digits = String(decoding: bytes[20..<bytes.count - 1], as: UTF8.self)
            guard digits.utf8.count <= 9,
                let value = Int64(digits + String(repeating: "0", count: 9 - digits.utf8.count))
            else { return nil }
            fraction = value
        }
        let days = CivilDay.days(year: year, month: month, day: day)
        self.init(seconds: Int64(days * 86_400 + hour * 3_600 + minute * 60 + second), fraction: fraction)
    }

    static func < (left: Moment, right: Moment) -> Bool {
        (left.seconds, left.fraction) < (right.seconds, right.fraction)
    }
}
