import JSONText
import Testing

/// RFC 8259 section by section: what must be accepted, what must be refused, and what is left to implementations.
@Suite struct JSONGrammarTests {
    @Test(arguments: [
        // §3: any value may be the whole text.
        "null", "true", "false", "0", "\"\"", "[]", "{}",
        // §2: the four white-space characters, around every structural character.
        " \t\r\n[ \t\r\n1 \t\r\n, \t\r\n2 \t\r\n] \t\r\n", "\n{\n\"a\"\n:\n1\n,\n\"b\"\n:\n2\n}\n", "[ ]", "{ }",
        // §4: names are strings, may be empty, may repeat.
        #"{"":0}"#, #"{"a":1,"a":2}"#, #"{"\u0061":1}"#, #"{"a":{"b":{"c":[]}}}"#,
        // §5: values need not have one type.
        #"[null,true,1,"a",[],{}]"#, "[[],[[]],[[[]]]]",
        // §6
        "-0", "10", "-10", "1.0", "-0.0", "0.10", "1e5", "1E5", "1e+5", "1e-5", "0e0", "0E+0", "1.5e300", "-1.5E-300",
        "1e05", "123456789012345678901234567890", "[0,0]", "{\"a\":-1}",
        // §7
        #""\"\\\/\b\f\n\r\t""#, #""\u0000\u001F\u0020\u00e9\u00E9\uFFFF""#, #""\ud83d\ude00""#, #""\uD83D\uDE00""#,
        "\"\u{7F}\"", "\"/\"", "\"'\"", "\"é€😀\u{10FFFF}\u{FFFE}\u{2028}\u{2029}\"", #""{[:,]}""#, #""a\\""#,
        #""\\\"""#,
    ])
    func `accepts`(text: String) throws {
        let bytes = Array(text.utf8)
        #expect(throws: Never.self) { try JSONReader.read(bytes) { reader in _ = try reader.skip() } }
        #expect(throws: Never.self) { try DocumentValue.parse(bytes) }
    }

