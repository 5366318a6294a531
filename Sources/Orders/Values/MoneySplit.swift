/// An amount on its way to being split in proportion to weights: each weight is counted, and then each asks for its
/// share in the same order.
///
/// Shares are counted in the currency's minor unit, or in the amount's own last digit where that is finer. Each is
/// rounded down, and what remains goes one unit each to the first shares, so that the shares add up to the amount.
/// Weights are positive and of at most 18 digits, as quantities are.
///
/// Divisions of 128 bits take several times as long as those of a word, into which nearly all that is split fits
/// (docs/performance.md).
struct MoneySplit {
    /// The currency's minor unit or the amount's last digit, in billionths.
    private let unit: UInt128
    /// The amount in these units.
    private let units: UInt128
    private let weights: UInt128
    /// Whether the product of the units and each weight fits into a word; each is at most the weights' sum.
    private let isSmall: Bool
    /// Units that rounding down has left: less than one a share, so fewer than there are shares.
    private var remainder: UInt128

    /// A split of the amount by weights of that sum.
    init(_ amount: Money, in currency: Currency, weights: UInt128) {
        let minorUnit = Self.minorUnit(of: currency)
        self.weights = weights
        if let small = UInt64(exactly: amount.billionths), let weights = UInt64(exactly: weights) {
            var unit = minorUnit
            while small % unit != 0 { unit /= 10 }
            let units = small / unit
            self.unit = UInt128(unit)
            self.units = UInt128(units)
            self.isSmall = !units.multipliedReportingOverflow(by: weights).overflow
        } else {
            var unit = UInt128(minorUnit)
            while amount.billionths % unit != 0 { unit /= 10 }
            self.unit = unit
            self.units = amount.billionths / unit
            self.isSmall = false
        }
        self.remainder = self.units
    }

    /// Counts a weight.
    mutating func count(_ weight: Int64) {
        self.remainder -= self.roundedDown(weight)
    }

    /// The weight's share; all weights are counted by then.
    mutating func share(of weight: Int64) -> Money {
        var share = self.roundedDown(weight)
        if self.remainder > 0 {
            share += 1
            self.remainder -= 1
        }
        return Money(billionths: share * self.unit)
    }

    private func roundedDown(_ weight: Int64) -> UInt128 {
        precondition(weight > 0, "quantities are checked where they are decoded")
        if self.isSmall {
            let product = UInt64(truncatingIfNeeded: self.units) &* UInt64(weight)
            return UInt128(product / UInt64(truncatingIfNeeded: self.weights))
        }
        // The product of a sum and a quantity can need 256 bits.
        let (product, overflow) = self.units.multipliedReportingOverflow(by: UInt128(weight))
        guard overflow else { return product / self.weights }
        return self.weights.dividingFullWidth(self.units.multipliedFullWidth(by: UInt128(weight))).quotient
    }

    /// In billionths.
    private static func minorUnit(of currency: Currency) -> UInt64 {
        switch currency.minorUnitDigits {
        case 0: 1_000_000_000
        case 3: 1_000_000
        case 4: 100_000
        default: 10_000_000
        }
    }
}
