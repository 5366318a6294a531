internal import JSONText
internal import Platform

/// An amount of money, or a sum of amounts: an exact decimal, never negative, with nine fraction digits.
///
/// One order's amount has at most 18 integer digits. Sums go up to the 38 digits that DynamoDB stores, which are 29
/// integer digits here, so no day's sum of such amounts comes near the end.
package struct Money: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How many fraction digits are kept.
    package static let scale = 9
    /// How many integer digits one order's amount has at most.
    package static let orderIntegerDigits = 18
    /// How many integer digits a sum has at most: DynamoDB's 38 less the fraction.
    package static let sumIntegerDigits = 29

    /// No money.
    package static let zero = Money(billionths: 0)
    /// The greatest number of 38 digits, in billionths.
    private static let maximum: UInt128 = 99_999_999_999_999_999_999_999_999_999_999_999_999

    /// The value in units of 10^-9.
    package let billionths: UInt128

    /// Of at most 38 digits, as every amount and every sum of amounts is.
    package init(billionths: UInt128) {
        self.billionths = billionths
    }

    /// The value that the text of a JSON number has, however it is written (`1.5e3` is `1500.00`).
    ///
    /// Nil if the text is no number, a negative one, or has more than `integerDigits` integer or nine fraction digits.
    package init?(_ text: String, integerDigits: Int = Money.orderIntegerDigits) {
        guard let decimal = DecimalText(text) else { return nil }
        self.init(decimal, integerDigits: integerDigits)
    }

    private init?(_ decimal: DecimalText, integerDigits: Int = Money.orderIntegerDigits) {
        let integerDigits = min(integerDigits, Self.sumIntegerDigits)
        guard let billionths = decimal.units(scale: Self.scale, integerDigits: integerDigits) else { return nil }
        self.billionths = billionths
    }

    /// The order of the values.
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
        if let billionths = Int(exactly: self.billionths) {
            let (whole, fraction) = billionths.quotientAndRemainder(dividingBy: 1_000_000_000)
            return FixedPointText.text(whole: whole, fraction: fraction, digits: Self.scale)
        }
        let (whole, fraction) = self.billionths.quotientAndRemainder(dividingBy: 1_000_000_000)
        // The fraction with a zero before the point, which is left out.
        return String(whole) + FixedPointText.text(whole: 0, fraction: Int(fraction), digits: Self.scale).dropFirst()
    }

    /// The decimal text.
    package var description: String { self.text }
}

// Amounts as orders have them.
extension Money {
    /// The amount that a string holds, with or without white space around it.
    init?(_ string: JSONString) {
        guard let decimal = DecimalText(string) ?? DecimalText(string.string.trimmed) else { return nil }
        self.init(decimal)
    }

    /// The amount of a number, or what is meant by one with the digits that binary floating point adds.
    init?(_ number: JSONNumber, noting assumptions: inout Assumptions) {
        guard let decimal = DecimalText(number) else { return nil }
        if let money = Money(binaryResidue: decimal) {
            assumptions.insert(.roundedAmount)
            self = money
        } else if let money = Money(decimal) {
            self = money
        } else {
            return nil
        }
    }

    /// The amount of a number that DynamoDB writes as a string.
    ///
    /// It has the digits that were stored, which may have been sent as a string: what can be kept as it is is kept.
    init?(numberIn string: JSONString, noting assumptions: inout Assumptions) {
        guard let decimal = DecimalText(string) else { return nil }
        if let money = Money(decimal) {
            self = money
        } else if let money = Money(binaryResidue: decimal) {
            assumptions.insert(.roundedAmount)
            self = money
        } else {
            return nil
        }
    }

    /// How many digits a decimal can have that every double keeps; 17 tell one double from all others.
    private static let doubleDigits = 15

    /// The amount that a program meant which calculated in binary floating point: `19.989999999999998` is 19.99, and
    /// `28848900.000000004`, which could be kept as it is, 28848900.
    ///
    /// That is a number of 16 or 17 significant digits, at least 6 of them behind the point, which has at most 6
    /// fraction digits, and at least 4 less than before, once it is rounded to 15. Nil for any other number: its last
    /// digits are meant.
    private init?(binaryResidue decimal: DecimalText) {
        guard (16...17).contains(decimal.digits), !decimal.isNegative, decimal.exponent <= -6 else { return nil }
        let dropped = decimal.digits - Self.doubleDigits
        let divisor: UInt128 = dropped == 1 ? 10 : 100
        var significand = (decimal.significand + divisor / 2) / divisor
        var exponent = decimal.exponent + dropped
        while significand % 10 == 0 {
            significand /= 10
            exponent += 1
        }
        guard exponent >= -6, min(exponent, 0) - decimal.exponent >= 4 else { return nil }
        // Of 17 digits at most 11 stand before the point, so that an order may have as many.
        self.init(billionths: (0..<exponent + Self.scale).reduce(significand) { value, _ in value * 10 })
    }
}
