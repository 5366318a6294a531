import AWSClient
import JSONText
import OrderFunctions
import Orders
import TestSupport
import Testing

@Suite struct ArchiveLineTests {
    /// The line of one record.
    private static func line(_ payload: [UInt8]) async throws -> ArchivedLine {
        let fixture = try ArchiverFixture()
        #expect(try await fixture.deliver([StreamedRecord(1, payload)]).isEmpty)
        let lines = try fixture.archived
        #expect(lines.count == 1)
        return try #require(lines.first)
    }

    @Test func `a line says where its record stood, when it came, and what was understood`() async throws {
        let fixture = try ArchiverFixture()
        let order = orderEvent("M1", amount: "10.50", products: [("A", 2), (#"B\""#, 1)])
        try await fixture.deliver([StreamedRecord(1, order)])
        let number = StreamedRecord(1, "").sequenceNumber
        #expect(
            try fixture.lines == [
                #"{"format":1,"rules":\#(OrderRecordDecoder.rulesVersion),"shardId":"shardId-000000000000","#
                    + #""sequenceNumber":"\#(number)","partitionKey":"1","arrivedAt":"2025-08-27T18:08:00.648Z","#
                    + #""record":\#(order),"order":{"verdict":"accepted","eventId":"M1","orderId":"O-M1","#
                    + #""day":"2025-08-27","currency":"USD","amount":"10.5","products":["#
                    + #"{"productId":"A","quantity":2},{"productId":"B\"","quantity":1}]}}"#
            ]
        )
    }

    @Test(arguments: [
        (orderEvent("M1"), "accepted", "M1", "2025-08-27"),
        (#"{"customer_id":"1","amount":1}"#, "accepted", "shardId-000000000000:", "2025-08-27"),
        (#"{"Type":"OrderShippedV1"}"#, "skipped", nil, nil),
        (orderEvent("M1", amount: "-1", time: "2025-08-26T00:00:00Z"), "refused", "M1", "2025-08-26"),
        (orderEvent(nil, amount: "-1"), "refused", "shardId-000000000000:", "2025-08-27"),
        ("no JSON", "refused", "shardId-000000000000:", nil),
    ])
    func `the verdict of each record is in its line, with what it counts as`(
        payload: String,
        verdict: String,
        eventID: String?,
        day: String?
    ) async throws {
        let line = try await Self.line(Array(payload.utf8))
        #expect(line.order["verdict"] == verdict && line.order["day"] == day)
        #expect((line.order["reason"] != nil) == (verdict == "refused"))
        let number = StreamedRecord(1, "").sequenceNumber
        #expect(line.order["eventId"] == eventID.map { $0.hasSuffix(":") ? $0 + number : $0 })
    }

    @Test(arguments: ["1756318080", "1756318080.6", "1756318080.648", "1756318080.648123", "1756318080.648123456"])
    func `the arrival is as precise as it was received`(arrival: String) async throws {
        let fixture = try ArchiverFixture()
        var record = StreamedRecord(1, "{}")
        record.arrival = arrival
        try await fixture.deliver([record])
        let fraction = arrival.dropFirst(10)
        #expect(try fixture.archived.first?["arrivedAt"] == "2025-08-27T18:08:00\(fraction)Z")
    }

    @Test(arguments: [
        (#"{"a":1}"#, #"{"a":1}"#),
        (#" {"b" : [ 1.50 , 1e3 ]}  "#, #" {"b" : [ 1.50 , 1e3 ]}"#),
        ("{\n\t\"a\": \"x\\ny\",\r\n\t\"b\": 2\n}\n", "{\t\"a\": \"x\\ny\",\t\"b\": 2}"),
        ("[1\n,2]\r", "[1,2]"),
        ("null", "null"), ("\"text\"", "\"text\""), ("-0.10", "-0.10"),
        (#"{"ä":"\ud83d\ude00 é"}"#, #"{"ä":"\ud83d\ude00 é"}"#),
    ])
    func `a JSON text is in its line byte for byte but for line breaks`(payload: String, record: String) async throws {
        let line = try await Self.line(Array(payload.utf8))
        #expect(line["record"] == record && line["unparsed"] == nil && line["data"] == nil)
    }

    @Test(arguments: [
        "", "no JSON", "{} {}", "{\"a\":1}{\"a\":2}", "{\"a\":\"line\nbreak\"}", "[1\n2]", "{'a':1}", "\u{FEFF}{}",
        "NaN",
    ])
    func `anything else is kept as base64`(payload: String) async throws {
        let line = try await Self.line(Array(payload.utf8))
        #expect(line["record"] == nil && line["unparsed"] != nil && line.payload == Array(payload.utf8))
    }

    @Test func `bytes that are no text, and a text of endless depth, are kept and hurt nobody`() async throws {
        for payload in [[0x00, 0xFF, 0x0A, 0x7B, 0xC3, 0x28], [UInt8](repeating: UInt8(ascii: "["), count: 500_000)] {
            let line = try await Self.line(payload)
            #expect(line["unparsed"] != nil && line.payload == payload)
        }
    }

    @Test func `a record that is none is archived as it was delivered, apart from payloads`() async throws {
        let fixture = try ArchiverFixture()
        var broken = StreamedRecord(1, "{}")
        broken.hasData = false
        #expect(try await fixture.deliver([broken]).isEmpty)
        let line = try #require(try fixture.archived.first)
        let envelope = try #require(line["envelope"].flatMap { Base64.decode(Array($0.utf8)) })
        #expect(String(decoding: envelope, as: UTF8.self).contains(broken.sequenceNumber))
        #expect(line["record"] == nil && line["unparsed"] == nil && line["sequenceNumber"] == broken.sequenceNumber)
    }

    @Test func `the names of a line stay distinct without case`() async throws {
        let compressed = gzipped(orderEvent("M1"))
        var encoder = KinesisAggregateEncoder()
        encoder.add("key", compressed)
        let line = try await Self.line(encoder.bytes)
        #expect(line.names.count == 10, "\(line.names)")
        #expect(Set(line.names.map { $0.lowercased() }).count == line.names.count)
        #expect(Set(line.order.keys.map { $0.lowercased() }).count == line.order.count)
    }
}

@Suite struct QueryableTextTests {
    @Test(arguments: [
        (#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}"#, true), (#"{"a":1,"a":1}"#, false),
        (#"{"URL":1,"Url":2}"#, false), (#"{"x":[{"y":{"É":1,"é":2}}]}"#, false), (#"{"\u0041":1,"a":2}"#, false),
        (#"{"a":{"b":1,"c":2},"b":3}"#, true), (#"{"a[":1,"a{":2,"a@":3,"a`":4}"#, true), (#"[1,"a","a",null]"#, true),
        ("{}", true), (#"{"":1,"":2}"#, false), ("{\"\u{212A}ind\":1,\"kind\":2}", false),
        (#"{"\u004dessageIdentifier":1,"MessageIdentifier":2}"#, false), (#"{"éA":1,"Éa":2}"#, false),
    ])
    func `an object that has one name twice without case would stop a query engine`(text: String, holds: Bool) {
        #expect(QueryableText.holds(Array(text.utf8)) == holds)
    }

    @Test(arguments: [
        (#"["\ud83d\ude00","\uD83D\uDE00x"]"#, true), (#"["\\ud83d","\u00e9","\u0d80","\ud7ff","\ue000"]"#, true),
        (#"["\ud83d"]"#, false), (#"["\ude00"]"#, false), (#"["\ud83dx\ude00"]"#, false), (#"["\ude00\ud83d"]"#, false),
        (#"["\ud83d\n\ude00"]"#, false), (#"["\uDBFF\uDBFF\uDFFF"]"#, false), (#"{"\ud83d":1}"#, false),
    ])
    func `half of a surrogate pair would stop one too`(text: String, holds: Bool) {
        #expect(QueryableText.holds(Array(text.utf8)) == holds)
    }

    @Test func `names of any length are told apart by each of their letters, but not by case`() {
        for count in 1...40 {
            let name = String(repeating: "m", count: count)
            #expect(!QueryableText.holds(Array(#"{"\#(name)":1,"\#(name.uppercased())":2}"#.utf8)))
            #expect(QueryableText.holds(Array(#"{"\#(name)":1,"\#(name)m":2}"#.utf8)))
            for place in 0..<count {
                let others = ["n", "-", "N"].map { letter in
                    String(name.prefix(place)) + letter + String(name.dropFirst(place + 1))
                }
                #expect(QueryableText.holds(Array(#"{"\#(name)":1,"\#(others[0])":2,"\#(others[1])":3}"#.utf8)))
                #expect(!QueryableText.holds(Array(#"{"\#(others[2])":1,"\#(name)":2,"\#(others[0])":3}"#.utf8)))
            }
        }
    }

    @Test func `objects of any number of names are checked`() {
        for count in [15, 16, 17, 300, 5_000] {
            let members = (0..<count).map { #""name\#($0)":1"# }
            #expect(QueryableText.holds(Array("{\(members.joined(separator: ","))}".utf8)))
            let repeated = members + [#""NAME\#(count / 2)":1"#]
            #expect(!QueryableText.holds(Array("{\(repeated.joined(separator: ","))}".utf8)))
        }
    }

    @Test func `a text may be as deep as the reader goes`() {
        let text = String(repeating: #"{"a":["#, count: 512) + String(repeating: "]}", count: 512)
        #expect(QueryableText.holds(Array(text.utf8)))
        #expect(!QueryableText.holds(Array("[\(text)]".utf8)))
    }
}
