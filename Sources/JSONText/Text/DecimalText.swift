/// The value of a JSON number's text as `significand × 10^exponent`, exactly: two texts of one value are one `DecimalText`.
///
/// Amounts and quantities are judged by it, since their value counts and not how they are written.
public struct DecimalText: Sendable {
    /// More significant digits than DynamoDB stores are refused.
    public static let maximumDigits = 38

    /// Whether a minus sign stands in front.
    public let isNegative: Bool
    /// The digits, without zeros in front and behind.
    public let significand: UInt128
    /// How many decimal digits the significand has; 0 for zero.
    public let digits: Int
    /// The power of ten that the significand is multiplied by.
    public let exponent: Int

    /// Nil where the text is not one number of RFC 8259, or has more than 38 significant digits.
    public init?(_ text: String) {
        guard let decimal = text.withUTF8Bytes({ DecimalText(utf8: $0) }) else { return nil }
        self = decimal
    }

    /// The value of a number; nil where it has more than 38 significant digits.
    public init?(_ number: JSONNumber) {
        self.init(utf8: number.raw)
    }

    /// The value of the number that a string holds; nil where it holds none, or one of more than 38 significant digits.
    public init?(_ string: JSONString) {
        guard let decimal = string.withDecoded({ DecimalText(utf8: $0) }) else { return nil }
        self = decimal
    }

    /// Nearly all numbers have so few characters that their digits fit into a machine word.
    private init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        if bytes.count < 19 { self.init(DecimalScan<UInt64>(bytes)) } else { self.init(DecimalScan<UInt128>(bytes)) }
    }

    private init?<Significand>(_ scan: DecimalScan<Significand>?) {
        guard let scan else { return nil }
        self.isNegative = scan.isNegative
        self.significand = UInt128(scan.significand)
        self.digits = scan.digits
        self.exponent = scan.exponent
    }

    /// The value in units of 10^-`scale`; nil where that is no integer, negative, or has more than `integerDigits + scale`
    /// digits.
    public func units(scale: Int, integerDigits: Int) -> UInt128? {
        if self.digits == 0 { return 0 }
        let shift = self.exponent + scale
        guard !self.isNegative, shift >= 0, self.digits + self.exponent <= integerDigits else { return nil }
        var units = self.significand
        var rest = shift
        while rest > 0 {
            let step = min(rest, 18)
            units *= UInt128((0..<step).reduce(1 as UInt64) { power, _ in power &* 10 })
            rest -= step
        }
        return units
    }
}

/// A number as its text is looked at, digit by digit.
private struct DecimalScan<Significand: FixedWidthInteger & UnsignedInteger> {
    private(set) var isNegative = false
    private(set) var significand: Significand = 0
    private(set) var digits = 0
    private(set) var exponent = 0
    /// Zeros that count only if a digit follows them, so that `1.000…` costs no digits.
    private var pendingZeros = 0

    /// Nil where the text is not one number of RFC 8259, or has more than 38 significant digits.
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

    /// Takes digits off the text; false where there is none, or where there are too many.
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
            guard self.digits <= DecimalText.maximumDigits else { return false }
            while self.pendingZeros > 0 {
                self.significand &*= 10
                self.pendingZeros -= 1
            }
            self.significand = self.significand &* 10 &+ Significand(truncatingIfNeeded: digit)
        }
        return index > start
    }

    /// Takes an exponent off the text, held at a billion: no text is long enough to bring such a number back into range.
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
}