    @Test(arguments: [
        // §2: a text is one value, with nothing but white space around it.
        "", " ", "\n\t", "1 2", "{}{}", "[]]", "{}}", "null,", "1,2", "\"a\"\"b\"", "[]/**/", "// a\n1", "#\n1",
        "\u{C}1", "\u{B}1", "\u{A0}1", "\u{2003}1", "[1]\u{0}", "\u{0}",
        // §3
        "True", "NULL", "nul", "tru", "fals", "nulL", "truee", "nullx", "true1", "undefined", "NaN", "Infinity",
        "-Infinity",
        // §4
        "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{,\"a\":1}", "{\"a\" 1}", "{\"a\":}",
        "{\"a\":1 \"b\":2}", "{\"a\":1,,\"b\":2}", "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{[]:1}", "{\"a\"::1}",
        "{\"a\",1}", "{\"a\":1]", "{\"a\":1:2}", "}", "{\"a\":1}x",
        // §5
        "[", "[1", "[1,", "[1,]", "[,]", "[,1]", "[1,,2]", "[1 2]", "[1:2]", "[1}", "]", "[\"a\"", "[[]", "[1]x", "[a]",
        // §6
        "+1", "01", "-01", "00", "-00", ".5", "-.5", "1.", "1.e5", "1e", "1e+", "1e-", "1E", "-", "--1", "-+1", "1-",
        "1+1",
        "0x10", "1_000", "1,5", "1.2.3", "1e5.5", "1e5e5", "-a", "１", "0e", "0.", "1 .5", "[-]", "[1.]", "[1e]",
        // §7
        "\"", "\"a", "\"\\", "\"\\\"", "\"\\a\"", "\"\\x41\"", "\"\\0\"", "\"\\'\"", "\"\\U0041\"", "\"\\u\"",
        "\"\\u004\"",
        "\"\\u004", "\"\\u00G0\"", "\"\\u 041\"", "\"\\u+041\"", "\"\\\u{A}\"", "\"\\é\"", "'a'", "“a”", "a",
    ])
    func `rejects`(text: String) {
        let bytes = Array(text.utf8)
        let skipping = #expect(throws: JSONError.self) {
            try JSONReader.read(bytes) { reader in _ = try reader.skip() }
        }
        let reading = #expect(throws: JSONError.self) { try DocumentValue.parse(bytes) }
        #expect(skipping?.code == .malformed)
        #expect(reading?.code == .malformed)
        #expect((0...bytes.count).contains(skipping?.offset ?? -1))
    }

    @Test(arguments: UInt8(0)..<0x20)
    func `rejects a control character in a string`(control: UInt8) {
        for length in [0, 1, 7, 8, 15, 16, 31, 33] {
            let bytes =
                [UInt8(ascii: "\"")] + Array(repeating: UInt8(ascii: "a"), count: length) + [control]
                + Array("bc\"".utf8)
            let error = #expect(throws: JSONError.self) { try DocumentValue.parse(bytes) }
            #expect(error?.reason == "control character in a string")
            #expect(error?.offset == 1 + length)
        }
    }

    /// §8.1 wants UTF-8; the list is the Unicode Standard's table 3-7 from its other side.
    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xC2, 0xC2], [0xE0, 0x80, 0x80],
            [0xE0, 0x9F, 0xBF], [0xE2, 0x82], [0xE2, 0x82, 0x41], [0xE2, 0x28, 0xA1], [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF],
            [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0x98, 0x41],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ] as [[UInt8]]
    )
    func `rejects invalid UTF-8`(sequence: [UInt8]) {
        for length in [0, 1, 13, 14, 15, 16, 17, 40] {
            let prefix = [UInt8(ascii: "\"")] + Array(repeating: UInt8(ascii: "a"), count: length)
            for suffix in [Array("\"".utf8), Array("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"".utf8), []] {
                let error = #expect(throws: JSONError.self) { try DocumentValue.parse(prefix + sequence + suffix) }
                #expect(error?.code == .malformed)
                if !suffix.isEmpty { #expect(error?.reason == "invalid UTF-8") }
            }
        }
    }

    @Test func `rejects other encodings and byte order marks`() {
        let utf16: [UInt8] = [0x5B, 0x00, 0x5D, 0x00]
        let marked: [UInt8] = [0xEF, 0xBB, 0xBF, 0x5B, 0x5D]
        for bytes in [utf16, marked] {
            let error = #expect(throws: JSONError.self) { try DocumentValue.parse(bytes) }
            #expect(error?.code == .malformed)
        }
    }

    // What RFC 8259 leaves open, decided.

    @Test(
        arguments: [
            (#""\ud800""#, "\u{FFFD}"), (#""\udc00""#, "\u{FFFD}"), (#""\ud800a""#, "\u{FFFD}a"),
            (#""\ud800\n""#, "\u{FFFD}\n"), (#""\ud800\ud800""#, "\u{FFFD}\u{FFFD}"),
            (#""\ud800\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
            (#""\ud800\u0041""#, "\u{FFFD}A"), (#""\ud83d\ude0""#, nil),
        ] as [(String, String?)]
    )
    func `reads a lone surrogate as the replacement character`(text: String, expected: String?) {
        #expect((try? DocumentValue.parse(Array(text.utf8))) == expected.map { .string($0) })
    }

    @Test func `keeps numbers of any size as written`() throws {
        for text in [
            "1e999999", "-1e-999999", String(repeating: "9", count: 5_000), "0.\(String(repeating: "0", count: 500))1",
        ] {
            #expect(try DocumentValue.parse(Array(text.utf8)) == .number(text))
        }
    }

    @Test func `keeps repeated keys in their order`() throws {
        let value = try DocumentValue.parse(Array(#"{"a":1,"b":2,"a":3}"#.utf8))
        #expect(
            value
                == .object([
                    .init(key: "a", value: .number("1")), .init(key: "b", value: .number("2")),
                    .init(key: "a", value: .number("3")),
                ])
        )
    }

    @Test(arguments: ["[", "{\"a\":"])
    func `limits the depth`(opening: String) throws {
        let closing = opening == "[" ? "]" : "}"
        func nested(_ depth: Int) -> [UInt8] {
            let middle = opening == "[" ? "" : "0"
            return Array(
                (String(repeating: opening, count: depth) + middle + String(repeating: closing, count: depth)).utf8
            )
        }
        #expect(throws: Never.self) { try DocumentValue.parse(nested(128)) }
        #expect(throws: Never.self) { try JSONReader.read(nested(128)) { reader in _ = try reader.skip() } }
        let reading = #expect(throws: JSONError.self) { try DocumentValue.parse(nested(129)) }
        let skipping = #expect(throws: JSONError.self) {
            try JSONReader.read(nested(129)) { reader in _ = try reader.skip() }
        }
        for error in [reading, skipping] {
            #expect(error?.code == .tooLarge)
            #expect(error?.reason == "nested deeper than 128 levels")
            #expect(error?.offset == 128 * opening.utf8.count)
        }
        #expect(throws: Never.self) { try DocumentValue.parse(nested(3), limits: JSONLimits(depth: 3)) }
        #expect(throws: JSONError.self) { try DocumentValue.parse(nested(4), limits: JSONLimits(depth: 3)) }
    }

    @Test func `survives a million open brackets`() {
        let error = #expect(throws: JSONError.self) {
            try JSONReader.read(Array(repeating: UInt8(ascii: "["), count: 1_000_000)) { reader in _ = try reader.skip()
            }
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func `limits the size`() {
        let limits = JSONLimits(bytes: 4)
        #expect(throws: Never.self) { try DocumentValue.parse(Array("[10]".utf8), limits: limits) }
        let error = #expect(throws: JSONError.self) { try DocumentValue.parse(Array("[100]".utf8), limits: limits) }
        #expect(error?.code == .tooLarge)
        #expect(error?.reason == "text is longer than 4 bytes")
    }
}
