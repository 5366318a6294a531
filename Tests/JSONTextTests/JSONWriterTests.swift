import JSONText
import Testing

@Suite struct JSONWriterTests {
    private func write(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `puts commas and colons where they belong`() {
        let text = self.write { writer in
            writer.object { writer in
                writer.member("a", "x")
                writer.key("b")
                writer.array { writer in
                    writer.integer(1)
                    writer.integer(UInt64.max)
                    writer.array { _ in }
                    writer.object { _ in }
                    writer.bool(true)
                    writer.bool(false)
                    writer.null()
                    writer.raw("1.50".utf8)
                    writer.raw(#"{"k":[]}"#.utf8)
                }
                writer.key("c")
                writer.null()
            }
        }
        #expect(text == #"{"a":"x","b":[1,18446744073709551615,[],{},true,false,null,1.50,{"k":[]}],"c":null}"#)
    }

    @Test(arguments: [
        ("", #""""#), ("a\"b", #""a\"b""#), ("a\\b", #""a\\b""#), ("/", #""/""#),
        ("\u{8}\u{9}\u{A}\u{C}\u{D}", #""\b\t\n\f\r""#),
        ("\u{0}\u{1}\u{B}\u{1F}", #""\u0000\u0001\u000b\u001f""#), ("\u{7F}é€😀\u{2028}", "\"\u{7F}é€😀\u{2028}\""),
        ("0123456789abcdef\"", #""0123456789abcdef\"""#), ("0123456\n89abcdef0\\", #""0123456\n89abcdef0\\""#),
    ])
    func `escapes what must be escaped and nothing else`(value: String, expected: String) {
        #expect(self.write { $0.string(value) } == expected)
    }

    @Test(arguments: ["", "\"", "a\nb", "é", "0123456789abcdé"] + (0..<40).map { String(repeating: "x", count: $0) })
    func `a tagged string is an object with that member`(value: String) {
        for tag in ["S", "N", "é"] as [Unicode.Scalar] {
            let tagged = self.write { writer in
                writer.array { writer in
                    writer.taggedString(tag, value)
                    writer.taggedString(tag, value)
                    writer.integer(1)
                }
            }
            let written = self.write { writer in
                writer.array { writer in
                    for _ in 0..<2 { writer.object { $0.member(String(tag), value) } }
                    writer.integer(1)
                }
            }
            #expect(tagged == written)
        }
    }

    @Test func `starts over`() {
        var writer = JSONWriter()
        writer.array { $0.integer(1) }
        writer.removeAll()
        writer.array { $0.integer(2) }
        #expect(writer.bytes == Array("[2]".utf8))
    }
}
