/// Decimal texts of numbers with fraction digits, written in place: put together of pieces, the amounts of a batch's rows would be
/// a percent of what counting it costs.
package enum FixedPointText {
    /// `15420.5`, `100`, `0`: a number that is not negative and less than a word holds, by its whole part and by its fraction
    /// in units of so many digits, without the zeros at the fraction's end.
    package static func text(whole: Int, fraction: Int, digits: Int) -> String {
        var (fraction, digits) = (fraction, fraction == 0 ? 0 : digits)
        while digits > 0, fraction % 10 == 0 {
            fraction /= 10
            digits -= 1
        }
        var length = 1
        var rest = whole / 10
        while rest > 0 {
            rest /= 10
            length += 1
        }
        let count = digits == 0 ? length : length + 1 + digits
        return String(unsafeUninitializedCapacity: count) { text in
            text.set(digits: whole, 0..<length)
            if digits > 0 {
                text[length] = UInt8(ascii: ".")
                text.set(digits: fraction, length + 1..<count)
            }
            return count
        }
    }
}
