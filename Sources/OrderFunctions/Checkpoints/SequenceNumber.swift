/// A record's place in its shard: up to 129 digits, compared as a number, since the texts differ in length.
package struct SequenceNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Digits of the greatest number that Kinesis' own pattern allows.
    package static let maximumDigits = 129

    /// Without leading zeros, as Kinesis writes it.
    package let text: String

    /// Nil where the text is not 1 to 129 decimal digits; leading zeros, as stored, are taken off.
    package init?(_ text: String) {
        guard (1...Self.maximumDigits).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        let digits = text.utf8.drop { $0 == UInt8(ascii: "0") }
        self.text = digits.isEmpty ? "0" : String(Substring(digits))
    }

    /// As checkpoints store it: zeros in front up to 129 digits, so that the order of the texts is the order of the
    /// numbers.
    package var padded: String {
        String(repeating: "0", count: Self.maximumDigits - self.text.utf8.count) + self.text
    }

    package static func < (left: SequenceNumber, right: SequenceNumber) -> Bool {
        let (leftCount, rightCount) = (left.text.utf8.count, right.text.utf8.count)
        guard leftCount == rightCount else { return leftCount < rightCount }
        return left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package var description: String { self.text }
}
