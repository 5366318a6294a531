package import Platform

/// An instant in UTC with every fraction digit it was written with, years 1 to 9999.
///
/// Compared as an instant: `12:00:00.50Z`, `12:00:00.5Z` and `14:00:00.5+02:00` are one, and have one text.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Fraction digits that are accepted; clocks show at most 12, and each is stored once per attribute.
    package static let maximumFractionDigits = 100

    /// POSIX time of the whole second.
    let seconds: Int64
    /// The first nine fraction digits.
    let nanoseconds: UInt32
    /// Fraction digits behind the ninth, without trailing zeros; nearly always empty.
    let furtherDigits: String

    init(seconds: Int64, nanoseconds: UInt32, furtherDigits: String = "") {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
        self.furtherDigits = furtherDigits
    }

    /// A clock's reading.
    package init(_ instant: UTCInstant) {
        self.seconds = instant.secondsSince1970
        self.nanoseconds = UInt32(instant.nanosecondsSince1970 - instant.secondsSince1970 * 1_000_000_000)
        self.furtherDigits = ""
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        if left.seconds != right.seconds { return left.seconds < right.seconds }
        if left.nanoseconds != right.nanoseconds { return left.nanoseconds < right.nanoseconds }
        return left.furtherDigits.precedesInBytes(right.furtherDigits)
    }

    /// The UTC day it belongs to; a day's last tenth of a microsecond is still that day.
    package var day: Day { Day(CivilTime(secondsSince1970: self.seconds)) }

    /// The instant's one ISO 8601 text: UTC with `Z`, no trailing zeros in the fraction.
    package var text: String {
        let time = CivilTime(secondsSince1970: self.seconds)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(40)
        Self.append(time.year, digits: 4, to: &bytes)
        for (separator, number): (UInt8, Int) in [
            (UInt8(ascii: "-"), time.month), (UInt8(ascii: "-"), time.day), (UInt8(ascii: "T"), time.hour),
            (UInt8(ascii: ":"), time.minute), (UInt8(ascii: ":"), time.second),
        ] {
            bytes.append(separator)
            Self.append(number, digits: 2, to: &bytes)
        }
        if self.nanoseconds != 0 || !self.furtherDigits.isEmpty {
            bytes.append(UInt8(ascii: "."))
            Self.append(Int(self.nanoseconds), digits: 9, to: &bytes)
            bytes.append(contentsOf: self.furtherDigits.utf8)
            while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
        }
        bytes.append(UInt8(ascii: "Z"))
        return String(decoding: bytes, as: UTF8.self)
    }

    package var description: String { self.text }

    private static func append(_ number: Int, digits: Int, to bytes: inout [UInt8]) {
        let start = bytes.count
        var rest = number
        bytes.append(contentsOf: repeatElement(0, count: digits))
        for index in (start..<start + digits).reversed() {
            bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}
