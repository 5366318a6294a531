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

    @Test(
        arguments: [
            (0, "\\u0000"), (0x1F, "\\u001f"), (0xE9, "\\u00e9"), (0x2028, "\\u2028"), (0xD83D, "\\ud83d"),
            (0xFFFF, "\\uffff"),
        ] as [(UInt16, String)]
    )
    func `a code unit is escaped with four digits`(unit: UInt16, escape: String) {
        var text = Array("a".utf8)
        Hexadecimal.appendUnicodeEscape(unit, to: &text)
        #expect(String(decoding: text, as: UTF8.self) == "a" + escape)
    }
}
