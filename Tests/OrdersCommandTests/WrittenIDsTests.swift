import JSONText
import OrdersCommand
import Testing

@Suite struct WrittenIDsTests {
    private static func ids(_ text: String) throws -> WrittenIDs { try WrittenIDs(parsing: Array(text.utf8)) }

    @Test(arguments: [
        (#""A-17""#, WrittenIDs.Value.id("A-17")), ("17", .id("17")), (#""17""#, .id("17")), ("0", .id("0")),
        ("1234567890123456789", .id("1234567890123456789")), (#""1234567890123456789""#, .id("1234567890123456789")),
        ("450789469000000001", .id("450789469000000001")), (#""450789469000000001""#, .id("450789469000000001")),
        ("99999999999999999999999", .id("99999999999999999999999")), (#""caf\u00e9""#, .id("café")),
        ("17.0", .number("17.0")), ("1e3", .number("1e3")), ("-17", .number("-17")),
    ])
    func `an id is a string or the digits of a number`(written: String, value: WrittenIDs.Value) throws {
        let ids = try Self.ids(#"{"a":1,"orderId":\#(written)}"#)
        #expect(ids[.messageOrderID] == value)
        #expect(ids[.eventOrderID] == nil)
        if case .id(let text) = value {
            #expect(ids.id(.messageOrderID) == text)
        } else {
            #expect(ids.id(.messageOrderID) == nil)
        }
    }

    @Test(arguments: ["\"\"", "null", "true", "[17]", #"{"a":17}"#])
    func `an empty string and anything but strings and numbers hold no id`(written: String) throws {
        #expect(try Self.ids(#"{"orderId":\#(written)}"#)[.messageOrderID] == nil)
    }

    @Test func `each member has its own name, and of a repeated one the last value counts`() throws {
        let text = #"{"PartitionKey":1,"orderId":2,"order_id":3,"OrderId":4,"customer_id":5,"orderid":6}"#
        let ids = try Self.ids(text)
        #expect(WrittenIDs.Name.allCases.map { ids.id($0) } == ["1", "2", "3", "4", "5"])
        #expect(try Self.ids(#"{"orderId":1,"orderId":2}"#).id(.messageOrderID) == "2")
        #expect(try Self.ids(#"{"orderId":1,"orderId":null}"#).id(.messageOrderID) == nil)
    }

    @Test func `the ids of objects inside are their own`() throws {
        let ids = try Self.ids(#"{"detail":{"Payload":{"OrderId":450789469000000001},"order_id":7}}"#)
        #expect(ids[.detail]?[.payload]?.id(.eventOrderID) == "450789469000000001")
        #expect(ids[.detail]?.id(.shortOrderID) == "7")
        #expect(ids.id(.eventOrderID) == nil)
        #expect(ids[.payload] == nil)
        #expect(try Self.ids(#"{"detail":"x"}"#)[.detail] == nil)
    }

    @Test func `a byte order mark in front is skipped, and a text that is not JSON is an error`() throws {
        #expect(try Self.ids("\u{FEFF}{\"orderId\":17}").id(.messageOrderID) == "17")
        #expect(try Self.ids("17").id(.messageOrderID) == nil)
        #expect(throws: JSONError.self) { try Self.ids(#"{"orderId":17"#) }
    }
}
