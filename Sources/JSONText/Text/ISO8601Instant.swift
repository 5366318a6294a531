internal import Platform

/// An instant as ISO 8601's extended format writes it: `2025-08-27T18:08:00.6483458Z`, `2025-08-27T20:08:00+02:00`.
///
/// The zone may also be `+0200` or `+02`, or missing, the decimal sign a comma, letters small, a space may stand for the `T`
/// (RFC 3339), and seconds may be missing (Java leaves them out at full minutes). Nothing else is read: no date or time that
/// does not exist, no year outside 1 to 9999 in UTC, no more than 100 fraction digits. A leap second is none either: its
/// instant does not exist in POSIX time, and moving it would change its day.
public struct ISO8601Instant: Sendable {
    /// How many fraction digits are read; clocks show at most 12.
    public static let maximumFractionDigits = 100

    /// POSIX time of the whole second; of a text without a zone, as if it were UTC.
    public let secondsSince1970: Int64
    /// The first nine fraction digits.
    public let nanoseconds: UInt32
    /// The fraction digits behind the ninth, without zeros at their end.
    public let furtherDigits: String
    /// Whether the text says its zone.
    public let hasZone: Bool

    /// Nil where the text is no such instant.
    public init?(_ text: String) {
        guard let instant = text.withUTF8Bytes({ ISO8601Instant(utf8: $0) }) else { return nil }
        self = instant
    }

    /// Nil where the string's value is no such instant.
    public init?(_ string: JSONString) {
        guard let instant = string.withDecoded({ ISO8601Instant(utf8: $0) }) else { return nil }
        self = instant
    }

    private init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        var scanner = DigitScanner(bytes)
        guard let time = scanner.civilTime(), time.isValid else { return nil }
        var fraction = bytes[0..<0]
        if scanner.hasSeconds, scanner.skip(".", or: ",") {
            fraction = scanner.digits()
            guard (1...Self.maximumFractionDigits).contains(fraction.count) else { return nil }
        }
        self.hasZone = !scanner.isAtEnd
        guard let offset = self.hasZone ? scanner.zone() : 0, scanner.isAtEnd else { return nil }
        self.secondsSince1970 = time.secondsSince1970 - Int64(offset)
        guard Self.allowedSeconds.contains(self.secondsSince1970) else { return nil }
        var nanoseconds: UInt32 = 0
        for index in 0..<9 {
            let digit = index < fraction.count ? fraction[fraction.startIndex + index] - UInt8(ascii: "0") : 0
            nanoseconds = nanoseconds * 10 + UInt32(digit)
        }
        self.nanoseconds = nanoseconds
        var further = fraction.dropFirst(9)
        while further.last == UInt8(ascii: "0") { further.removeLast() }
        self.furtherDigits = further.isEmpty ? "" : String(decoding: further, as: UTF8.self)
    }

    /// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
    private static let allowedSeconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
}

/// Takes fixed-width numbers off the front of a text.
private struct DigitScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0
    /// Whether the time of day that was taken has seconds.
    private(set) var hasSeconds = false

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { self.index == self.bytes.count }

    /// A date and a time of day, which may not exist.
    mutating func civilTime() -> CivilTime? {
        if let time = self.usualTime() { return time }
        guard let year = self.number(digits: 4), self.skip("-"), let month = self.number(digits: 2),
            self.skip("-"), let day = self.number(digits: 2), self.skip("T", or: "t") || self.skip(" "),
            let hour = self.number(digits: 2), self.skip(":"), let minute = self.number(digits: 2)
        else { return nil }
        self.hasSeconds = self.skip(":")
        guard let second = self.hasSeconds ? self.number(digits: 2) : 0 else { return nil }
        return CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    }

    /// `2025-08-27T18:08:00`, as nearly all instants begin, without a decision for each character.
    private mutating func usualTime() -> CivilTime? {
        guard self.index == 0, self.bytes.count >= 19, self.bytes[4] == UInt8(ascii: "-"),
            self.bytes[7] == UInt8(ascii: "-"), self.bytes[10] == UInt8(ascii: "T"),
            self.bytes[13] == UInt8(ascii: ":"), self.bytes[16] == UInt8(ascii: ":")
        else { return nil }
        var greatest: UInt8 = 0
        func two(_ index: Int) -> Int {
            let (first, second) = (self.bytes[index] &- UInt8(ascii: "0"), self.bytes[index + 1] &- UInt8(ascii: "0"))
            greatest = max(greatest, first, second)
            return 10 * Int(first) + Int(second)
        }
        let time = CivilTime(
            year: 100 * two(0) + two(2),
            month: two(5),
            day: two(8),
            hour: two(11),
            minute: two(14),
            second: two(17)
        )
        guard greatest <= 9 else { return nil }
        self.hasSeconds = true
        self.index = 19
        return time
    }

    mutating func number(digits: Int) -> Int? {
        guard self.index + digits <= self.bytes.count else { return nil }
        var value = 0
        for offset in 0..<digits {
            let digit = self.bytes[self.index + offset] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + Int(digit)
        }
        self.index += digits
        return value
    }

    mutating func digits() -> Slice<UnsafeBufferPointer<UInt8>> {
        let start = self.index
        while self.index < self.bytes.count, self.bytes[self.index].isASCIIDigit { self.index += 1 }
        return self.bytes[start..<self.index]
    }

    mutating func skip(_ character: Unicode.Scalar, or other: Unicode.Scalar? = nil) -> Bool {
        guard !self.isAtEnd else { return false }
        let byte = Unicode.Scalar(self.bytes[self.index])
        guard byte == character || byte == other else { return false }
        self.index += 1
        return true
    }

    /// Seconds east of UTC.
    mutating func zone() -> Int? {
        if self.skip("Z", or: "z") { return 0 }
        let isEast = self.skip("+")
        guard isEast || self.skip("-"), let hours = self.number(digits: 2), hours <= 23 else { return nil }
        let needsMinutes = self.skip(":")
        let minutes = needsMinutes || !self.isAtEnd ? self.number(digits: 2) : 0
        guard let minutes, minutes <= 59 else { return nil }
        return (hours * 3_600 + minutes * 60) * (isEast ? 1 : -1)
    }
}
