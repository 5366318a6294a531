internal import JSONText

/// An amount of money, or a sum of amounts: an exact decimal, never negative, with nine fraction digits.
///
/// One order's amount has at most 18 integer digits. Sums go up to the 38 digits that DynamoDB stores, which are 29
/// integer digits here, so no day's sum of such amounts comes near the end.
package struct Money: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Fraction digits that are kept.
    package static let scale = 9
    /// Integer digits of one order's amount.
    package static let orderIntegerDigits = 18
    /// Integer digits of a sum: DynamoDB's 38 less the fraction.
    package static let sumIntegerDigits = 29

    package static let zero = Money(billionths: 0)
    /// The greatest number of 38 digits, in billionths.
    private static let maximum: UInt128 = 99_999_999_999_999_999_999_999_999_999_999_999_999

    /// The value in units of 10^-9.
    let billionths: UInt128

    init(billionths: UInt128) {
        self.billionths = billionths
    }

    /// The value that the text of a JSON number has, however it is written (`1.5e3` is `1500.00`).
    ///
    /// Nil if it is none, is negative, or has more than `integerDigits` integer or nine fraction digits.
    package init?(_ text: String, integerDigits: Int = Money.orderIntegerDigits) {
        guard let money = text.withUTF8Bytes({ Money(utf8: $0, integerDigits: integerDigits) }) else { return nil }
        self = money
    }

    /// As `init(_:integerDigits:)`, of bytes.
    package init?(utf8 bytes: UnsafeBufferPointer<UInt8>, integerDigits: Int = Money.orderIntegerDigits) {
        guard let scan = DecimalScan(bytes),
            let billionths = scan.scaled(by: Self.scale, integerDigits: min(integerDigits, Self.sumIntegerDigits))
        else { return nil }
        self.billionths = billionths
    }

    package static func < (left: Money, right: Money) -> Bool {
        left.billionths < right.billionths
    }

    /// The sum; nil where it has more than DynamoDB's 38 digits.
    package func adding(_ other: Money) -> Money? {
        let (sum, overflow) = self.billionths.addingReportingOverflow(other.billionths)
        return overflow || sum > Self.maximum ? nil : Money(billionths: sum)
    }

    /// The one decimal text of this value, as DynamoDB gives numbers back: `15420.5`, `100`, `0`.
    package var text: String {
        let (whole, fraction) = self.billionths.quotientAndRemainder(dividingBy: 1_000_000_000)
        let wholeText = UInt64(exactly: whole).map { String($0) } ?? String(whole)
        guard fraction != 0 else { return wholeText }
        var digits = UInt64(fraction)
        var count = Self.scale
        while digits % 10 == 0 {
            digits /= 10
            count -= 1
        }
        let text = String(digits)
        return wholeText + "." + String(repeating: "0", count: count - text.utf8.count) + text
    }

    package var description: String { self.text }
}
