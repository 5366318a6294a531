extension Money {
    /// Of the 17 digits that tell one double from all others, those that a decimal of 15 digits keeps.
    private static let doubleDigits = 15

    /// The amount that a program meant which calculated in binary floating point: `19.989999999999998` is 19.99.
    ///
    /// A number of 16 or 17 significant digits that has at most 6 fraction digits once it is rounded to 15, which
    /// every double keeps. Nil for anything else: what is left over is no residue then.
    init?(binaryResidue bytes: UnsafeBufferPointer<UInt8>) {
        guard let scan = DecimalScan(bytes), !scan.isNegative, (16...17).contains(scan.digits) else { return nil }
        let dropped = scan.digits - Self.doubleDigits
        let divisor: UInt128 = dropped == 1 ? 10 : 100
        var significand = (scan.significand + divisor / 2) / divisor
        var exponent = scan.exponent + dropped
        while significand % 10 == 0 {
            significand /= 10
            exponent += 1
        }
        guard (-6..<Self.orderIntegerDigits).contains(exponent) else { return nil }
        let billionths = (0..<exponent + Self.scale).reduce(significand) { value, _ in value * 10 }
        guard billionths < Self.orderLimit else { return nil }
        self.init(billionths: billionths)
    }

    /// The first value with too many integer digits for one order, in billionths.
    private static let orderLimit: UInt128 = 1_000_000_000_000_000_000_000_000_000
}
