package import Platform

extension SequenceNumber {
    /// When Kinesis gave the number, to the second; nil where it is not of the form that Kinesis gives.
    ///
    /// AWS does not document the form. In hexadecimal, the numbers in its documentation's events have 47 digits, of which
    /// the first and the last are 2, and the nine before the last nine are seconds since 1970, two at most before the
    /// record's arrival. So this is only for records that tell no time themselves.
    package var time: UTCInstant? {
        // The number in binary, lowest bits first.
        var limbs: [UInt64] = [0, 0, 0]
        for digit in self.text.utf8 {
            var carry = UInt64(digit &- UInt8(ascii: "0"))
            for index in limbs.indices {
                let (high, low) = limbs[index].multipliedFullWidth(by: 10)
                let (sum, overflow) = low.addingReportingOverflow(carry)
                limbs[index] = sum
                carry = high + (overflow ? 1 : 0)
            }
            if carry != 0 { return nil }
        }
        guard limbs[2] >> 56 == 2, limbs[0] & 0xF == 2 else { return nil }
        let seconds = Int64(limbs[0] >> 36 | (limbs[1] & 0xFF) << 28)
        return Self.plausibleSeconds.contains(seconds) ? UTCInstant(secondsSince1970: seconds) : nil
    }

    /// From Kinesis' first year, 2013, to 2106.
    private static let plausibleSeconds: Range<Int64> = 1_356_998_400..<4_294_967_296
}
