extension CivilTime {
    /// `2025-08-27`; the year is one of 0 to 9999.
    package var dateText: String {
        String(unsafeUninitializedCapacity: 10) { text in
            _ = text.initialize(fromContentsOf: "0000-00-00".utf8)
            text.set(digits: self.year, 0..<4)
            text.set(digits: self.month, 5..<7)
            text.set(digits: self.day, 8..<10)
            return 10
        }
    }

    /// ISO 8601 in UTC, `2025-08-27T18:08:00.6483458Z`, with the fraction's digits but for the zeros at its end.
    ///
    /// `furtherDigits` are those behind the ninth. Written in place: appended piece by piece, the seven of a stored order
    /// would be a good part of what storing it costs.
    package func iso8601(nanoseconds: UInt32, furtherDigits: String = "") -> String {
        var fraction = nanoseconds
        var count = fraction == 0 ? 0 : 9
        while count > 0, furtherDigits.isEmpty, fraction % 10 == 0 {
            fraction /= 10
            count -= 1
        }
        if !furtherDigits.isEmpty { count = 9 }
        let length = 20 + (count == 0 ? 0 : 1 + count)
        let head = String(unsafeUninitializedCapacity: length) { text in
            _ = text.initialize(fromContentsOf: "0000-00-00T00:00:00".utf8)
            text.set(digitsOf: self)
            if count > 0 {
                text[19] = UInt8(ascii: ".")
                text.set(digits: Int(fraction), 20..<20 + count)
            }
            guard furtherDigits.isEmpty else { return length - 1 }
            text[length - 1] = UInt8(ascii: "Z")
            return length
        }
        return furtherDigits.isEmpty ? head : head + furtherDigits + "Z"
    }
}
