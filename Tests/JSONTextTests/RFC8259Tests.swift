import JSONText
import Testing

/// The categories of the public parser test suites: accepted, refused, and left to implementations.
///
/// `JSONGrammarTests` goes through the RFC's sections; depth and size are tested there, too.
@Suite struct RFC8259Tests {
    @Test(arguments: RFC8259Cases.accepted)
    func `accepts what is JSON`(category: RFC8259Cases.Category) {
        self.expectAccepted(category)
    }

    @Test(arguments: RFC8259Cases.refused)
    func `refuses what is not`(category: RFC8259Cases.Category) {
        self.expectRefused(category)
    }

    @Test(arguments: RFC8259Cases.openAndAccepted)
    func `keeps what others round`(category: RFC8259Cases.Category) {
        self.expectAccepted(category)
    }

    @Test(arguments: RFC8259Cases.openAndRefused)
    func `reads UTF-8 only`(category: RFC8259Cases.Category) {
        self.expectRefused(category)
    }

    /// 100,000 openings, and 500 levels, which are JSON but deeper than `JSONLimits`.
    @Test(arguments: [("[", 100_000), (#"[{"":"#, 50_000), (#"{"a":"#, 100_000), ("[", 500)])
    func `refuses what is nested too deep`(opening: String, count: Int) {
        let closing = count == 500 ? String(repeating: "]", count: count) : ""
        let text = Array((String(repeating: opening, count: count) + closing).utf8)
        #expect(self.failure(ofReading: text)?.code == .tooLarge)
        #expect(self.failure(ofReading: text) == self.failure(ofSkipping: text))
    }

    private func expectAccepted(_ category: RFC8259Cases.Category) {
        for (text, bytes) in zip(category.texts, category.bytes) {
            #expect(self.failure(ofReading: bytes) == nil, "\(text)")
            #expect(self.failure(ofSkipping: bytes) == nil, "\(text)")
        }
    }

    private func expectRefused(_ category: RFC8259Cases.Category) {
        for (text, bytes) in zip(category.texts, category.bytes) {
            #expect(self.failure(ofReading: bytes)?.code == .malformed, "\(text)")
            #expect(self.failure(ofReading: bytes) == self.failure(ofSkipping: bytes), "\(text)")
        }
    }

    private func failure(ofReading bytes: [UInt8]) -> JSONError? {
        JSONError.thrown { _ = try DocumentValue.parse(bytes) }
    }

    private func failure(ofSkipping bytes: [UInt8]) -> JSONError? {
        JSONError.thrown { try JSONReader.read(bytes) { reader in _ = try reader.skip() } }
    }
}

/// Texts by category, as the public parser test suites sort them: what RFC 8259 accepts, what it refuses, and what it
/// leaves to implementations.
enum RFC8259Cases {
    /// One category's texts; a lone invalid byte is written `⟨E5⟩`.
    struct Category: Sendable {
        let name: String
        let texts: [String]

        /// The texts' bytes.
        var bytes: [[UInt8]] { self.texts.map(RFC8259Cases.bytes) }
    }

    static let accepted = [
        Category(
            name: "structure",
            texts: [
                "false", "42", "-0.1", "null", #""asd""#, "true", #""""#, "[\"a\"]\n", "[true]", " [] ", "\t{}\r\n",
            ]
        ),
        Category(
            name: "arrays",
            texts: [
                "[[]   ]", #"[""]"#, "[]", "[false]", #"[null, 1, "1", {}]"#, "[null]", "[1\n]", " [1]",
                "[1,null,null,null,2]", "[2] ",
            ]
        ),
        Category(
            name: "objects",
            texts: [
                #"{"asd":"sdf"}"#, #"{"a":"b","a":"c"}"#, #"{"a":"b","a":"b"}"#, "{}", #"{"":0}"#,
                #"{"foo\u0000bar": 42}"#, #"{ "min": -1.0e+28, "max": 1.0e+28 }"#,
                #"{"x":[{"id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}], "id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}"#,
                #"{"a":[]}"#, #"{"title":"\u041f\u043e\u043b\u0442\u043e\u0440\u0430" }"#, "{\n\"a\": \"b\"\n}",
            ]
        ),
        Category(
            name: "numbers",
            texts: [
                "[123e65]", "[0e+1]", "[0e1]", "[ 4]", "[20e1]", "[-0]", "[-123]", "[-1]", "[1E22]", "[1E-2]",
                "[1E+2]", "[123e45]", "[123.456e78]", "[1e-2]", "[1e+2]", "[123]", "[123.456789]",
                "[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]",
            ]
        ),
        Category(
            name: "strings",
            texts: [
                #"["\u0060\u012a\u12AB"]"#, #"["\uD801\udc37"]"#, #"["\ud83d\ude39\ud83d\udc8d"]"#,
                #"["\"\\\/\b\f\n\r\t"]"#, #"["\\u0000"]"#, #"["\""]"#, #"["a/*b*/c/*d//e"]"#, #"["\\a"]"#, #"["\\n"]"#,
                #"["\u0012"]"#, #"["\uFFFF"]"#, #"[ "asd"]"#, #"["\uDBFF\uDFFF"]"#, #"["new\u00A0line"]"#,
                "[\"\u{10FFFF}\"]", "[\"\u{FFFF}\"]", #"["\u0000"]"#, #"["\u002c"]"#, #"["π"]"#, "[\"\u{1BFFF}\"]",
                #"" ""#, #"["\uD834\uDd1e"]"#, #"["\u0821"]"#, #"["\u0123"]"#, "[\"\u{2028}\"]", "[\"\u{2029}\"]",
                #"["\u0061\u30af\u30EA\u30b9"]"#, #"["new\u000Aline"]"#, "[\"\u{7F}\"]", #"["\uA66D"]"#, #"["\u005C"]"#,
                #"["⍂㈴⍂"]"#, #"["\uDBFF\uDFFE"]"#, #"["\uD83F\uDFFE"]"#, #"["\u200B"]"#, #"["\u2064"]"#,
                #"["\uFDD0"]"#, #"["\uFFFE"]"#, #"["\u0022"]"#, #"["€𝄞"]"#, "[\"a\u{7F}a\"]",
            ]
        ),
    ]

    static let refused = [
        Category(
            name: "structure",
            texts: [
                "", " ", "<.>", "[<null>]", "[1]x", "[1]]", #"["asd]"#, "aå", "[True]", "1]", #"{"x": true,"#, "[][]",
                "]", "⟨E5⟩", "[", "[⟨00⟩]", "2@", "{}}", #"{"":"#, #"{"a":/*comment*/"b"}"#, #"{"a": true} "x""#, "['",
                "[,", "[{", #"["a"#, #"["a""#, "{", "{]", "{,", "{[", #"{"a"#, "{'a'", #"["\{["\{["\{["\{"#, "⟨E9⟩",
                "*",
                #"{"a":"b"}#{}"#, #"[\u000A""]"#, "[1", "[ false, nul", "[ true, fals", "[ false, tru",
                #"{"asd":"asd""#,
                "å", "[\u{2060}]", "\u{2060}", "[\u{C}]", "123⟨00⟩", "[fals]", "[nul]", "[tru]",
            ]
        ),
        Category(
            name: "arrays",
            texts: [
                "[1 true]", "[a⟨E5⟩]", #"["": 1]"#, #"[""],"#, "[,1]", "[1,,2]", #"["x",,]"#, #"["x"]]"#, #"["",]"#,
                #"["x""#, "[x", "[3[4]]", "[⟨FF⟩]", "[1:2]", "[,]", "[-]", #"[   , ""]"#, "[\"a\",\n4\n,1,", "[1,]",
                "[1,,]", "[\"\u{B}a\"\u{C}]", "[*]", #"[""#, "[1,", "[1,\n1\n,1", "[{}",
            ]
        ),
        Category(
            name: "objects",
            texts: [
                #"["x", truth]"#, #"{[: "x"}"#, #"{"x", null}"#, #"{"x"::"b"}"#, "{🇨🇭}", #"{"a":"a" 123}"#,
                "{key: 'value'}", #"{"⟨B9⟩":"0",}"#, #"{"a" b}"#, #"{:"b"}"#, #"{"a" "b"}"#, #"{"a":"#, #"{"a""#,
                "{1:1}", "{9999E9999:1}", "{null:null,null:null}", #"{"id":0,,,,,}"#, "{'a':0}", #"{"id":0,}"#,
                #"{"a":"b"}/**/"#, #"{"a":"b"}/**//"#, #"{"a":"b"}//"#, #"{"a":"b"}/"#, #"{"a":"b",,"c":"d"}"#,
                #"{a: "b"}"#, #"{"a":"a"#, #"{ "foo" : "bar", "a" }"#, #"{"a":"b"}#"#,
            ]
        ),
        Category(
            name: "numbers",
            texts: [
                "[++1234]", "[+1]", "[+Inf]", "[-01]", "[-1.0.]", "[-2.]", "[-NaN]", "[.-1]", "[.2e-3]", "[0.1.2]",
                "[0.3e+]", "[0.3e]", "[0.e1]", "[0E+]", "[0E]", "[0e+]", "[0e]", "[1.0e+]", "[1.0e-]", "[1.0e]",
                "[1 000.0]", "[1eE2]", "[2.e+3]", "[2.e-3]", "[2.e3]", "[9.e+]", "[Inf]", "[NaN]", "[１]", "[1+2]",
                "[0x1]", "[0x42]", "[Infinity]", "[0e+-1]", "[-123.123foo]", "[123⟨E5⟩]", "[1e1⟨E5⟩]", "[0⟨E5⟩]",
                "[-Infinity]", "[-foo]", "[- 1]", "[-012]", "[-.123]", "[-1x]", "[1ea]", "[1e⟨E5⟩]", "[1.]", "[.123]",
                "[1.2a-3]", "[1.8011670033376514H-308]", "[012]",
            ]
        ),
        Category(
            name: "strings",
            texts: [
                #"["\uD800\"]"#, #"["\uD800\u"]"#, #"["\uD800\u1"]"#, #"["\uD800\u1x"]"#, "[é]", #"["\⟨00⟩"]"#,
                #"["\x00"]"#, #"["\\\"]"#, "[\"\\\t\"]", #"["\🌀"]"#, #"["\"]"#, #"["\u00A"]"#, #"["\uD834\uDd"]"#,
                #"["\uD800\uD800\x"]"#, #"["\u⟨E5⟩"]"#, #"["\a"]"#, #"["\uqqqq"]"#, #"["\⟨E5⟩"]"#, #"[\u0020"asd"]"#,
                #"[\n]"#, "\"", "['single quote']", "abc", #"["\"#, "[\"a⟨00⟩a\"]", "[\"new\nline\"]", "[\"\t\"]",
                #""\UA66D""#, #"""x"#,
            ]
        ),
    ]

    /// Numbers of any size are kept as written, and a lone surrogate becomes U+FFFD; what is not UTF-8 is refused, as is
    /// a byte order mark, which §8.1 allows to ignore.
    static let openAndAccepted = [
        Category(
            name: "numbers",
            texts: [
                "[123.456e-789]", "[0.4e0066999999999999999999999999999999999999999999999999999969999999006]",
                "[-1e+9999]", "[1.5e+9999]", "[-123123e100000]", "[123123e100000]", "[123e-10000000]",
                "[-123123123123123123123123123123]", "[100000000000000000000]",
                "[-237462374673276894279832749832423479823246327846]",
            ]
        ),
        Category(
            name: "surrogates",
            texts: [
                #"{"\uDFAA":0}"#, #"["\uDADA"]"#, #"["\uD888\u1234"]"#, #"["\uD800\n"]"#, #"["\uDd1ea"]"#,
                #"["\uD800\uD800\n"]"#, #"["\ud800"]"#, #"["\ud800abc"]"#, #"["\uDd1e\uD834"]"#, #"["\uDFAA"]"#,
            ]
        ),
    ]

    /// See `openAndAccepted`.
    static let openAndRefused = [
        Category(
            name: "encodings",
            texts: [
                "⟨FF⟩⟨FE⟩[⟨00⟩\"⟨00⟩⟨E9⟩⟨00⟩\"⟨00⟩]⟨00⟩", "⟨FE⟩⟨FF⟩⟨00⟩[⟨00⟩]", "⟨00⟩[⟨00⟩\"⟨00⟩⟨E9⟩⟨00⟩\"⟨00⟩]",
                "[⟨00⟩\"⟨00⟩⟨E9⟩⟨00⟩\"⟨00⟩]⟨00⟩", "[⟨00⟩⟨00⟩⟨00⟩]⟨00⟩⟨00⟩⟨00⟩", "⟨EF⟩⟨BB⟩⟨BF⟩{}", "⟨EF⟩⟨BB⟩⟨BF⟩",
                "⟨EF⟩⟨BB⟩{}",
            ]
        ),
        Category(
            name: "invalid UTF-8",
            texts: [
                "[\"日ш⟨FA⟩\"]", "[\"⟨ED⟩⟨A0⟩⟨80⟩\"]", "[\"⟨FF⟩\"]", "[\"⟨E9⟩\"]", "[\"⟨81⟩\"]",
                "[\"⟨F4⟩⟨BF⟩⟨BF⟩⟨BF⟩\"]",
                "[\"⟨C0⟩⟨AF⟩\"]", "[\"⟨FC⟩⟨83⟩⟨BF⟩⟨BF⟩⟨BF⟩⟨BF⟩\"]", "[\"⟨FC⟩⟨80⟩⟨80⟩⟨80⟩⟨80⟩⟨80⟩\"]", "[\"⟨E0⟩⟨FF⟩\"]",
            ]
        ),
    ]

    private static func bytes(of text: String) -> [UInt8] {
        text.split(separator: "⟨", omittingEmptySubsequences: false).enumerated().flatMap { index, part in
            guard index > 0, let byte = UInt8(part.prefix(2), radix: 16) else { return Array(part.utf8) }
            return [byte] + Array(part.dropFirst(3).utf8)
        }
    }
}
