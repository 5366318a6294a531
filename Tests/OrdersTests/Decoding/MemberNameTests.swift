import Orders
import Testing

/// Names that differ from a known one in case, `_` and `-` alone: what stands under them is never lost in silence.
@Suite struct MemberNameTests {
    private static let arrival = Timestamp("2025-08-27T18:08:00Z")
    private static let shapes = "a record is an event with a Type or has customer_id and amount"

    /// Each member of a payload, of an event and of a short record, and a value for it.
    private static let payload = [
        ("OrderId", #""O""#), ("UserId", #""U""#), ("TotalAmount", "1"), ("Currency", #""EUR""#),
        ("ProductIds", #"["P"]"#), ("Quantities", #"{"P":2}"#), ("createdUtc", #""2025-08-26T18:08:00Z""#),
    ]
    private static let event = [
        ("MessageId", #""m""#), ("OccurredUtc", #""2025-08-26T18:08:00Z""#),
        ("Payload", #"{"OrderId":"O","TotalAmount":1}"#),
    ]
    private static let shortRecord = [
        ("customer_id", #""1""#), ("order_id", #""O""#), ("amount", "1"), ("currency", #""EUR""#),
        ("MessageId", #""m""#), ("OccurredUtc", #""2025-08-26T18:08:00Z""#),
    ]
    private static let message = [
        ("orderId", #""O""#), ("userId", #""U""#), ("itemName", #""I""#), ("quantity", "1"), ("status", #""new""#),
        ("timestamp", #""2025-08-26T18:08:00Z""#), ("amount", "1"), ("currency", #""EUR""#),
        ("customerEmail", #""a@b.example""#),
    ]

    /// The members, of which the one called `name` is written as these, one behind the other.
    private static func object(_ members: [(String, String)], _ name: String, _ written: [(String, String)]) -> String {
        let all = members.flatMap { $0.0 == name ? written : [$0] }
        return "{" + all.map { #""\#($0.0)":\#($0.1)"# }.joined(separator: ",") + "}"
    }

    private static func eventText(_ payload: String) -> String { #"{"Type":"OrderCreatedV1","Payload":\#(payload)}"# }

    private static func decode(_ text: String) -> OrderRecord {
        OrderRecordDecoder(sha1: testSHA1).decode(
            Array(text.utf8),
            eventID: "shardId-000000000006:1",
            arrival: Self.arrival
        )
    }

    private static func error(_ text: String) -> OrderError? {
        if case .invalid(let invalid) = self.decode(text) { invalid.error } else { nil }
    }

    private static func messageError(_ text: String) -> OrderError? {
        do throws(OrderError) {
            _ = try OrderUpdate(message: Array(text.utf8), arrival: Self.arrival)
            return nil
        } catch {
            return error
        }
    }

    /// All ways in, with the members of each, what an object of them is in, and what is wrong with it.
    private static let objects:
        [(
            members: [(String, String)], object: String, path: String, error: @Sendable (String) -> OrderError?
        )] = [
            (payload, "Payload", "$.Payload", { Self.error(Self.eventText($0)) }),
            (event, "the record", "$", { Self.error(#"{"Type":"OrderCreatedV1","# + String($0.dropFirst())) }),
            (shortRecord, "the record", "$", { Self.error($0) }),
            (message, "the message", "$", { Self.messageError($0) }),
        ]

    @Test(arguments: [true, false])
    func `each member that is known is missed under its name, and said to be`(isUpper: Bool) throws {
        for (members, object, path, error) in Self.objects {
            for (name, value) in members {
                let other = isUpper ? name.uppercased() : name.lowercased()
                guard other != name else { continue }
                let found = try #require(error(Self.object(members, name, [(other, value)])), "\(other)")
                #expect(found.reason == "\(object) has \(other), which is spelled \(name)")
                #expect(found.path == "\(path).\(other)" && found.code == .missingMember && found.offset != nil)
                // Beside a null, which says that the member is absent, and whichever comes first.
                for written in [[(name, "null"), (other, value)], [(other, value), (name, "null")]] {
                    #expect(error(Self.object(members, name, written))?.path == "\(path).\(other)")
                }
            }
        }
    }

    @Test func `beside the right name and as null the other name is ignored`() {
        for (members, _, _, error) in Self.objects {
            for (name, value) in members {
                let other = name.uppercased()
                #expect(error(Self.object(members, name, [(other, "5"), (name, value)])) == nil, "\(other)")
                #expect(error(Self.object(members, name, [(name, value), (other, "{}")])) == nil, "\(other)")
                let further = [(name, value), (other, "null"), (name + "s", "5"), ("CORRELATIONID", "5")]
                #expect(error(Self.object(members, name, further)) == nil, "\(other)")
            }
        }
    }

    /// A name of several words as serializers write it; of one word, in other cases.
    private static func forms(of name: String) -> Set<String> {
        var words: [String] = [""]
        for character in name {
            if character == "_" || (character.isUppercase && words != [""]) { words.append("") }
            if character != "_" { words[words.count - 1] += character.lowercased() }
        }
        let capitalized = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }
        let camel = words[0] + capitalized.dropFirst().joined()
        let forms = [words.joined(separator: "_"), words.joined(separator: "-"), camel, capitalized.joined()]
        return Set(forms + [words.joined(separator: "_").uppercased(), capitalized.joined(separator: "-")])
            .subtracting([name])
    }

    @Test func `a name whose words are joined in another way is missed under its name, and said to be`() throws {
        #expect(
            Self.forms(of: "customer_id") == [
                "customer-id", "customerId", "CustomerId", "CUSTOMER_ID", "Customer-Id",
            ]
        )
        for (members, object, path, error) in Self.objects {
            for (name, value) in members {
                for other in Self.forms(of: name) {
                    let found = try #require(error(Self.object(members, name, [(other, value)])), "\(other)")
                    #expect(found.reason == "\(object) has \(other), which is spelled \(name)")
                    #expect(found.path == "\(path).\(other)")
                    // Beside the right name it is a member of the producer's own.
                    #expect(error(Self.object(members, name, [(name, value), (other, "5")])) == nil, "\(other)")
                }
            }
        }
    }

    @Test func `a short record in one spelling is not counted under another id and on another day`() {
        let record = #"{"message_id":"s","occurred_utc":"2025-08-26T18:08:00Z","customer_id":"7","amount":5}"#
        #expect(Self.error(record)?.path == "$.message_id")
        #expect(Self.error(record.replacing("message_id", with: "MessageId"))?.path == "$.occurred_utc")
        #expect(Self.error(#"{"MessageId":"s","customer_id":"7","orderId":"O","amount":5}"#)?.path == "$.orderId")
    }

    @Test func `a name with a separator elsewhere is another one`() {
        for name in ["cur_rency", "o_rder-id", "order__id", "_OrderId", "OrderId-", "order id", "order.id"] {
            #expect(Self.error(Self.eventText(#"{"OrderId":"O","TotalAmount":1,"\#(name)":"x"}"#)) == nil, "\(name)")
            #expect(Self.error(Self.eventText(#"{"TotalAmount":1,"\#(name)":"x"}"#))?.path == "$.Payload.OrderId")
        }
    }

    @Test func `names of the same letters are told apart by what joins them`() {
        let instant = #""2025-08-26T18:08:00Z""#
        for (members, path) in [
            (#""created-utc":\#(instant),"createdutc":null"#, "$.Payload.created-utc"),
            (#""createdutc":null,"created_utc":\#(instant)"#, "$.Payload.created_utc"),
            (#""created_utc":\#(instant),"created_utc":null"#, nil),
            (#""created_utc":\#(instant),"created\u005Futc":null"#, nil),
        ] as [(String, String?)] {
            let found = Self.error(Self.eventText(#"{"OrderId":"O","TotalAmount":1,\#(members)}"#))
            #expect(found?.path == path, "\(members)")
        }
    }

    @Test func `many spellings of one name are told apart as few are`() throws {
        let right = "customerEmail"
        // A bit for each letter says whether it is a capital.
        let names = (0..<300).map { number in
            right.enumerated().map { number >> $0 & 1 == 1 ? $1.uppercased() : $1.lowercased() }.joined()
        }.filter { $0 != right }
        let said = #""timestamp":"2025-08-26T18:08:00Z""# + names.map { #","\#($0)":"a@b.example""# }.joined()
        let nulls = names.map { #","\#($0)":null"# }
        #expect(Self.messageError(#"{"orderId":"O",\#(said)\#(nulls.joined())}"#) == nil)
        let last = try #require(names.last)
        #expect(Self.messageError(#"{"orderId":"O",\#(said)\#(nulls.dropLast().joined())}"#)?.path == "$.\(last)")
    }

    @Test func `a name that is ignored hides no other`() {
        let payload = #"{"OrderId":"O","orderid":"x","TotalAmount":1,"currency":"EUR"}"#
        #expect(Self.error(Self.eventText(payload))?.path == "$.Payload.currency")
    }

    @Test func `an empty list is there, and a name with escapes is the same name`() {
        let payload = #"{"OrderId":"O","TotalAmount":1,"ProductIds":[],"productIds":["A"]}"#
        #expect(Self.error(Self.eventText(payload)) == nil)
        let escaped = #"{"OrderId":"O","TotalAmount":1,"\u0063urrency":"EUR"}"#
        #expect(Self.error(Self.eventText(escaped))?.path == "$.Payload.currency")
    }

    @Test func `an event under a type in another case is a dead letter, and no order of its day`() throws {
        for text in [
            #"{"type":"OrderCreatedV1","payload":{"orderId":"O","totalAmount":1}}"#,
            #"{"Type":null,"type":"OrderShippedV1","Payload":{}}"#,
        ] {
            guard case .invalid(let invalid) = Self.decode(text) else {
                Issue.record("not refused: \(text)")
                return
            }
            #expect(invalid.error.reason == "the record has type, which is spelled Type; \(Self.shapes)")
            #expect(invalid.error.path == "$.type" && invalid.error.code == .missingMember)
            #expect(invalid.timestamp == nil)
        }
    }

    @Test func `a record that is no order is told the name that may be why, and never one that has its right name`() {
        for (text, name, path) in [
            (#"{"MessageId":"m","messageId":"m","eventType":"x","Payload":{},"payload":{}}"#, nil, "$.Type"),
            (#"{"messageId":"m","payload":{},"TYPE":"OrderCreatedV1"}"#, "TYPE, which is spelled Type", "$.TYPE"),
            (#"{"MessageId":"m","messageId":"m","payload":{}}"#, "payload, which is spelled Payload", "$.payload"),
            (#"{"Amount":1,"Customer_Id":"1"}"#, "Amount, which is spelled amount", "$.Amount"),
            (#"{"Channel":"web","type":null}"#, nil, "$.Type"),
        ] as [(String, String?, String)] {
            let found = Self.error(text)
            #expect(found?.reason == name.map { "the record has \($0); \(Self.shapes)" } ?? Self.shapes, "\(text)")
            #expect(found?.path == path, "\(text)")
        }
    }

    @Test func `a short record may have a type of its own, unless that and a payload make it an order event`() {
        for payload in [
            "", #","Payload":null"#, #","payload":null"#, #","Payload":{}"#, #","payload":{}"#, #","PAYLOAD":5"#,
        ] {
            let hasPayload = !payload.isEmpty && !payload.hasSuffix("null")
            for (type, isEvents) in [
                (#""web""#, false), ("5", false), ("null", false), (#""OrderShippedV1""#, false),
                (#""OrderCreatedV1""#, true), (#""order.created""#, true), (#""""#, false), (#"" \t""#, false),
            ] {
                let found = Self.error(#"{"customer_id":"1","amount":1,"type":\#(type)\#(payload)}"#)
                #expect(found?.path == (isEvents && hasPayload ? "$.type" : nil), "\(type)\(payload)")
            }
        }
    }

    @Test func `a short record may have a payload of its own`() {
        #expect(Self.error(#"{"customer_id":"1","amount":1,"payload":{"OrderId":"x"}}"#) == nil)
        #expect(Self.error(#"{"customer_id":"1","amount":1,"PAYLOAD":"x"}"#) == nil)
    }

    @Test func `of a name that is repeated the last value counts, also of one in another case`() {
        for (members, path) in [
            (#""currency":"EUR","currency":null"#, nil), (#""currency":null,"currency":"EUR""#, "$.Payload.currency"),
            (#""currency":"EUR","currency":null,"currency":"EUR""#, "$.Payload.currency"),
            (#""currency":"EUR","CURRENCY":"EUR","currency":null"#, "$.Payload.CURRENCY"),
            (#""currency":"EUR","\u0063urrency":null"#, nil),
        ] as [(String, String?)] {
            let found = Self.error(Self.eventText(#"{"OrderId":"O","TotalAmount":1,\#(members)}"#))
            #expect(found?.path == path, "\(members)")
        }
        #expect(Self.messageError(#"{"OrderId":"O","OrderId":null,"Status":"new"}"#)?.path == "$.orderId")
    }

    @Test func `a blank text of an order message is as good as none, under whatever name`() {
        for (members, path) in [
            (#""status":"new","CustomerEmail":"""#, nil), (#""Status":" \t""#, nil), (#""ITEMNAME":"\n""#, nil),
            (#""status":"","Status":"shipped""#, "$.Status"), (#""Status":"shipped","status":" ""#, "$.Status"),
            (#""customerEmail":"","customeremail":"a@b.example""#, "$.customeremail"),
            (#""itemName":" ","ItemName":"sofa""#, "$.ItemName"), (#""itemName":"sofa","ItemName":"bed""#, nil),
            (#""status":"","Status":5"#, "$.Status"), (#""Currency":"""#, "$.Currency"),
            (#""UserId":"""#, "$.UserId"), (#""Status":"","STATUS":"new""#, "$.STATUS"),
        ] as [(String, String?)] {
            let found = Self.messageError(#"{"orderId":"O","timestamp":"2025-08-26T18:08:00Z",\#(members)}"#)
            #expect(found?.path == path, "\(members)")
        }
        #expect(Self.error(Self.eventText(#"{"OrderId":"O","TotalAmount":1,"currency":""}"#)) != nil)
    }

    @Test func `what is no order is not judged by its names`() {
        #expect(Self.decode(#"{"Type":"OrderShippedV1","messageId":"m","payload":5}"#) == .otherType("OrderShippedV1"))
        let envelope = #"{"detail-type":"Order","source":"shop","TYPE":"x","Timestamp":"x","detail":"#
        #expect(Self.error(envelope + #"{"customer_id":"1","amount":1}}"#) == nil)
        #expect(Self.error(envelope + #"{"customer_id":"1","Amount":1}}"#)?.path == "$.detail.Amount")
        #expect(Self.messageError(envelope + #"{"orderId":"O","timestamp":"2025-08-26T18:08:00Z"}}"#) == nil)
        #expect(Self.messageError(#"{"Timestamp":"2025-08-26T18:08:00Z"}"#)?.path == "$.orderId")
    }
}
