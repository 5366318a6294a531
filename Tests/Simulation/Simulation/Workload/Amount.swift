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
        let halves = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = Int128(halves[0]), halves.count <= 2 else { return nil }
        var fraction: Int128 = 0
        if halves.count == 2 {
            guard halves[1].utf8.count <= 9,
                let digits = Int128(halves[1] + String(repeating: "0", count: 9 - halves[1].utf8.count))
            else { return nil }
            fraction = digits
        }
        self.billionths = whole * 1_000_000_000 + fraction
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
