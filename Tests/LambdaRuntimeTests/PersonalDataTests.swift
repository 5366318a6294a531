import LambdaRuntime
import TestSupport
import Testing

@Suite struct PersonalDataTests {
    @Test(arguments: [
        ("for bob@test.com.", "for ***@test.com."),
        ("a.b+c@x.org,d@y.org", "***@x.org,***@y.org"),
        ("Bob <bob@test.com>", "Bob <***@test.com>"),
        ("mailto:bob@test.com", "mailto:***@test.com"),
        // Spaces and comments, around the sign and around dots.
        ("to bob @ test.com", "to ***@ test.com"),
        ("to bob\t@test.com", "to ***@test.com"),
        ("to bob(a comment (in it))@test.com", "to ***@test.com"),
        ("to bob . smith @test.com", "to ***@test.com"),
        ("to bob (x) .(y) smith@test.com", "to ***@test.com"),
        ("to bob.\r\n smith@test.com", "to ***@test.com"),
        ("bob)@test.com", "***@test.com"),
        ("to bob (a) (b (c))@test.com (d) x(e)@test.com", "to ***@test.com (d) ***@test.com"),
        ("(bob (a)@test.com)@test.com", "(***@***@test.com"),
        // Quotes, with anything in them, and within JSON within a text.
        (#"to "bob smith"@test.com"#, "to ***@test.com"),
        (#"to "bob@home"@test.com"#, #"to "******@test.com"#),
        (#"to "bob\"s"@test.com"#, "to ***@test.com"),
        (#"{\"a\":\"\"bob smith\"@test.com\"}"#, #"{\"a\":\"***@test.com\"}"#),
        (#"bob smith"@test.com"#, "***@test.com"),
        // Spellings of the sign.
        ("bob%40test.com", "***%40test.com"),
        ("bob%2540test.com", "***%2540test.com"),
        ("%22bob%20smith%22%40test.com", "***%40test.com"),
        ("bob\u{FF20}test.com", "***\u{FF20}test.com"),
        ("bob\u{FE6B}test.com", "***\u{FE6B}test.com"),
        ("bob%ef%bc%a0test.com", "***%ef%bc%a0test.com"),
        (#"bob\u0040test.com"#, #"***\u0040test.com"#),
        ("bob&#64;test.com", "***&#64;test.com"),
        ("bob&#X40;test.com", "***&#X40;test.com"),
        (#"bob\@test.com"#, "***@test.com"),
        // Beyond ASCII, a host's address, a domain that is missing or cut off.
        ("日本@例え.jp", "***@例え.jp"),
        ("bob\u{200B}@test.com", "***@test.com"),
        ("bob@[192.0.2.1]", "***@[192.0.2.1]"),
        ("bob@", "***@"),
        ("bob@ ", "***@ "),
        ("bob@@test.com", "***@@test.com"),
    ])
    func `An address is masked, whatever stands around its sign`(text: String, expected: String) {
        #expect(PersonalData.masked(text) == expected)
    }

    /// Where a part of the text were read again for each sign or parenthesis, it would take minutes.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [")", ")@", "(@", "()@", "( ", "\"", "\"@", "\"\"@", "\\\"@", " @", ". @", "DE89 ", "4 ", "%40("]
    )
    func `a long text of what may begin or end something is masked without a wait`(part: String) {
        let text = String(repeating: part, count: 200_000 / part.utf8.count)
        for text in [text + "@", String(repeating: "(", count: 60_000) + text + "@test.com"] {
            #expect(PersonalData.masked(text).utf8.count <= 2 * text.utf8.count)
        }
    }

    @Test(arguments: [
        ("card 4111111111111111", "card ***1111"),
        ("4111 1111 1111 1111", "***1111"), ("4111-1111-1111-1111 x", "***1111 x"),
        ("4111%201111%201111%201111", "***1111"), ("4111+1111+1111+1111", "***1111"),
        ("4111\u{A0}1111\u{A0}1111\u{A0}1111", "***1111"), ("visa4111111111111111", "visa***1111"),
        // American Express, Mastercard's two ranges, Diners, Discover, JCB, UnionPay of 19, old Visa of 13.
        ("378282246310005", "***0005"), ("5555555555554444", "***4444"), ("2223003122003222", "***3222"),
        ("30569309025904", "***5904"), ("6011111111111117", "***1117"), ("3530111333300000", "***0000"),
        ("6205500000000000004", "***0004"), ("4222222222222", "***2222"),
        ("order 12 4111 1111 1111 1111", "order 12 ***1111"),
        ("on 2025-08-27 4111111111111111", "on 2025-08-27 ***1111"),
        ("4111111111111111,5555555555554444", "***1111,***4444"),
        ("DE89370400440532013000", "DE***"), ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN DE*** please"),
        ("gb82-west-1234-5698-7654-32", "gb***"), ("NO9386011117947.", "NO***."),
        ("MT84MALT011000012345MTLCAST001S", "MT***"), ("ibanFR1420041010050500013M02606", "ibanFR***"),
    ])
    func `Numbers of cards and accounts are masked`(text: String, expected: String) {
        #expect(PersonalData.masked(text) == expected)
    }

    @Test(arguments: [
        "batch done", "ORD-1001", "1756318080123", "2025-08-27T18:08:00.123Z", "49650000000000000000000000000000000001",
        "arn:aws:kinesis:eu-west-1:123456789012:stream/orders", "shardId-000000000001",
        // A wrong check digit, too short, too long, within an id, and what has no check digit of its country's length.
        "4111111111111112", "411111111111", "41111111111111111111", "DE88370400440532013000", "DE8937040044053201300",
        "a5540-4391-9043-1234-41", "0aa65540-4e91-4391-9c43-a99d732ba3f0", "6c4d0f07996c43ba214ba00cc02b6a9a",
        // By chance, an IBAN of Bosnia and Herzegovina stands in it.
        "cba18d24-24fb-40c7-84ab-27850c05481e",
        "", "%", "a % b", "&amp;", #"a\nb"#, "größer", "100000000.25",
    ])
    func `Other text stays as it is`(text: String) {
        #expect(PersonalData.masked(text) == text)
    }

    @Test func `ids in hexadecimal digits stay readable, whatever numbers stand in them by chance`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededRandom(seed: seed).generator
        for _ in 0..<20_000 {
            let digits = (0..<32).map { _ in Character(String(Int.random(in: 0..<16, using: &generator), radix: 16)) }
            let uuid = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
            for text in [String(digits), uuid, "of \(uuid):1"] {
                #expect(PersonalData.masked(text) == text, "seed \(seed)")
            }
        }
    }

    @Test func `an account beside an id is masked all the same`() {
        let id = "cba18d24-24fb-40c7-84ab-27850c05481e"
        #expect(PersonalData.masked("\(id) DE89370400440532013000") == "\(id) DE***")
        // A letter more makes it a word that is no id.
        #expect(PersonalData.masked("x\(id)") != "x\(id)")
    }
}
