/// A place in a Kinesis shard: a decimal number of up to 129 digits, too large for every number type.
///
/// For checkpoints: text of different lengths would compare wrongly, so it is padded before it is stored or compared.
package struct SequenceNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Kinesis' limit: `0|([1-9]\d{0,128})`.
    package static let maximumDigits = 129

    /// Without leading zeros, as Kinesis writes it and `batchItemFailures` names it.
    package let digits: String

    /// From Kinesis' own or the padded form; nil for anything but 1 to 129 decimal digits.
    package init?(_ text: String) {
        guard (1...Self.maximumDigits).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 })
        else { return nil }
        let significant = text.drop { $0 == "0" }
        self.digits = significant.isEmpty ? "0" : String(significant)
    }

    /// 129 digits, so that DynamoDB and everybody else orders the text as the numbers are.
    package var zeroPadded: String {
        String(repeating: "0", count: Self.maximumDigits - self.digits.utf8.count) + self.digits
    }

    package var description: String { self.digits }

    package static func < (left: SequenceNumber, right: SequenceNumber) -> Bool {
        let (leftCount, rightCount) = (left.digits.utf8.count, right.digits.utf8.count)
        return leftCount != rightCount ? leftCount < rightCount : left.digits < right.digits
    }
}
