import JSONText
import Orders
import Testing

@Suite struct OrderImageTests {
    @Test func `reads DynamoDB's typed attributes`() throws {
        let text = """
            {"orderId":{"S":"ORD-1001"},"status":{"S":"shipped"},"amount":{"N":"1500.5"},"currency":{"S":"EUR"},
            "userId":{"S":"U1"},"customerEmail":{"S":"a@b.example"},"itemName":{"S":"Laptop"},"quantity":{"N":"2"},
            "timestamp":{"S":"2025-05-04T12:00:00Z"},"tags":{"SS":["a"]},"amountBand":{"S":"premium-GT1000"},
            "versions":{"M":{"amount":{"S":"2025-05-02T12:00:00Z"},"status":{"S":"2025-05-03T12:00:00Z"}}}}
            """
        let expected = OrderImage(
            routing: RoutingAttributes(
                id: try id("ORD-1001"),
                status: "shipped",
                amount: try money("1500.5"),
                customerEmail: "a@b.example"
            ),
            currency: Currency("EUR"),
            userID: try id("U1"),
            itemName: "Laptop",
            quantity: 2,
            timestamp: try time("2025-05-04T12:00:00Z"),
            statusTimestamp: try time("2025-05-03T12:00:00Z")
        )
        #expect(try orderImage(text.utf8) == expected)
    }

    @Test func `takes the other spellings of status and amount`() throws {
        let other = #"{"orderId":{"S":"O"},"orderStatus":{"S":"pending"},"orderAmount":{"S":"101"}}"#
        let found = try orderImage(other.utf8)
        #expect(found.routing.status == "pending")
        #expect(found.routing.amount?.text == "101")
        let both =
            #"{"orderStatus":{"S":"b"},"status":{"S":"a"},"orderAmount":{"N":"x"},"amount":{"N":"1"},"orderId":{"S":"O"}}"#
        #expect(try orderImage(both.utf8).routing.status == "a")
        #expect(try orderImage(both.utf8).routing.amount?.text == "1")
    }

