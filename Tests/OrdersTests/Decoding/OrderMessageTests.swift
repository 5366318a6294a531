import Orders
import Testing

@Suite struct OrderMessageTests {
    @Test func `reads every attribute`() throws {
        let text = """
            {"orderId":"O1234","userId":"U123","itemName":"Laptop","quantity":1,"status":"new","amount":"1299.90",
            "timestamp":"2025-05-03T14:00:00+02:00","currency":"EUR","customerEmail":"bob@shop.example","extra":{"a":[1]}}
            """
        let expected = OrderUpdate(
            id: try id("O1234"),
            timestamp: try time("2025-05-03T12:00:00Z"),
            status: "new",
            amount: try money("1299.9"),
            currency: Currency("EUR"),
            userID: try id("U123"),
            customerEmail: "bob@shop.example",
            itemName: "Laptop",
            quantity: 1
        )
        #expect(try OrderUpdate(message: Array(text.utf8)) == expected)
    }

    @Test func `missing and null attributes are left alone`() throws {
        let text = #"""
            {"orderId":"O","timestamp":"2025-05-03T12:00:00Z","status":null,"quantity":null,"userId":null,"amount":null,
            "currency":null,"customerEmail":null,"itemName":null}
            """#
        let expected = OrderUpdate(id: try id("O"), timestamp: try time("2025-05-03T12:00:00Z"))
        #expect(try OrderUpdate(message: Array(text.utf8)) == expected)
    }

    @Test func `a slice of a larger buffer is read in place`() throws {
        let text = Array(#"xx{"orderId":"O","timestamp":"2025-05-03T12:00:00Z"}yy"#.utf8)
        #expect(try OrderUpdate(message: text.dropFirst(2).dropLast(2)).id.text == "O")
    }

    @Test(
        arguments: [
            ("", OrderError.Code.malformed, "$"),
            (#"{"orderId":"O""#, .malformed, "$"),
            ("[]", .wrongType, "$"),
            (#"{"timestamp":"2025-05-03T12:00:00Z"}"#, .missingMember, "$.orderId"),
            (#"{"orderId":null,"timestamp":"2025-05-03T12:00:00Z"}"#, .missingMember, "$.orderId"),
            (#"{"orderId":12.5,"timestamp":"2025-05-03T12:00:00Z"}"#, .wrongType, "$.orderId"),
            (#"{"orderId":1e3,"timestamp":"2025-05-03T12:00:00Z"}"#, .wrongType, "$.orderId"),
            (#"{"orderId":-7,"timestamp":"2025-05-03T12:00:00Z"}"#, .wrongType, "$.orderId"),
            (#"{"orderId":"O","timestamp":null}"#, .missingMember, "$.timestamp"),
            (#"{"orderId":"O"}"#, .missingMember, "$.timestamp"),
            (#"{"orderId":"O","timestamp":"2025-05-03"}"#, .invalidValue, "$.timestamp"),
            (#"{"orderId":"O","timestamp":1746273600}"#, .wrongType, "$.timestamp"),
            (#"{"orderId":"O","timestamp":"2025-05-03T12:00:00Z","amount":"1e18"}"#, .invalidValue, "$.amount"),
            (#"{"orderId":"O","timestamp":"2025-05-03T12:00:00Z","quantity":0}"#, .invalidValue, "$.quantity"),
            (#"{"orderId":"O","timestamp":"2025-05-03T12:00:00Z","quantity":[1]}"#, .wrongType, "$.quantity"),
            (#"{"orderId":"O","timestamp":"2025-05-03T12:00:00Z","status":1}"#, .wrongType, "$.status"),
            (#"{"orderId":"O","timestamp":"2025-05-03T12:00:00Z","currency":"EURO"}"#, .invalidValue, "$.currency"),
            (#"{"orderId":"O","timestamp":"2025-05-03T12:00:00Z","customerEmail":{}}"#, .wrongType, "$.customerEmail"),
        ] as [(String, OrderError.Code, String)]
    )
    func `a bad message fails with its place`(text: String, code: OrderError.Code, path: String) {
        let error = #expect(throws: OrderError.self) { try OrderUpdate(message: Array(text.utf8)) }
        #expect(error?.code == code)
        #expect(error?.path == path)
    }

    @Test func `integers stand for ids by their digits`() throws {
        let text = #"{"orderId":450789469,"userId":0,"timestamp":"2025-05-03T12:00:00Z"}"#
        let timestamp = try time("2025-05-03T12:00:00Z")
        let expected = OrderUpdate(id: try id("450789469"), timestamp: timestamp, userID: try id("0"))
        #expect(try OrderUpdate(message: Array(text.utf8)) == expected)
    }

    @Test func `an instant without a zone is UTC, and noted, or refused`() throws {
        let text = Array(#"{"orderId":"O","timestamp":"2025-08-27T18:08:00.6483458"}"#.utf8)
        let order = try OrderUpdate(message: text)
        #expect(order.timestamp == (try time("2025-08-27T18:08:00.6483458Z")))
        #expect(order.assumptions == .zonelessTimestamp)
        let error = #expect(throws: OrderError.self) {
            try OrderUpdate(message: text, rules: InputRules(zonelessTimestamps: .refuse))
        }
        #expect(error?.path == "$.timestamp")
        let zoned = Array(#"{"orderId":"O","timestamp":"2025-08-27 18:08z"}"#.utf8)
        #expect(try OrderUpdate(message: zoned, rules: InputRules(zonelessTimestamps: .refuse)).assumptions == [])
    }

    @Test func `the error says where in bytes`() {
        let text = #"{"orderId":"O","timestamp":"2025-05-03T12:00:00Z","amount":  "ten"}"#
        let error = #expect(throws: OrderError.self) { try OrderUpdate(message: Array(text.utf8)) }
        #expect(error?.offset == 61)
        #expect(error?.description.contains("ten") == false)
        #expect(error?.description.contains("$.amount, byte 61") == true)
    }
}
