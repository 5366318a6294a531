internal import Glibc
internal import JSONText
package import Platform

/// A record's place in its shard: up to 129 digits, compared as a number, since the texts differ in length.
package struct SequenceNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How many digits the greatest number has that Kinesis' own pattern allows.
    package static let maximumDigits = 129

    /// The number as it was received, which is how Lambda wants it back: local servers write zeros in front.
    package let text: String
    /// How many zeros stand in front of the digits that count.
    private let zeros: Int

    /// Nil where the text is not 1 to 129 decimal digits.
    package init?(_ text: String) {
        let zeros: Int? = text.withUTF8Bytes { digits in
            guard (1...Self.maximumDigits).contains(digits.count), digits.allSatisfy({ $0.isASCIIDigit }) else {
                return nil
            }
            return digits.prefix { $0 == UInt8(ascii: "0") }.count
        }
        guard let zeros else { return nil }
        self.text = text
        self.zeros = zeros
    }

    /// The number as checkpoints store it: with zeros in front up to 129 digits, so that the order of the texts is the order of
    /// the numbers.
    package var padded: String {
        String(Substring(Self.manyZeros.utf8.dropLast(self.text.utf8.count))) + self.text
    }

    private static let manyZeros = String(repeating: "0", count: Self.maximumDigits)

    /// The number in the shortest form whose order as text is the order of the numbers: the count of its digits in three
    /// digits, then its digits.
    package var sortable: String {
        self.withDigits { digits in
            // Zero, of which no digit counts, has one.
            let count = max(digits.count, 1)
            return String(unsafeUninitializedCapacity: 3 + count) { text in
                let zero = UInt8(ascii: "0")
                for (place, unit) in [100, 10, 1].enumerated() { text[place] = zero + UInt8(count / unit % 10) }
                text[3] = zero
                _ = text[3...].update(fromContentsOf: digits)
                return 3 + count
            }
        }
    }

    /// Reads what `sortable` wrote; nil for anything else.
    package init?(sortable text: String) {
        guard let number = SequenceNumber(String(text.dropFirst(3))), number.sortable == text else { return nil }
        self = number
    }

    /// The number as Kinesis writes it, without zeros in front.
    package var unpadded: String { self.zeros == self.text.utf8.count ? "0" : String(self.text.dropFirst(self.zeros)) }

    /// Whether the numbers are the same, with zeros in front or without.
    package static func == (left: SequenceNumber, right: SequenceNumber) -> Bool { self.order(left, right) == 0 }

    /// The order of the numbers.
    package static func < (left: SequenceNumber, right: SequenceNumber) -> Bool { self.order(left, right) < 0 }

    /// Feeds the digits that count to a hasher.
    package func hash(into hasher: inout Hasher) {
        self.withDigits { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// The number as it was received.
    package var description: String { self.text }

    /// Negative, zero or positive, as `memcmp`: the number with more digits is the greater.
    private static func order(_ left: SequenceNumber, _ right: SequenceNumber) -> Int {
        left.withDigits { left in
            right.withDigits { right in
                guard left.count == right.count else { return left.count - right.count }
                guard let first = left.baseAddress, let second = right.baseAddress else { return 0 }
                return Int(memcmp(first, second, left.count))
            }
        }
    }

    /// Runs `body` on the digits that count.
    private func withDigits<Value>(_ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        self.text.withUTF8Bytes { body(UnsafeBufferPointer(rebasing: $0[self.zeros...])) }
    }
}

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
