import JSONText
import Testing

@Suite struct StringBytesTests {
    @Test func `canonically equivalent texts have other bytes`() {
        #expect("caf\u{E9}" == "cafe\u{301}")
        #expect(!"caf\u{E9}".hasBytes(of: "cafe\u{301}"))
        #expect("cafe\u{301}".precedesInBytes("caf\u{E9}"))
        #expect("caf\u{E9}".hasBytes(of: "caf\u{E9}"))
    }

    @Test(arguments: [
        ("", "", true), ("a", "", true), ("", "a", false), ("qa.test.com", ".test.com", true),
        ("test.com", ".test.com", false),
        ("a longer text than a small string", "small string", true), ("cafe\u{301}", "\u{E9}", false),
    ])
    func `a text ends in another by its bytes`(text: String, end: String, isEnd: Bool) {
        #expect(text.endsInBytes(of: end) == isEnd)
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
}
