import Foundation
import JSONText
import Orders
import Platform
import TestSupport
import Testing

@Suite struct NewOrderTests {
    /// 2025-08-27T18:08:00Z.
    private static let now = UTCInstant(secondsSince1970: 1_756_318_080)

    /// The event of an order that gets the ids `M`, `C` and, where it has none, `O`.
    private static func event(_ order: String) throws -> String {
        let order = try PostedOrders(rules: InputRules(), now: self.now).one(Array(order.utf8))
        let event = order.event(
            messageID: try #require(Identifier("M")),
            correlationID: "C",
            orderID: try order.orderID ?? #require(Identifier("O")),
            occurred: self.now
        )
        return String(decoding: event, as: UTF8.self)
    }

    private static func envelope(_ id: String, _ payload: String) -> String {
        #"{"MessageId":"M","OccurredUtc":"2025-08-27T18:08:00Z","Type":"OrderCreatedV1","Version":1,"CorrelationId":"C","#
            + #""PartitionKey":"\#(id)","Payload":\#(payload)}"#
    }

    @Test(arguments: [
        (#"{"TotalAmount": 1.50}"#, "O", #"{"OrderId":"O","TotalAmount":1.50}"#),
        (#"{"OrderId":null,"TotalAmount":1}"#, "O", #"{"OrderId":"O","TotalAmount":1}"#),
        (#"{"TotalAmount":1,"OrderId":17}"#, "17", #"{"OrderId":"17","TotalAmount":1}"#),
        (#"{"OrderId":"a\"\u00e9","TotalAmount":1}"#, #"a\"é"#, #"{"OrderId":"a\"é","TotalAmount":1}"#),
        (
            #"{"Notes":{"a": [1, 2]},"TotalAmount":2,"ProductIds":["p"] ,"TotalAmount":1}"#, "O",
            #"{"OrderId":"O","Notes":{"a": [1, 2]},"ProductIds":["p"],"TotalAmount":1}"#
        ),
    ])
    func `an event holds what was posted, each name once, and the ids`(order: String, id: String, payload: String)
        throws
    {
        #expect(try Self.event(order) == Self.envelope(id, payload))
    }

    // MARK: Ids

    private static func ids(_ key: String?, caller: String = "c", random: UInt64 = 1) -> IntakeIDs {
        IntakeIDs(
            key: key.flatMap { IdempotencyKey($0) },
            caller: caller,
            random: SeededRandom(seed: random),
            sha1: testSHA1
        )
    }

    private static func all(_ ids: IntakeIDs) -> [String] {
        [
            ids.messageID(at: 0).text, ids.messageID(at: 1).text, ids.orderID(at: 0).text, ids.orderID(at: 1).text,
            ids.correlationID(),
        ]
    }

    @Test func `a key makes the same ids whenever it comes, each another`() {
        let first = Self.all(Self.ids("k", random: 1))
        #expect(Self.all(Self.ids("k", random: 2)) == first)
        #expect(Set(first).count == first.count)
        for id in first { #expect(UUID(uuidString: id) != nil) }
    }

    @Test func `another key or another caller makes other ids`() {
        let ids = [("k", "c"), ("l", "c"), ("k", "d"), ("k:1", "c"), ("k", "c:1"), ("1:k", "c")].flatMap {
            Self.all(Self.ids($0.0, caller: $0.1))
        }
        #expect(Set(ids).count == ids.count)
    }

    @Test func `without a key each request makes new ids`() {
        let ids = Self.all(Self.ids(nil, random: 1)) + Self.all(Self.ids(nil, random: 2))
        #expect(Set(ids).count == ids.count)
    }

    @Test(
        arguments: [
            ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
            (#""8e03978e""#, "8e03978e"), (#""a b, \"c\" \\d""#, #"a b, "c" \d"#), ("a", "a"), ("", nil), (#""""#, nil),
            ("a,b", nil), ("a b", nil), (#"a"b"#, nil), (#""a"#, nil), (#"""#, nil), (#""a"b""#, nil), (#""a\b""#, nil),
            (#""a\""#, nil), ("é", nil), ("\"\u{1}\"", nil),
            (String(repeating: "k", count: 255), String(repeating: "k", count: 255)),
            (String(repeating: "k", count: 256), nil),
        ] as [(String, String?)]
    )
    func `a key is a token, or the string of a structured field`(value: String, key: String?) {
        #expect(IdempotencyKey(value)?.text == key)
    }
}
