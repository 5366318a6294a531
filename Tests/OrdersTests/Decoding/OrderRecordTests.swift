import Orders
import Platform
import Testing

@Suite struct OrderRecordTests {
    static let eventID = "shardId-000000000006:49590338271490256608559692538361571095921575989136588898"
    static let event = """
        {"MessageId":"3f2a","OccurredUtc":"2025-08-27T18:08:01.1Z","Type":"OrderCreatedV1","Version":1,
        "CorrelationId":"c-1","PartitionKey":"U1","Payload":{"OrderId":"O-1","UserId":"U1","TotalAmount":15420.50,
        "Currency":"EUR","ProductIds":["P1","P2","P1"],"Quantities":{"P2":2,"P9":-7},"Channel":"Web","Region":"eu",
        "createdUtc":"2025-08-27T18:08:00.6483458Z"}}
        """

    private func decode(
        _ text: String,
        eventID: String = Self.eventID,
        arrival: String? = "1756318090.000"
    ) -> OrderRecord {
        OrderRecordDecoder(keepsCorrelationIDs: true, sha1: testSHA1).decode(
            Array(text.utf8),
            eventID: eventID,
            arrival: arrival.flatMap { UTCInstant(secondsSince1970: $0) }.map { Timestamp($0) }
        )
    }

    private func decodedEvent(_ text: String, eventID: String = Self.eventID) throws -> OrderEvent {
        guard case .order(let event) = self.decode(text, eventID: eventID) else {
            Issue.record("no order: \(self.decode(text, eventID: eventID))")
            throw OrderError(.malformed, "no order")
        }
        return event
    }

    private func invalid(_ text: String, arrival: String? = "1756318090.000") throws -> InvalidOrder {
        guard case .invalid(let invalid) = self.decode(text, arrival: arrival) else {
            Issue.record("not refused: \(text)")
            throw OrderError(.malformed, "not refused")
        }
        return invalid
    }

    @Test func `reads an order event`() throws {
        let expected = OrderEvent(
            id: try id("3f2a"),
            orderID: try id("O-1"),
            userID: try id("U1"),
            amount: try money("15420.5"),
            currency: try #require(Currency("EUR")),
            timestamp: try time("2025-08-27T18:08:00.6483458Z"),
            created: try time("2025-08-27T18:08:00.6483458Z"),
            lines: [
                OrderLine(productID: try id("P1"), quantity: 1), OrderLine(productID: try id("P2"), quantity: 2),
            ],
            correlationID: "c-1"
        )
        #expect(try self.decodedEvent(Self.event) == expected)
    }

    @Test(arguments: [
        "null", "17", "{}", "\"\"", "\"\(String(repeating: "c", count: 129))\"", "\"maria@example.com\"",
    ])
    func `a correlation id that is none is left out, and the order is an order`(value: String) throws {
        let text = Self.event.replacing("\"c-1\"", with: value)
        #expect(try self.decodedEvent(text).correlationID == nil)
        #expect(try self.decodedEvent(Self.event).correlationID == "c-1")
    }

