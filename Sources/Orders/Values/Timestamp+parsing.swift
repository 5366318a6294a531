internal import JSONText
internal import Platform

extension Timestamp {
    /// Reads ISO 8601's extended format with a zone: `2025-08-27T18:08:00.6483458Z`, `…T20:08:00+02:00`.
    ///
    /// The zone may also be `+0200` or `+02`, the decimal sign a comma, letters small, a space may stand for the `T`
    /// (RFC 3339), and seconds may be missing (Java leaves them out at full minutes). `assumingUTC` takes a text without
    /// a zone for UTC. Nil for anything else: a date or time that does not exist, a year outside 1 to 9999 in UTC, more
    /// than 100 fraction digits. A leap second is refused: its instant does not exist in POSIX time, and moving it would
    /// change its day.
    package init?(_ text: String, assumingUTC: Bool = false) {
        guard let timestamp = text.withUTF8Bytes({ Timestamp(utf8: $0, assumingUTC: assumingUTC) }) else { return nil }
        self = timestamp
    }

    /// As `init(_:assumingUTC:)`, of bytes.
    package init?(utf8 bytes: UnsafeBufferPointer<UInt8>, assumingUTC: Bool = false) {
        var scanner = DigitScanner(bytes)
        guard let time = scanner.civilTime(), time.isValid else { return nil }
        var fraction = bytes[0..<0]
        if scanner.hasSeconds, scanner.skip(".", or: ",") {
            fraction = scanner.digits()
            guard (1...Self.maximumFractionDigits).contains(fraction.count) else { return nil }
        }
        let isZoneless = assumingUTC && scanner.isAtEnd
        guard let offset = isZoneless ? 0 : scanner.zone(), scanner.isAtEnd else { return nil }
        self.init(secondsSince1970: time.secondsSince1970 - Int64(offset), fraction: fraction)
    }

    private init?(secondsSince1970 seconds: Int64, fraction: Slice<UnsafeBufferPointer<UInt8>>) {
        // 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z
        guard -62_135_596_800...253_402_300_799 ~= seconds else { return nil }
        var nanoseconds: UInt32 = 0
        for index in 0..<9 {
            let digit = index < fraction.count ? fraction[fraction.startIndex + index] - UInt8(ascii: "0") : 0
            nanoseconds = nanoseconds * 10 + UInt32(digit)
        }
        var further = fraction.dropFirst(9)
        while further.last == UInt8(ascii: "0") { further.removeLast() }
        self.init(
            seconds: seconds,
            nanoseconds: nanoseconds,
            furtherDigits: further.isEmpty ? "" : String(decoding: further, as: UTF8.self)
        )
    }
}

/// Takes fixed-width numbers off the front of a text.
private struct DigitScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0
    /// Whether the time of day that was taken has them.
    private(set) var hasSeconds = false

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { self.index == self.bytes.count }

    /// A date and a time of day, which may not exist.
    mutating func civilTime() -> CivilTime? {
        guard let year = self.number(digits: 4), self.skip("-"), let month = self.number(digits: 2),
            self.skip("-"), let day = self.number(digits: 2), self.skip("T", or: "t") || self.skip(" "),
            let hour = self.number(digits: 2), self.skip(":"), let minute = self.number(digits: 2)
        else { return nil }
        self.hasSeconds = self.skip(":")
        guard let second = self.hasSeconds ? self.number(digits: 2) : 0 else { return nil }
        return CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
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
        while self.index < self.bytes.count, self.bytes[self.index] &- UInt8(ascii: "0") <= 9 { self.index += 1 }
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
