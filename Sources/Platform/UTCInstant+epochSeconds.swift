extension UTCInstant {
    /// Reads a JSON number of seconds exactly, without floating point, as AWS writes points in time: `1607497475.000`,
    /// `1.607497475E9`.
    ///
    /// Cut (never rounded) to nanoseconds. Nil for what is not a number, negative or behind the year 2262.
    package init?(secondsSince1970 text: ArraySlice<UInt8>) {
        if let instant = text.withUnsafeBufferPointer({ UTCInstant(plainSeconds: $0) }) {
            self = instant
            return
        }
        self.init(text, unit: 9)
    }

    /// Reads a JSON number of seconds since 1970, or of milliseconds, microseconds or nanoseconds where it is too great
    /// for the greater unit: behind the year 2262.
    package init?(secondsOrLessSince1970 text: ArraySlice<UInt8>) {
        if let instant = UTCInstant(secondsSince1970: text) {
            self = instant
            return
        }
        for unit in [6, 3, 0] {
            guard let instant = UTCInstant(text, unit: unit) else { continue }
            self = instant
            return
        }
        return nil
    }

    /// Reads a number whose unit is ten to the power of `unit` nanoseconds.
    private init?(_ text: ArraySlice<UInt8>, unit: Int) {
        // Digits are taken as they come; `scale` counts those behind the point, `exponent` moves it.
        var digits: [UInt8] = []
        var scale = 0
        var exponent = 0
        var exponentSign = 1
        var part = Part.integer
        for byte in text {
            switch (byte, part) {
            case (UInt8(ascii: "0")...UInt8(ascii: "9"), .integer): digits.append(byte &- UInt8(ascii: "0"))
            case (UInt8(ascii: "0")...UInt8(ascii: "9"), .fraction):
                digits.append(byte &- UInt8(ascii: "0"))
                scale += 1
            case (UInt8(ascii: "0")...UInt8(ascii: "9"), .exponent):
                exponent = min(exponent * 10 + Int(byte &- UInt8(ascii: "0")), 1_000_000)
            case (UInt8(ascii: "."), .integer): part = .fraction
            case (UInt8(ascii: "e"), .integer), (UInt8(ascii: "E"), .integer), (UInt8(ascii: "e"), .fraction),
                (UInt8(ascii: "E"), .fraction):
                part = .exponent
            case (UInt8(ascii: "+"), .exponent): continue
            case (UInt8(ascii: "-"), .exponent): exponentSign = -1
            default: return nil
            }
        }
        guard !digits.isEmpty else { return nil }
        // How many of the digits stand before the nanoseconds' end.
        let wanted = digits.count - scale + exponentSign * exponent + unit
        var nanoseconds: Int64 = 0
        for position in 0..<max(0, wanted) {
            let (scaled, overflow) = nanoseconds.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(position < digits.count ? Int64(digits[position]) : 0)
            guard !overflow, !carry else { return nil }
            nanoseconds = sum
        }
        self.init(nanosecondsSince1970: nanoseconds)
    }

    /// Reads at most ten digits, and at most nine behind a point, as services write the points in time of our days.
    ///
    /// Nothing is allocated. Nil for any other text.
    private init?(plainSeconds text: UnsafeBufferPointer<UInt8>) {
        var value: Int64 = 0
        var fractionDigits = -1
        guard (1...20).contains(text.count) else { return nil }
        for byte in text {
            let digit = byte &- UInt8(ascii: "0")
            if digit <= 9 {
                value = value &* 10 &+ Int64(digit)
                if fractionDigits >= 0 { fractionDigits += 1 }
            } else {
                guard byte == UInt8(ascii: "."), fractionDigits < 0 else { return nil }
                fractionDigits = 0
            }
        }
        let integerDigits = text.count - (fractionDigits < 0 ? 0 : fractionDigits + 1)
        guard (1...10).contains(integerDigits), fractionDigits != 0, fractionDigits <= 9,
            integerDigits < 10 || text[0] <= UInt8(ascii: "8")  // the year 2255; the type ends in 2262
        else { return nil }
        for _ in max(fractionDigits, 0)..<9 { value = value &* 10 }
        self.init(nanosecondsSince1970: value)
    }

    /// Reads a text of a JSON number of seconds, as the initializer from bytes does.
    package init?(secondsSince1970 text: String) {
        self.init(secondsSince1970: Array(text.utf8)[...])
    }

    /// What of a number is being read.
    private enum Part {
        case integer, fraction, exponent
    }
}