    @Test func `reads a short record under an id made of the event id`() throws {
        let event = try self.decodedEvent(#"{"customer_id":"12345","amount":250.00}"#)
        // uuid.uuid5(uuid.NAMESPACE_URL, eventID) of Python
        #expect(event.orderID.text == "ffe3c0e1-1421-5a82-9bd4-140c659abb21")
        #expect(event.id.text == Self.eventID)
        #expect(event.userID?.text == "12345")
        #expect(event.amount.text == "250")
        #expect(event.currency == .usd)
        #expect(event.timestamp.text == "2025-08-27T18:08:10Z")
        #expect(event.lines.isEmpty)
    }

    @Test func `a short record that is repeated under its MessageId says the same of another place`() throws {
        let text = #"{"MessageId":"m-1","customer_id":"12345","amount":250.00}"#
        let events = try [Self.eventID, "shardId-000000000001:7"].map { try self.decodedEvent(text, eventID: $0) }
        #expect(events.allSatisfy { $0.id.text == "m-1" && !$0.hasOwnOrderID })
        #expect(events[0].orderID != events[1].orderID)
        #expect(events[0].facts == events[1].facts)
        // Of another customer, or with an id of its own, it is another order.
        #expect(try self.decodedEvent(text.replacing("12345", with: "12346")).facts != events[0].facts)
        let named = try self.decodedEvent(text.replacing("}", with: #","order_id":"12345"}"#))
        #expect(named.hasOwnOrderID && named.facts != events[0].facts)
    }

    @Test func `an order has at most 10,000 products`() throws {
        func text(products: Int) -> String {
            let list = (0..<products).map { "\"sku-\($0)\"" }.joined(separator: ",")
            // One that is listed again is no other.
            return Self.event.replacing(#"["P1","P2","P1"]"#, with: "[\(list),\"sku-0\"]")
        }
        #expect(try self.decodedEvent(text(products: 10_000)).lines.count == 10_000)
        let refused = try self.invalid(text(products: 10_001))
        #expect(refused.error.code == .tooLarge && "\(refused.error)".contains("$.Payload.ProductIds"))
    }

    @Test func `a short record's own order id stands`() throws {
        let event = try self.decodedEvent(#"{"customer_id":"1","amount":"1e2","order_id":"O-7"}"#)
        #expect(event.orderID.text == "O-7")
        #expect(event.amount.text == "100")
    }

    @Test func `the stored order of an event has no status`() throws {
        let update = try self.decodedEvent(Self.event).update
        #expect(update.status == nil)
        #expect(update.currency?.text == "EUR")
        #expect(update.timestamp.text == "2025-08-27T18:08:00.6483458Z")
    }

    @Test func `integers stand for ids by their digits, in lists of products, too`() throws {
        let event = try self.decodedEvent(
            #"{"Type":"OrderCreatedV1","Payload":{"OrderId":1001,"UserId":7,"TotalAmount":1,"ProductIds":[632910392,5,"5",5],"Quantities":{"632910392":2,"5":4}}}"#
        )
        #expect(event.orderID.text == "1001")
        #expect(event.userID?.text == "7")
        #expect(event.lines.map(\.productID.text) == ["632910392", "5"])
        #expect(event.lines.map(\.quantity) == [2, 4])
        let short = try self.decodedEvent(#"{"customer_id":12345,"amount":1,"order_id":5}"#)
        #expect(short.userID?.text == "12345")
        #expect(short.orderID.text == "5")
    }

    @Test func `members named for UTC need no zone`() throws {
        for (members, day) in [
            (#""OccurredUtc":"2025-01-02T00:00:00","#, "2025-01-02"),
            (#""OccurredUtc":"2025-01-02T23:30:00-01:00","#, "2025-01-03"),
        ] {
            let event = try self.decodedEvent(
                #"{\#(members)"Type":"OrderCreatedV1","Payload":{"OrderId":"O","TotalAmount":1}}"#
            )
            #expect(event.timestamp.day.text == day)
        }
        let created = try self.decodedEvent(
            #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"O","TotalAmount":1,"createdUtc":"2025-08-27T18:08:00.6483458"}}"#
        )
        #expect(created.timestamp.text == "2025-08-27T18:08:00.6483458Z")
    }

    @Test func `null says that an optional member is absent`() throws {
        let event = try self.decodedEvent(
            #"{"Type":"OrderCreatedV1","MessageId":null,"OccurredUtc":null,"Payload":{"OrderId":"O","UserId":null,"TotalAmount":1,"Currency":null,"ProductIds":["A"],"Quantities":{"A":null},"createdUtc":null}}"#
        )
        #expect(event.id.text == Self.eventID)
        #expect(event.userID == nil)
        #expect(event.currency == .usd)
        #expect(event.lines == [OrderLine(productID: try id("A"), quantity: 1)])
        let lists = try self.decodedEvent(
            #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"O","TotalAmount":1,"ProductIds":null,"Quantities":null}}"#
        )
        #expect(lists.lines.isEmpty)
    }

    @Test func `an empty array of PHP takes the place of what was there before`() throws {
        let event = try self.decodedEvent(
            #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"O","TotalAmount":1,"ProductIds":["A"],"Quantities":{"A":2},"Quantities":[ ]}}"#
        )
        #expect(event.lines == [OrderLine(productID: try id("A"), quantity: 1)])
    }

    @Test func `other types are skipped whatever they hold`() {
        let text = #"{"Payload":{"OrderId":5,"TotalAmount":{}},"MessageId":[],"Type":"OrderCancelledV1"}"#
        #expect(self.decode(text) == .otherType("OrderCancelledV1"))
        #expect(self.decode(#"{"Type":"OrderCreatedThenLostV1"}"#) == .otherType("OrderCreatedThenLostV1"))
    }

    @Test(
        arguments: [
            ("Shop.Orders+OrderCreatedV2", true), ("https://shop.example/events#order-created.v1.0", true),
            ("shop$ OrderCreated, shop", true), ("com.shop.OrderCreatedEventV1", true), ("Order,Created", true),
            ("...", true), ("shop-OrderCreatedV1", false), ("com.shop.NotOrderCreatedV1", false),
            ("com.shop.OrderCreatedThenLost", false), ("order.created.com", false), (", Shop", false),
            ("Shop.Heartbeat, Shop.OrderCreatedV1", false), ("Shop.Heartbeat, Shop", false), ("1.2.3", false),
        ]
    )
    func `a namespace in front of an order's type makes it no other type`(type: String, mayBeOrder: Bool) throws {
        let record = self.decode(#"{"Type":"\#(type)","Payload":{}}"#)
        #expect((record == .otherType(type)) == !mayBeOrder)
        if case .invalid(let invalid) = record { #expect(invalid.error.path == "$.Type" && invalid.timestamp == nil) }
    }

    @Test func `the time is created, else occurred, else arrival`() throws {
        let body = #""Type":"OrderCreatedV1","#
        let payload = #""OrderId":"O","TotalAmount":1"#
        let both =
            #"{\#(body)"OccurredUtc":"2025-01-02T00:00:00Z","Payload":{\#(payload),"createdUtc":"2025-01-01T00:00:00Z"}}"#
        let occurred = #"{\#(body)"OccurredUtc":"2025-01-02T00:00:00Z","Payload":{\#(payload),"createdUtc":null}}"#
        let neither = #"{\#(body)"Payload":{\#(payload)}}"#
        #expect(try self.decodedEvent(both).timestamp.day.text == "2025-01-01")
        #expect(try self.decodedEvent(occurred).timestamp.day.text == "2025-01-02")
        #expect(try self.decodedEvent(neither).timestamp.day.text == "2025-08-27")
        #expect(try self.invalid(neither, arrival: nil).error.code == .missingMember)
    }

    @Test func `a repeated key's last value counts`() throws {
        let event = try self.decodedEvent(
            """
            {"Type":"X","Payload":[],"Type":"OrderCreatedV1","MessageId":7,"MessageId":"M","Payload":{"OrderId":9,
            "TotalAmount":"x","ProductIds":5,"Quantities":5,"OrderId":"O","TotalAmount":3,"ProductIds":["B"],
            "ProductIds":["A","C"],"Quantities":{"C":7},"Quantities":{"A":-1,"A":4}}}
            """
        )
        #expect(event.orderID.text == "O")
        #expect(event.amount.text == "3")
        #expect(event.id.text == "M")
        #expect(event.lines.map(\.productID.text) == ["A", "C"])
        #expect(event.lines.map(\.quantity) == [4, 1])
    }

    @Test(arguments: [#""{\"OrderId\":\"O\",\"TotalAmount\":1}""#, #"[{"OrderId":"O","TotalAmount":1}]"#, "5", "true"])
    func `a payload that is no object is told to be one`(payload: String) throws {
        let invalid = try self.invalid(#"{"MessageId":"M","Type":"OrderCreatedV1","Payload":\#(payload)}"#)
        #expect(invalid.error.path == "$.Payload" && invalid.error.code == .wrongType)
        #expect(invalid.error.reason.hasPrefix("Payload is an object"))
        #expect(invalid.id?.text == "M" && invalid.timestamp?.day.text == "2025-08-27")
        for absent in ["null", #"\#(payload),"Payload":null"#] {
            let text = #"{"Type":"OrderCreatedV1","Payload":\#(absent)}"#
            #expect(try self.invalid(text).error.path == "$.Payload.OrderId")
        }
    }

    @Test func `a repeated payload takes the place of the whole first one`() throws {
        let event = try self.decodedEvent(
            """
            {"Type":"OrderCreatedV1","Payload":{"OrderId":"A","UserId":"U","TotalAmount":1,"Currency":"EUR",
            "createdUtc":"2025-08-27T10:00:00Z","ProductIds":["A"],"Quantities":{"A":2}},"Payload":null,
            "Payload":{"OrderId":"B","TotalAmount":2}}
            """
        )
        #expect(event.orderID.text == "B")
        #expect(event.amount.text == "2")
        #expect(event.userID == nil)
        #expect(event.currency == .usd)
        #expect(event.created == nil)
        #expect(event.lines.isEmpty)
    }

    @Test func `escaped keys and values are the same`() throws {
        let event = try self.decodedEvent(
            #"{"T\u0079pe":"OrderCreatedV\u0031","Payload":{"OrderId":"O\u002d1","TotalAmount":"\u0031","ProductIds":["P\u0031"],"Quantities":{"\u00501":3}}}"#
        )
        #expect(event.orderID.text == "O-1")
        #expect(event.lines == [OrderLine(productID: try id("P1"), quantity: 3)])
    }

    /// Few and many, in the products' order and in another, with and without a product that stands there twice.
    @Test(arguments: [3, 16, 17, 40], [false, true])
    func `quantities belong to their products in any order`(count: Int, isReversed: Bool) throws {
        for isRepeated in [false, true] {
            // A repeated key's last quantity counts, so the first one, which would be refused, is never judged.
            var members = (0..<count).map { (name: "P\($0)", quantity: $0 == 0 && isRepeated ? 0 : $0 + 1) }
            if isRepeated { members.append((name: "P0", quantity: 1)) }
            let products = members.map { "\"\($0.name)\"" }.joined(separator: ",")
            if isReversed { members[1..<count].reverse() }
            let quantities = members.map { "\"\($0.name)\":\($0.quantity)" }.joined(separator: ",")
            let event = try self.decodedEvent(
                #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"O","TotalAmount":1,"ProductIds":[\#(products)],"Quantities":{\#(quantities)}}}"#
            )
            #expect(event.lines.map(\.productID.text) == (0..<count).map { "P\($0)" })
            #expect(event.lines.map(\.quantity) == (0..<count).map { Int64($0 + 1) })
        }
    }

    @Test(
        arguments: [
            (#"["P1"]"#, #"{"p1":3}"#, 0), (#"["P1"]"#, #"{"P1 ":3}"#, 0), (#"[" P1"]"#, #"{"p1\t":3}"#, 0),
            (#"["P1","P2"]"#, #"{"P1":2,"p2":3}"#, 1), (#"["P1"]"#, #"{"P1":null,"p1":3}"#, 0),
            (#"["P1"]"#, #"{"p1":"x"}"#, 0), (#"[17]"#, #"{"17 ":3}"#, 0),
            (#"["P1","p1"]"#, #"{"p1":3,"P1 ":2}"#, 0), (#"["Öl-5"]"#, #"{"öl-5":3}"#, 0),
            (#"["P1"]"#, #"{"P1":2,"p1":3}"#, nil), (#"["P1","p1"]"#, #"{"p1":3}"#, nil),
            (#"["P1"]"#, #"{"p1":null}"#, nil), (#"["P1"]"#, #"{"p1":3,"p1":null}"#, nil),
            (#"["P1"]"#, #"{"P 1":3,"P-1":3,"P2":3,"":3}"#, nil), (#"[]"#, #"{"P1":3,"p1":0}"#, nil),
            (#"["P1"]"#, #"{"$type":"System.Collections","P1":3}"#, nil),
        ] as [(String, String, Int?)]
    )
    func `a quantity under a product's id in another case or with blanks is not lost`(
        products: String,
        quantities: String,
        position: Int?
    ) throws {
        let text =
            #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"O","TotalAmount":1,"ProductIds":\#(products),"Quantities":\#(quantities)}}"#
        guard let position else {
            _ = try self.decodedEvent(text)
            return
        }
        let error = try self.invalid(text).error
        #expect(error.path == "$.Payload.Quantities, of product \(position)" && error.code == .invalidValue)
        #expect(error.reason.contains("differs in case or white space alone"))
    }

    @Test func `many products are read as few are`() throws {
        let products = (0..<100).map { "\"P\($0 % 60)\"" }.joined(separator: ",")
        let quantities = (0..<50).map { "\"P\($0)\":\($0 + 1)" }.joined(separator: ",")
        let event = try self.decodedEvent(
            #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"O","TotalAmount":1,"ProductIds":[\#(products)],"Quantities":{\#(quantities),"P3":9}}}"#
        )
        #expect(event.lines.count == 60)
        #expect(event.lines.map(\.productID.text) == (0..<60).map { "P\($0)" })
        let expected = (0..<60).map { (index: Int) -> Int64 in index == 3 ? 9 : index < 50 ? Int64(index + 1) : 1 }
        #expect(event.lines.map(\.quantity) == expected)
    }

    @Test(
        arguments: [
            (#""TotalAmount":1"#, OrderError.Code.missingMember, "$.Payload.OrderId"),
            (#""OrderId":7.5,"TotalAmount":1"#, .wrongType, "$.Payload.OrderId"),
            (#""OrderId":"","TotalAmount":1"#, .invalidValue, "$.Payload.OrderId"),
            (#""OrderId":null,"TotalAmount":1"#, .missingMember, "$.Payload.OrderId"),
            (#""OrderId":"O""#, .missingMember, "$.Payload.TotalAmount"),
            (#""OrderId":"O","TotalAmount":null"#, .missingMember, "$.Payload.TotalAmount"),
            (#""OrderId":"O","TotalAmount":"ten""#, .invalidValue, "$.Payload.TotalAmount"),
            (#""OrderId":"O","TotalAmount":-1"#, .invalidValue, "$.Payload.TotalAmount"),
            (#""OrderId":"O","TotalAmount":true"#, .wrongType, "$.Payload.TotalAmount"),
            (#""OrderId":"O","TotalAmount":1,"Currency":"us""#, .invalidValue, "$.Payload.Currency"),
            (#""OrderId":"O","TotalAmount":1,"UserId":5e1"#, .wrongType, "$.Payload.UserId"),
            (#""OrderId":"O","TotalAmount":1,"createdUtc":"yesterday""#, .invalidValue, "$.Payload.createdUtc"),
            (#""OrderId":"O","TotalAmount":1,"ProductIds":{"0":"A"}"#, .wrongType, "$.Payload.ProductIds"),
            (#""OrderId":"O","TotalAmount":1,"ProductIds":["A",1.0]"#, .wrongType, "$.Payload.ProductIds[1]"),
            (#""OrderId":"O","TotalAmount":1,"ProductIds":["A"],"Quantities":[2]"#, .wrongType, "$.Payload.Quantities"),
            (
                #""OrderId":"O","TotalAmount":1,"ProductIds":["A"],"Quantities":{"A":0}"#, .invalidValue,
                "$.Payload.Quantities, of product 0"
            ),
            (
                #""OrderId":"O","TotalAmount":1,"ProductIds":["A"],"Quantities":{"A":1.5}"#, .invalidValue,
                "$.Payload.Quantities, of product 0"
            ),
            (
                #""OrderId":"O","TotalAmount":1,"ProductIds":["A"],"Quantities":{"A":[2]}"#, .wrongType,
                "$.Payload.Quantities, of product 0"
            ),
        ] as [(String, OrderError.Code, String)]
    )
    func `a bad event is an order that counts as invalid`(payload: String, code: OrderError.Code, path: String) throws {
        let invalid = try self.invalid(
            #"{"MessageId":"M","OccurredUtc":"2025-01-02T00:00:00Z","Type":"OrderCreatedV1","Payload":{\#(payload)}}"#
        )
        #expect(invalid.error.code == code)
        #expect(invalid.error.path == path)
        #expect(invalid.id?.text == "M")
        #expect(invalid.timestamp?.text == "2025-01-02T00:00:00Z")
    }

    @Test(
        arguments: [
            (#"{"customer_id":"1"}"#, OrderError.Code.missingMember, "$.amount"),
            (#"{"amount":1}"#, .missingMember, "$.customer_id"),
            (#"{"customer_id":null,"amount":1}"#, .missingMember, "$.customer_id"),
            (#"{"customer_id":-1,"amount":1}"#, .wrongType, "$.customer_id"),
            (#"{"customer_id":"1","amount":1,"order_id":5.0}"#, .wrongType, "$.order_id"),
            (
                #"{"customer_id":"1","amount":1,"order_id":"00000000-0000-0000-0000-000000000000"}"#, .invalidValue,
                "$.order_id"
            ),
            (#"{"customer_id":"1","amount":1,"MessageId":5}"#, .wrongType, "$.MessageId"),
        ] as [(String, OrderError.Code, String)]
    )
    func `a bad short record is an order of its arrival's day`(text: String, code: OrderError.Code, path: String) throws
    {
        let invalid = try self.invalid(text)
        #expect(invalid.error.code == code)
        #expect(invalid.error.path == path)
        #expect(invalid.timestamp?.day.text == "2025-08-27")
    }

    @Test(arguments: [
        "", "hello", "{", "[]", "5", "null", "{}", #"{"foo":1}"#, #"{"Type":5}"#, #"{"customer_id":"1","amount":1} x"#,
        #"{"customer_id":"1","amount":01}"#, "{\"customer_id\":\"\u{1}\",\"amount\":1}",
    ])
    func `what cannot be told to be an order has no day`(text: String) throws {
        #expect(try self.invalid(text).timestamp == nil)
    }

    @Test func `an empty payload is refused without an event id`() throws {
        let record = OrderRecordDecoder(sha1: testSHA1).decode(
            Array(#"{"customer_id":"1","amount":1}"#.utf8),
            eventID: "",
            arrival: Timestamp(UTCInstant(secondsSince1970: 1))
        )
        let path: String? = if case .invalid(let invalid) = record { invalid.error.path } else { nil }
        #expect(path == "$.MessageId")
    }

    @Test func `errors never repeat the value`() throws {
        for text in [
            #"{"customer_id":"bob@example.org","amount":"bob@example.org"}"#,
            #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"O","TotalAmount":1,"bob@example.org":{"a":01}}}"#,
            #"{"customer_id":"1","amount":1,"order_id":{"bob@example.org":1}}"#,
        ] {
            #expect(!(try self.invalid(text).error.description.contains("bob")))
        }
    }
}
