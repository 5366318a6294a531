internal import Glibc

/// A record's place in its shard: up to 129 digits, compared as a number, since the texts differ in length.
package struct SequenceNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Digits of the greatest number that Kinesis' own pattern allows.
    package static let maximumDigits = 129

    /// As it was received, which is how Lambda wants it back: local servers write zeros in front.
    package let text: String
    /// How many.
    private let zeros: Int

    /// Nil where the text is not 1 to 129 decimal digits.
    package init?(_ text: String) {
        var text = text
        let zeros: Int? = text.withUTF8 { digits in
            guard (1...Self.maximumDigits).contains(digits.count), digits.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 })
            else { return nil }
            return digits.prefix { $0 == UInt8(ascii: "0") }.count
        }
        guard let zeros else { return nil }
        self.text = text
        self.zeros = zeros
    }

    /// As checkpoints store it: zeros in front up to 129 digits, so that the order of the texts is the order of the
    /// numbers.
    package var padded: String {
        String(repeating: "0", count: Self.maximumDigits - self.text.utf8.count) + self.text
    }

    package static func == (left: SequenceNumber, right: SequenceNumber) -> Bool { self.order(left, right) == 0 }

    package static func < (left: SequenceNumber, right: SequenceNumber) -> Bool { self.order(left, right) < 0 }

    package func hash(into hasher: inout Hasher) {
        self.withDigits { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

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

    /// The digits that count.
    private func withDigits<Value>(_ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        var text = self.text
        return text.withUTF8 { body(UnsafeBufferPointer(rebasing: $0[self.zeros...])) }
    }
}
