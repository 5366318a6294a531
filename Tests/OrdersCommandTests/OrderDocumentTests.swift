import OrdersCommand
import Testing

@Suite struct OrderDocumentTests {
    @Test func `orders of one counted id have one key, in an envelope, too`() throws {
        let keys = try [
            #"{"order_id":450789471,"amount":1}"#, #"{"Payload":{"OrderId":450789471}}"#,
            #"{"detail-type":"o","source":"s","detail":{"Payload":{"OrderId":450789471}}}"#,
            #"{"PartitionKey":null,"orderId":450789471}"#,
        ].map { try Self.split($0)[0].key }
        #expect(Set(keys).count == 1)
        #expect(try Self.split(#"{"orderId":5}"#)[0].key != keys[0])
    }

    /// As a double each of these is another number.
    @Test(arguments: ["1234567890123456789", "450789469000000001", "123456789012345678901234567890"])
    func `a long id has one key as a number and as a string`(id: String) throws {
        for text in ["{\"orderId\":\(id)}", "{\"Payload\":{\"OrderId\":\(id)}}", "{\"detail\":{\"order_id\":\(id)}}"] {
            #expect(try Self.split(text)[0].key == id)
        }
        #expect(try Self.split("{\"orderId\":\"\(id)\"}")[0].key == id)
    }

    private static func split(_ text: String) throws -> [OrderDocument] {
        try OrderDocument.split(Array(text.utf8), file: "o")
    }

    @Test(arguments: [
        (#"{"orderId":"a"}"#, [#"{"orderId":"a"}"#]),
        ("{\n \"orderId\" : \"a\"\n}\n", ["{\n \"orderId\" : \"a\"\n}"]),
        ("[{\"a\":1} , {\"a\": 2.50}]", ["{\"a\":1}", "{\"a\": 2.50}"]),
        ("{\"a\":1}\n\n{\"a\":2}\r\n", ["{\"a\":1}", "{\"a\":2}"]),
        ("{\"a\":1}\n[{\"a\":2},{\"a\": 3}]\r\n[]\n", ["{\"a\":1}", "{\"a\":2}", "{\"a\": 3}"]),
        ("[{\"a\":1}]\n{\"a\":2}", ["{\"a\":1}", "{\"a\":2}"]),
        ("[]", []), ("[]\n[]", []), ("\u{FEFF}{\"a\":1}", ["{\"a\":1}"]), ("\u{FEFF}[{\"a\":1}]", ["{\"a\":1}"]),
        ("\u{FEFF}{\"a\":1}\n{\"a\":2}", ["{\"a\":1}", "{\"a\":2}"]),
    ])
    func `takes one text, an array, or one of them a line, byte for byte`(text: String, expected: [String]) throws {
        #expect(try Self.split(text).map { String(decoding: $0.bytes, as: UTF8.self) } == expected)
    }

    @Test(arguments: [
        ("{\"a\":1}\n{\"a\":\n", "o:2:"),
        ("{\n \"a\": x\n}", "o:2:7:"),
        ("{\"a\":1}\nnope\n", "o:2:1:"),
        ("nope", "o:1:1:"),
        ("[{\"a\":1},\n]", "o:2:1:"),
        ("\u{FEFF}nope", "o:1:1:"),
        ("\u{FEFF}\u{FEFF}{}", "o:1:1:"),
        ("{\"a\":1}\n[{\"a\":2},nope]\n", "o:2:10:"),
        ("[]\nnope\n", "o:2:1:"),
    ])
    func `names the place of what is no JSON`(text: String, place: String) {
        let error = #expect(throws: ToolError.self) { try Self.split(text) }
        #expect(error?.description.hasPrefix(place) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [true, false])
    func `a file of PowerShell is said to be UTF-16`(hasMark: Bool) {
        let units = (hasMark ? "\u{FEFF}" : "") + "{\"orderId\":\"a\"}\r\n{\"orderId\":\"b\"}"
        let bytes = units.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let error = #expect(throws: ToolError.self) { try OrderDocument.split(bytes, file: "o") }
        #expect(error?.code == .badUse && error?.description.hasPrefix("o: UTF-16: send UTF-8") == true)
    }

    @Test(arguments: [
        ("5", "o:"), ("\"{}\"", "o:"), ("[{},[{}]]", "o[1]:"), ("{}\nnull\n", "o:2:"),
        ("{}\n\n[{},{},true]", "o:3[2]:"), ("[1]\n{}", "o:1[0]:"),
    ])
    func `what is no object is refused with its place`(text: String, place: String) {
        let error = #expect(throws: ToolError.self) { try Self.split(text) }
        #expect(error?.code == .badUse)
        #expect(error?.description.hasPrefix(place + " an order is") == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        (#"{"orderId":"a","userId":"u"}"#, "a"),
        (#"{"order_id":"b"}"#, "b"),
        (#"{"customer_id":"c"}"#, "c"),
        (#"{"PartitionKey":"p","Payload":{"OrderId":"d"}}"#, "p"),
        (#"{"Payload":{"OrderId":"d"}}"#, "d"),
        (#"{"orderId":5}"#, "5"),
        (#"{"orderId":5.5}"#, "5.5"),
        (#"{"orderId":[17],"customer_id":"c"}"#, "c"),
        (#"{"orderId":""}"#, "o"),
        ("{}\n{}", "o:1"),
        ("[{}]\n{}", "o:1[0]"),
    ])
    func `is keyed by what identifies the order, else by its place`(text: String, key: String) throws {
        #expect(try Self.split(text).first?.key == key)
    }
}
