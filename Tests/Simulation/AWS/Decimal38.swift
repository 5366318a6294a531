/// A number as DynamoDB keeps it: a sign, at most 38 significant digits and a power of ten, never binary.
package struct Decimal38: Hashable, Sendable, Comparable {
    /// Why a text is no number, or a sum no longer one: DynamoDB refuses both as invalid.
    package enum Failure: Error { case notANumber, tooManyDigits, outOfRange }

    /// The significant digits, without zeros at their end; 0 has none.
    private let coefficient: Int128
    private let exponent: Int

    private static let limit: Int128 = 100_000_000_000_000_000_000_000_000_000_000_000_000

    private init(_ coefficient: Int128, exponent: Int) throws(Failure) {
        var (coefficient, exponent) = (coefficient, exponent)
        // Nearly all fit into 64 bits, which are divided ten times faster.
        if var short = Int64(exactly: coefficient), short != 0 {
            while short % 10 == 0 { (short, exponent) = (short / 10, exponent + 1) }
            coefficient = Int128(short)
        }
        while coefficient != 0, coefficient % 10 == 0 { (coefficient, exponent) = (coefficient / 10, exponent + 1) }
        if coefficient == 0 { exponent = 0 }
        guard coefficient.magnitude < Self.limit.magnitude else { throw .tooManyDigits }
        guard (-130...125).contains(exponent) else { throw .outOfRange }
        self.coefficient = coefficient
        self.exponent = exponent
    }

    /// Nothing, which a missing attribute counts as.
    package static let zero = Decimal38(zero: ())

    private init(zero: Void) { (self.coefficient, self.exponent) = (0, 0) }

    /// The value of `-12.50` or `1.25e1`.
    package init(_ text: String) throws(Failure) {
        var coefficient: Int128 = 0
        var exponent = 0
        var digits = 0
        var isNegative = false
        var hasPoint = false
        var rest = Substring(text).utf8
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest.removeFirst()
        }
        while let byte = rest.first, byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") {
            rest.removeFirst()
            if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { throw .notANumber }
            digits += 1
            // 38 digits and a few zeros at their end fit; more digits than that are refused below or are zeros.
            let (product, overflow) = coefficient.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = product.addingReportingOverflow(Int128(byte - UInt8(ascii: "0")))
            guard !overflow, !overflows else { throw .tooManyDigits }
            coefficient = sum
            if hasPoint { exponent -= 1 }
        }
        if !rest.isEmpty {
            guard let power = Int(String(Substring(rest.dropFirst()))) else { throw .notANumber }
            exponent += power
        }
        guard digits > 0 else { throw .notANumber }
        try self.init(isNegative ? -coefficient : coefficient, exponent: exponent)
    }

    /// The exact sum, which must have at most 38 digits.
    package func adding(_ other: Decimal38) throws(Failure) -> Decimal38 {
        let exponent = min(self.exponent, other.exponent)
        let (sum, overflow) = try self.scaled(to: exponent).addingReportingOverflow(other.scaled(to: exponent))
        guard !overflow else { throw .tooManyDigits }
        return try Decimal38(sum, exponent: exponent)
    }

    private func scaled(to exponent: Int) throws(Failure) -> Int128 {
        var value = self.coefficient
        for _ in 0..<(self.coefficient == 0 ? 0 : self.exponent - exponent) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { throw .tooManyDigits }
            value = product
        }
        return value
    }

    package static func < (left: Decimal38, right: Decimal38) -> Bool {
        let exponent = min(left.exponent, right.exponent)
        guard let first = try? left.scaled(to: exponent), let second = try? right.scaled(to: exponent) else {
            // One of them is longer than 38 digits at the other's scale, so the magnitudes are far apart.
            return left.exponent < right.exponent ? right.coefficient > 0 : left.coefficient < 0
        }
        return first < second
    }

    /// As DynamoDB writes it: no exponent, no superfluous zeros.
    package var text: String {
        if self.exponent >= 0 { return String(self.coefficient) + String(repeating: "0", count: self.exponent) }
        let digits = String(self.coefficient.magnitude)
        let sign = self.coefficient < 0 ? "-" : ""
        let point = digits.utf8.count + self.exponent
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }
}
