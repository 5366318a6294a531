import JSONText
import Testing

@Suite struct StringBytesTests {
    @Test func `canonically equivalent texts have other bytes`() {
        #expect("caf\u{E9}" == "cafe\u{301}")
        #expect(!"caf\u{E9}".hasBytes(of: "cafe\u{301}"))
        #expect("cafe\u{301}".precedesInBytes("caf\u{E9}"))
        #expect("caf\u{E9}".hasBytes(of: "caf\u{E9}"))
    }

    /// Lengths around the eight bytes of a word, with every byte in every place.
    @Test(arguments: 1...17)
    func `digits are told as the standard library tells them`(count: Int) {
        for place in 0..<count {
            for byte in UInt8.min...UInt8.max {
                var bytes = [UInt8](repeating: UInt8(ascii: "9"), count: count)
                bytes[place] = byte
                let isDigits = bytes.withUnsafeBufferPointer { JSONString(raw: $0, hasEscapes: false).isDigits }
                let character = Character(UnicodeScalar(byte))
                if isDigits != (character.isASCII && character.isNumber) { Issue.record("\(bytes)") }
            }
        }
    }

    /// Eight bytes at a time, and what is left over one by one.
    @Test func `visible characters of ASCII are told from all others, wherever they stand`() {
        for count in [1, 7, 8, 9, 16, 23] {
            for place in 0..<count {
                for scalar in (0..<0x180).compactMap(UnicodeScalar.init) {
                    var scalars = [UnicodeScalar](repeating: "z", count: count)
                    scalars[place] = scalar
                    let text = String(String.UnicodeScalarView(scalars))
                    if text.isVisibleASCII != (0x21...0x7E).contains(scalar.value) { Issue.record("\(scalars)") }
                }
            }
        }
        #expect("".isVisibleASCII)
    }

    @Test func `no digits are none`() {
        #expect(!JSONString(raw: UnsafeBufferPointer(start: nil, count: 0), hasEscapes: false).isDigits)
    }

    @Test(arguments: [
        ("", ""), ("a", "a"), (" \t a b\r\n", "a b"), ("\u{A0}a", "\u{A0}a"), (" \n", ""), ("a ", "a"), (" a", "a"),
    ])
    func `white space of ASCII is taken from both ends`(text: String, trimmed: String) {
        #expect(text.trimmed == trimmed)
    }

    @Test(arguments: [
        ("pending", true), ("PENDING", true), ("Pending", true), ("pending ", false), ("pendin", false),
        ("\u{50}ending", true),
        ("p\u{435}nding", false), ("", false),
    ])
    func `letters of ASCII are compared whatever their case`(text: String, isSame: Bool) {
        #expect(text.equalsIgnoringCase("pending") == isSame)
    }

    @Test(arguments: [
        ("", ""), ("content-type", "content-type"), ("Content-TYPE", "content-type"), ("@AZ[", "@az["),
        ("\u{C4}\u{212A}A", "\u{C4}\u{212A}a"),
    ])
    func `only capital letters of ASCII become small`(text: String, lowercased: String) {
        #expect(text.asciiLowercased.hasBytes(of: lowercased))
    }
}
