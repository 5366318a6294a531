extension Currency {
    /// Currencies whose minor unit is not a hundredth, by its fraction digits (ISO 4217, list one, of January 2026).
    ///
    /// A code that is not there has two, as all but these have.
    private static let minorUnits: [(digits: Int, codes: StaticString)] = [
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF "),
        (3, "BHD IQD JOD KWD LYD OMR TND "),
        (4, "CLF UYW "),
    ]

    /// Fraction digits of the smallest unit that is paid in: 0 for yen, 2 for dollars, 3 for Kuwaiti dinars.
    package var minorUnitDigits: Int {
        if self == .usd { return 2 }
        for (digits, codes) in Self.minorUnits {
            for start in stride(from: 0, to: codes.utf8CodeUnitCount, by: Self.textLength + 1) {
                let code = UnsafeBufferPointer(start: codes.utf8Start + start, count: Self.textLength)
                if Currency(utf8: code) == self { return digits }
            }
        }
        return 2
    }
}
