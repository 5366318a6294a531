/// The value of a JSON number as `significand × 10^exponent`, without trailing zeros in the significand: the common
/// ground of amounts and quantities, which are judged by value and not by how they are written.
struct DecimalScan {
    /// More significant digits than DynamoDB stores are refused.
    static let maximumDigits = 38

    private(set) var isNegative = false
    private(set) var significand: UInt128 = 0
    /// Decimal digits of the significand; 0 for zero.
    private(set) var digits = 0
    private(set) var exponent = 0
    private var pendingZeros = 0

    /// Nil where the bytes are not one number of RFC 8259, or have more than 38 significant digits.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        var index = 0
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") {
            self.isNegative = true
            index += 1
        }
        let integer = index
        guard self.scanDigits(bytes, &index) else { return nil }
        guard index - integer == 1 || bytes[integer] != UInt8(ascii: "0") else { return nil }
        var fractionDigits = 0
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            let fraction = index
            guard self.scanDigits(bytes, &index) else { return nil }
            fractionDigits = index - fraction
        }
        var power = 0
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            guard let written = Self.scanExponent(bytes, &index) else { return nil }
            power = written
        }
        guard index == bytes.count else { return nil }
        self.exponent = self.digits == 0 ? 0 : power - fractionDigits + self.pendingZeros
    }

    /// Zeros wait until a digit follows them, so that `1.000…` costs no digits.
    private mutating func scanDigits(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Bool {
        let start = index
        while index < bytes.count {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            index += 1
            if digit == 0 {
                if self.digits > 0 { self.pendingZeros += 1 }
                continue
            }
            self.digits += self.pendingZeros + 1
            guard self.digits <= Self.maximumDigits else { return false }
            while self.pendingZeros > 0 {
                self.significand &*= 10
                self.pendingZeros -= 1
            }
            self.significand = self.significand &* 10 &+ UInt128(digit)
        }
        return index > start
    }

    /// Held at a billion: no text is long enough to bring such a number back into range.
    private static func scanExponent(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Int? {
        var isNegative = false
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
            isNegative = bytes[index] == UInt8(ascii: "-")
            index += 1
        }
        let start = index
        var power = 0
        while index < bytes.count {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            power = min(power * 10 + Int(digit), 1_000_000_000)
            index += 1
        }
        return index > start ? (isNegative ? -power : power) : nil
    }

    /// The value times 10^`scale` if that is an integer of at most `integerDigits + scale` digits, and not negative.
    func scaled(by scale: Int, integerDigits: Int) -> UInt128? {
        if self.digits == 0 { return 0 }
        let shift = self.exponent + scale
        guard !self.isNegative, shift >= 0, self.digits + self.exponent <= integerDigits else { return nil }
        return (0..<shift).reduce(self.significand) { value, _ in value * 10 }
    }
}
