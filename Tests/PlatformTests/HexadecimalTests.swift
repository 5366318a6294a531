import Platform
import Testing

@Suite struct HexadecimalTests {
    @Test func `every byte has the two digits that the standard library gives it`() {
        for byte in UInt8.min...UInt8.max {
            let digits = String(byte, radix: 16)
            #expect(Hexadecimal.text([byte]) == (digits.utf8.count == 1 ? "0" : "") + digits)
        }
    }

    @Test func `every digit has the value that the standard library gives it, and nothing else has one`() {
        for byte in UInt8.min...UInt8.max {
            let value = Character(UnicodeScalar(byte)).isASCII ? UInt8(String(UnicodeScalar(byte)), radix: 16) : nil
            #expect(Hexadecimal.value(of: byte) == value, "\(byte)")
        }
    }

    @Test func `capital digits are those that the standard library gives`() {
        for value in 0..<16 as Range<UInt8> {
            let digit = String(UnicodeScalar(Hexadecimal.capitalDigit(value)))
            #expect(digit == String(value, radix: 16, uppercase: true))
        }
    }
}
