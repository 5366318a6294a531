extension Money {
    /// The shares of this amount, one for each weight, in proportion to the weights.
    ///
    /// Counted in the currency's minor unit, or in the amount's own last digit where that is finer. Each share is rounded
    /// down, and what remains goes one unit each to the first shares, so that the shares add up to the amount.
    /// Weights are positive and of at most 18 digits, as quantities are.
    package func split(by weights: [Int64], in currency: Currency) -> [Money] {
        precondition(weights.allSatisfy { $0 > 0 }, "quantities are checked where they are decoded")
        guard !weights.isEmpty else { return [] }
        let unit = self.splittingUnit(in: currency)
        let units = self.billionths / unit
        let total = weights.reduce(into: UInt128(0)) { $0 += UInt128($1) }
        var shares = weights.map { Self.proportion(of: units, UInt128($0), total) }
        // Rounding down loses less than one unit a share, so fewer units remain than there are shares.
        let remainder = Int(units - shares.reduce(0, +))
        for index in 0..<remainder { shares[index] += 1 }
        return shares.map { Money(billionths: $0 * unit) }
    }

    /// The currency's minor unit or the amount's last digit, in billionths.
    private func splittingUnit(in currency: Currency) -> UInt128 {
        var unit: UInt128 = 10_000_000
        switch currency.minorUnitDigits {
        case 0: unit = 1_000_000_000
        case 3: unit = 1_000_000
        case 4: unit = 100_000
        default: break
        }
        while self.billionths % unit != 0 { unit /= 10 }
        return unit
    }

    /// `value * part / whole` rounded down; the product of a sum and a quantity can need 256 bits.
    private static func proportion(of value: UInt128, _ part: UInt128, _ whole: UInt128) -> UInt128 {
        let (product, overflow) = value.multipliedReportingOverflow(by: part)
        guard overflow else { return product / whole }
        return whole.dividingFullWidth(value.multipliedFullWidth(by: part)).quotient
    }
}
