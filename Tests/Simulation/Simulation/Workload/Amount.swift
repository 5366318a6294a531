/// An amount as the oracle calculates with it, in billionths: nine fraction digits are all that an order may have.
///
/// It is written for the oracle alone, and shares nothing with the pipeline's own numbers.
struct Amount: Hashable, Sendable, Comparable {
    var billionths: Int128

    static func < (left: Amount, right: Amount) -> Bool { left.billionths < right.billionths }

    /// As a JSON number: `12.5`.
    var text: String {
        let whole = self.billionths / 1_000_000_000
        var fraction = String(self.billionths % 1_000_000_000 + 1_000_000_000).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty ? "\(whole)" : "\(whole).\(fraction)"
    }

    /// The value of a number's text; nil for a text that is no number, or is finer than a billionth.
    init?(_ text: String) {
        var (billionths, digits, fraction): (Int128, Int, Int?) = (0, 0, nil)
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest.removeFirst() }
        for byte in rest {
            if byte == UInt8(ascii: "."), fraction == nil, digits > 0 {
                fraction = 0
                continue
            }
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), digits < 38, fraction ?? 0 < 9 else {
                return nil
            }
            billionths = billionths * 10 + Int128(byte - UInt8(ascii: "0"))
            digits += 1
            if let places = fraction { fraction = places + 1 }
        }
        guard digits > 0, fraction != 0 else { return nil }
        for _ in (fraction ?? 0)..<9 {
            let (product, overflow) = billionths.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            billionths = product
        }
        self.billionths = isNegative ? -billionths : billionths
    }

    init(billionths: Int128) { self.billionths = billionths }

    /// The shares of several products by their quantities, in the currency's minor unit or the amount's own last digit
    /// where that is finer; what is left goes to the first products, one unit each.
    func shares(_ quantities: [Int], currency: String) -> [Amount] {
        var unit: Int128 = currency == "JPY" ? 1_000_000_000 : 10_000_000
        while self.billionths % unit != 0 { unit /= 10 }
        let units = self.billionths / unit
        let total = Int128(quantities.reduce(0, +))
        var shares = quantities.map { units * Int128($0) / total }
        for place in 0..<Int(units - shares.reduce(0, +)) { shares[place] += 1 }
        return shares.map { Amount(billionths: $0 * unit) }
    }
}
