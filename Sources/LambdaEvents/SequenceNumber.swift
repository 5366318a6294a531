/// A record's place in its shard: up to 129 digits, compared as a number, since the texts differ in length.
package struct SequenceNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Digits of the greatest number that Kinesis' own pattern allows.
    package static let maximumDigits = 129

    /// As it was received, which is how Lambda wants it back: local servers write zeros in front.
    package let text: String
    /// Without zeros in front.
    private let digits: Substring.UTF8View

    /// Nil where the text is not 1 to 129 decimal digits.
    package init?(_ text: String) {
        guard (1...Self.maximumDigits).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        self.text = text
        self.digits = text.utf8.drop { $0 == UInt8(ascii: "0") }
    }

    /// As checkpoints store it: zeros in front up to 129 digits, so that the order of the texts is the order of the
    /// numbers.
    package var padded: String {
        String(repeating: "0", count: Self.maximumDigits - self.digits.count) + String(Substring(self.digits))
    }

    package static func == (left: SequenceNumber, right: SequenceNumber) -> Bool {
        left.digits.elementsEqual(right.digits)
    }

    package static func < (left: SequenceNumber, right: SequenceNumber) -> Bool {
        let (leftCount, rightCount) = (left.digits.count, right.digits.count)
        guard leftCount == rightCount else { return leftCount < rightCount }
        return left.digits.lexicographicallyPrecedes(right.digits)
    }

    package func hash(into hasher: inout Hasher) {
        for digit in self.digits { hasher.combine(digit) }
    }

    package var description: String { self.text }
}