    @Test func `an attribute's last value counts however it is written`() throws {
        let versions = #""versions":{"M":{"status":{"S":"2025-05-03T12:00:00Z"}}}"#
        func read(_ members: String) throws -> OrderImage {
            try orderImage(#"{"orderId":{"S":"O"},\#(members)}"#.utf8)
        }
        #expect(try read(#""status":{"S":"a"},"status":{"S":"\u0062"}"#).routing.status == "b")
        #expect(try read(#""status":{"S":"\u0062"},"status":{"S":"a"}"#).routing.status == "a")
        #expect(try read(#""status":{"S":"a"},"status":{"N":"1"}"#).routing.status == nil)
        #expect(try read(#""status":{"S":"a"},"status":{"NULL":true}"#).routing.status == nil)
        #expect(try read(versions).statusTimestamp != nil)
        #expect(try read(#""versions":{"S":"x"},\#(versions)"#).statusTimestamp != nil)
        #expect(try read(#"\#(versions),"versions":{"S":"x"}"#).statusTimestamp == nil)
        #expect(try read(#"\#(versions),"versions": {"S":"x"}"#).statusTimestamp == nil)
    }

    @Test(arguments: [#"{"NULL":true}"#, #"{ "NULL" : true }"#, "null"])
    func `an attribute of type NULL is absent`(null: String) throws {
        let text = """
            {"orderId":{"S":"O"},"status":\(null),"orderStatus":{"S":"pending"},"amount":\(null),"orderAmount":{"N":"7"},
            "customerEmail":\(null)}
            """
        let found = try orderImage(text.utf8)
        #expect(found.routing.status == "pending")
        #expect(found.routing.amount?.text == "7")
        #expect(found.routing.customerEmail == nil)
        #expect(try orderImage(#"{"orderId":{"S":"O"},"amount":\#(null)}"#.utf8).routing.amount == nil)
    }

    @Test(arguments: ["", " ", #"\t "#])
    func `a status that is blank leaves the word to the other one`(blank: String) throws {
        let text = #"{"orderId":{"S":"O"},"status":{"S":"\#(blank)"},"orderStatus":{"S":"shipped"}}"#
        #expect(try orderImage(text.utf8).routing.status == "shipped")
        #expect(try orderImage(#"{"orderId":{"S":"O"},"status":{"S":"\#(blank)"}}"#.utf8).routing.status == nil)
    }

    @Test func `ids that others wrote as numbers stand by their digits`() throws {
        let found = try orderImage(#"{"orderId":{"N":"5"},"userId":{"N":"17"}}"#.utf8)
        #expect(found.id.text == "5")
        #expect(found.userID?.text == "17")
        #expect(try orderImage(#"{"orderId":{"N":"5"},"userId":{"N":"1.5"}}"#.utf8).userID == nil)
    }

    @Test func `what is missing or of another type is nil`() throws {
        let text = """
            {"orderId":{"S":"O"},"status":{"N":"1"},"customerEmail":{"NULL":true},"quantity":{"S":"2"},"currency":{"S":"e"},
            "timestamp":{"S":"soon"},"versions":{"S":"x"},"itemName":5,"userId":{"S":""}}
            """
        #expect(try orderImage(text.utf8) == OrderImage(routing: RoutingAttributes(id: id("O"))))
    }

    @Test(
        arguments: [
            ("{}", OrderError.Code.missingMember, "$.orderId"),
            (#"{"orderId":{"N":"5.5"}}"#, .wrongType, "$.orderId"),
            (#"{"orderId":{"B":"NQ=="}}"#, .wrongType, "$.orderId"),
            (#"{"orderId":{"NULL":true}}"#, .missingMember, "$.orderId"),
            (#"{"orderId":{"S":""}}"#, .wrongType, "$.orderId"),
            (#"{"orderId":{"S":"O"},"amount":{"N":"many"}}"#, .invalidValue, "$.amount"),
            (#"{"orderId":{"S":"O"},"amount":{"N":"-5"}}"#, .invalidValue, "$.amount"),
            (#"{"orderId":{"S":"O"},"amount":{"N":5}}"#, .wrongType, "$.amount"),
            (#"{"orderId":{"S":"O"},"orderAmount":{"BOOL":true}}"#, .wrongType, "$.orderAmount"),
        ] as [(String, OrderError.Code, String)]
    )
    func `only a missing id or an unreadable amount is poison`(text: String, code: OrderError.Code, path: String) {
        let error = #expect(throws: OrderError.self) { try orderImage(text.utf8) }
        #expect(error?.code == code)
        #expect(error?.path == path)
    }

    @Test(arguments: ["", "no image", "[]", #"{"orderId":{"S":"O"}"#, #"{"orderId":{"S":"O\u1"}}"#])
    func `a text that is no image is the reader's error`(text: String) {
        #expect(throws: JSONError.self) { try orderImage(text.utf8) }
        #expect(throws: JSONError.self) { try image(text.utf8, RoutingAttributes.read(image:)) }
    }

    @Test func `places are counted from the beginning of the image`() throws {
        let amount = #"{"orderId":{"S":"O"},"amount":{"N":"many"}}"#
        let offset = try JSONReader.read(Array(#"{"NewImage": \#(amount)}"#.utf8)) { reader in
            var offsets: [Int?] = []
            try reader.readObject { _, reader in
                let start = reader.position
                let whole = try OrderImage.read(image: &reader)
                if case .failure(let error) = whole { offsets.append(error.offset) }
                reader.rewind(to: start)
                let routing = try RoutingAttributes.read(image: &reader)
                if case .failure(let error) = routing { offsets.append(error.offset) }
            }
            return offsets
        }
        #expect(offset == [30, 30])
    }
}
