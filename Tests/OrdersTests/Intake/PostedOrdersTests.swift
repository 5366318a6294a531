import Foundation
import Orders
import Platform
import Testing

@Suite struct PostedOrdersTests {
    /// 2025-08-27T18:08:00Z.
    private static let now = UTCInstant(secondsSince1970: 1_756_318_080)
    private static let posted = PostedOrders(rules: InputRules(), now: Self.now)

    private static func fault(_ order: String) -> PostedOrders.Fault? {
        do throws(PostedOrders.Fault) {
            _ = try self.posted.one(Array(order.utf8))
            return nil
        } catch {
            return error
        }
    }

    /// The pointers of what is wrong with an order.
    private static func pointers(_ order: String) -> [String]? {
        guard case .invalid(let offences) = self.fault(order) else { return nil }
        return offences.listed.map(\.pointer)
    }

    @Test func `everything that is wrong is told at once, each by its pointer`() {
        let order = #"""
            {"OrderId":"","UserId":true,"TotalAmount":-1,"Currency":"EURO","ProductIds":["P1",null,17.5,""],\#
            "Quantities":{"P1":0,"a/b~c":"x","":-1},"Channel":5,"Region":[],"createdUtc":"yesterday"}
            """#
        #expect(
            Self.pointers(order) == [
                "/OrderId", "/UserId", "/TotalAmount", "/Currency", "/createdUtc", "/ProductIds/1", "/ProductIds/2",
                "/ProductIds/3", "/Quantities/P1", "/Quantities/a~1b~0c", "/Quantities/", "/Channel", "/Region",
            ]
        )
    }

    @Test(arguments: [
        ("{}", ["/TotalAmount"]), (#"{"TotalAmount":null}"#, ["/TotalAmount"]), ("[]", [""]), ("5", [""]),
        (#"{"TotalAmount":1,"ProductIds":{"0":"a"},"Quantities":[2]}"#, ["/ProductIds", "/Quantities"]),
        (#"{"TotalAmount":1,"CHANNEL":"web","Currency":"EUR","currenCy":null}"#, ["/CHANNEL", "/currenCy"]),
        (#"{"TotalAmount":1,"currency":"EUR","ORDERID":"O"}"#, ["/currency", "/ORDERID"]),
        (#"{"TotalAmount":1,"order_id":"O"}"#, ["/order_id"]),
        (#"{"TotalAmount":1,"OrderId":null,"order-id":17,"USER_ID":"U"}"#, ["/order-id", "/USER_ID"]),
        (#"{"total_amount":1}"#, ["/TotalAmount", "/total_amount"]),
        (#"{"TotalAmount":1,"Quantities":{"$type":0,"$types":"x"}}"#, ["/Quantities/$type", "/Quantities/$types"]),
        (#"{"TotalAmount":1,"ProductIds":["$type"],"Quantities":{"$type":"x"}}"#, ["/Quantities/$type"]),
        (#"{"TotalAmount":1,"OrderId":"m\ud83d"}"#, ["/OrderId"]),
        (#"{"TotalAmount":1,"OrderId":"00000000-0000-0000-0000-000000000000"}"#, ["/OrderId"]),
        (#"{"TotalAmount":-1,"OrderId":"{00000000-0000-0000-0000-000000000000}"}"#, ["/OrderId", "/TotalAmount"]),
        (#"{"TotalAmount":1,"OrderId":"00000000000000000000000000000000"}"#, ["/OrderId"]),
        (#"{"TotalAmount":1,"OrderId":" 00000000-0000-0000-0000-000000000000 "}"#, ["/OrderId"]),
        (
            #"{"TotalAmount":1,"OrderId":" ","UserId":"\t","ProductIds":[" "]}"#,
            ["/OrderId", "/UserId", "/ProductIds/0"]
        ),
        (
            #"{"TotalAmount":1,"ProductIds":["P/1","P2","P3"],"Quantities":{"p/1":3,"P2":1,"p2":4," p3":2}}"#,
            ["/Quantities/p~11", "/Quantities/ p3"]
        ),
        (#"{"TotalAmount":1,"createdUtc":1756318080}"#, ["/createdUtc"]),
        (#"{"TotalAmount":1,"createdUtc":"1999-12-31T23:59:59Z"}"#, ["/createdUtc"]),
    ])
    func `what cannot be an order is refused where it is wrong`(order: String, pointers: [String]) {
        #expect(Self.pointers(order) == pointers)
    }

    @Test(arguments: [
        #"{"TotalAmount":0}"#, #"{"TotalAmount":" 250.50 "}"#, #"{"TotalAmount":19.989999999999998,"Currency":"eur"}"#,
        #"{"TotalAmount":1,"OrderId":null,"UserId":17,"ProductIds":null,"Quantities":null,"createdUtc":null}"#,
        #"{"TotalAmount":1,"ProductIds":{ },"Quantities":[]}"#,
        #"{"TotalAmount":1,"ProductIds":["P"],"Quantities":{"$type":"System.Collections","P":2}}"#,
        #"{"TotalAmount":1,"OrderId":" O\t","UserId":"\u00a0"}"#,
        #"{"TotalAmount":1,"OrderId":"O","order_id":17,"created_utc":null}"#,
        #"{"TotalAmount":1,"ProductIds":["A","B"],"Quantities":{"B":1,"A":2,"a":3,"ghost":1}}"#,
        #"{"TotalAmount":1,"ProductIds":[1,"1","a"],"Quantities":{"1":"2","b":3.0,"c":null}}"#,
        #"{"TotalAmount":1,"OrderId":"00000000-0000-0000-0000-000000000001"}"#, #"{"TotalAmount":1,"OrderId":0}"#,
        #"{"TotalAmount":1,"UserId":"00000000-0000-0000-0000-000000000000"}"#,
        #"{"TotalAmount":1,"createdUtc":"2025-08-27 18:08","Notes":{"anything":[1,{"TotalAmount":-1}]}}"#,
        "\u{FEFF}{\"TotalAmount\":1}", " \n{\"TotalAmount\":-1,\"TotalAmount\":1} ",
    ])
    func `every spelling that the decoder reads is taken`(order: String) {
        #expect(Self.fault(order) == nil)
    }

    @Test func `an id has 128 characters at most, however many bytes they are`() {
        func order(_ id: String) -> String { #"{"TotalAmount":1,"OrderId":"\#(id)"}"# }
        #expect(Self.pointers(order(String(repeating: "😀", count: 128))) == nil)
        #expect(Self.pointers(order(String(repeating: "a", count: 129))) == ["/OrderId"])
        let products = #"{"TotalAmount":1,"ProductIds":["\#(String(repeating: "a", count: 129))"]}"#
        #expect(Self.pointers(products) == ["/ProductIds/0"])
    }

    @Test func `an order has 1000 products and quantities at most`() {
        func order(_ count: Int) -> String {
            let ids = (0..<count).map { "\"\($0)\"" }
            let quantities = ids.map { $0 + ":1" }.joined(separator: ",")
            return #"{"TotalAmount":1,"ProductIds":[\#(ids.joined(separator: ","))],"Quantities":{\#(quantities)}}"#
        }
        #expect(Self.pointers(order(1_000)) == nil)
        #expect(Self.pointers(order(1_001)) == ["/ProductIds", "/Quantities"])
    }

    @Test func `an instant at the bound is refused, since the stream's clock may be behind`() {
        func order(_ time: String) -> String { #"{"TotalAmount":1,"createdUtc":"2025-08-28T\#(time)Z"}"# }
        #expect(Self.pointers(order("18:03:00")) == nil)
        #expect(Self.pointers(order("18:03:01")) == ["/createdUtc"])
    }

    @Test func `what is told is bounded, and counted`() throws {
        let key = String(repeating: "k", count: 200)
        let members = (0..<900).map { #""\#(key)\#($0)":0"# }.joined(separator: ",")
        let fault = Self.fault(#"{"TotalAmount":1,"Quantities":{\#(members)}}"#)
        guard case .invalid(let offences) = fault else {
            Issue.record("taken")
            return
        }
        #expect(offences.count == 900)
        #expect(offences.listed.count < 900)
        #expect(offences.listed.reduce(0) { $0 + $1.pointer.utf8.count } <= OrderOffences.maximumPointerBytes)
    }

    @Test(arguments: [#"{"TotalAmount":1"#, "", "{'TotalAmount':1}", #"{"TotalAmount":01}"#, "{} {}"])
    func `what is no JSON is told with its place`(order: String) {
        guard case .malformed(let offence) = Self.fault(order) else {
            Issue.record("not malformed")
            return
        }
        #expect(offence.pointer.isEmpty)
        #expect(offence.detail.hasPrefix("not JSON: "))
    }

    @Test func `an order has 256 KiB at most`() {
        func order(_ size: Int) -> String {
            let rest = #"{"TotalAmount":1,"Notes":""}"#
            return #"{"TotalAmount":1,"Notes":"\#(String(repeating: "n", count: size - rest.utf8.count))"}"#
        }
        #expect(Self.fault(order(256 * 1_024)) == nil)
        guard case .tooLarge = Self.fault(order(256 * 1_024 + 1)) else {
            Issue.record("not too large")
            return
        }
    }

    // MARK: Several

    private static func several(_ document: String, _ form: PostedOrders.Form) throws(PostedOrders.Fault) -> [String?] {
        try self.posted.several(Array(document.utf8), form: form).map { order in
            switch order {
            case .success: nil
            case .failure(.invalid(let offences)): offences.listed.map(\.pointer).joined(separator: " ")
            case .failure(.malformed(let offence)): "malformed " + offence.pointer
            case .failure(.tooLarge): "too large"
            }
        }
    }

    @Test func `each order of an array is taken or refused for itself`() throws {
        let array = #"[{"TotalAmount":1},{"TotalAmount":-1,"Currency":"E"},5,{"TotalAmount":2}]"#
        #expect(try Self.several(array, .array) == [nil, "/1/TotalAmount /1/Currency", "/2", nil])
    }

    /// An order of which the deepest value is that many levels deep.
    private static func nested(_ depth: Int) -> String {
        let (open, close) = (String(repeating: "[", count: depth - 1), String(repeating: "]", count: depth - 1))
        return #"{"TotalAmount":1,"Notes":\#(open)\#(close)}"#
    }

    @Test func `an order may be 127 levels deep, alone, in an array and on a line`() throws {
        let (deepest, tooDeep) = (Self.nested(127), Self.nested(128))
        #expect(Self.fault(deepest) == nil)
        #expect(Self.pointers(tooDeep) == [""])
        #expect(
            try Self.several("[\(deepest),\(tooDeep),\(Self.nested(900)),\(deepest)]", .array) == [
                nil, "/1", "/2", nil,
            ]
        )
        #expect(try Self.several("\(deepest)\n\(tooDeep)\n\(deepest)", .lines) == [nil, "/1", nil])
        guard case .invalid(let offences) = Self.fault(tooDeep) else { return }
        #expect(offences.listed.map(\.detail) == ["objects and arrays may be in one another to a depth of 127"])
    }

    @Test func `a batch that is too deep to be read is refused as a whole, and not as no JSON`() throws {
        let error = #expect(throws: PostedOrders.Fault.self) {
            try Self.several("[\(Self.nested(1_024)),\(Self.nested(1))]", .array)
        }
        guard case .invalid = error else {
            Issue.record("not invalid")
            return
        }
    }

    @Test func `a line that is no JSON is refused alone, and an array as a whole`() throws {
        let lines = "{\"TotalAmount\":1}\r\n\n{\"TotalAmount\":\n  \n{\"TotalAmount\":-1}\n"
        #expect(try Self.several(lines, .lines) == [nil, "malformed /1", "/2/TotalAmount"])
        let error = #expect(throws: PostedOrders.Fault.self) { try Self.several(#"[{"TotalAmount":1},{]"#, .array) }
        guard case .malformed = error else {
            Issue.record("not malformed")
            return
        }
    }

    @Test func `a batch has 100 orders of one id at most`() throws {
        let ids = (0..<102).map { _ in "O-1" } + ["O-2"]
        let lines = ids.map { #"{"TotalAmount":1,"OrderId":"\#($0)"}"# }.joined(separator: "\n")
        let faults = try Self.several(lines, .lines)
        #expect(faults.prefix(100).allSatisfy { $0 == nil })
        #expect(faults.suffix(3) == ["/100/OrderId", "/101/OrderId", nil])
    }

    @Test func `500 orders are taken at once, and one more is too many`() throws {
        func orders(_ count: Int) -> [String] { (0..<count).map { #"{"TotalAmount":\#($0)}"# } }
        #expect(try Self.several("[\(orders(500).joined(separator: ","))]", .array).count == 500)
        #expect(try Self.several(orders(500).joined(separator: "\n"), .lines).count == 500)
        for (document, form) in [
            ("[\(orders(501).joined(separator: ","))]", PostedOrders.Form.array),
            (orders(501).joined(separator: "\n"), .lines),
        ] {
            let error = #expect(throws: PostedOrders.Fault.self) { try Self.several(document, form) }
            guard case .invalid(let offences) = error else {
                Issue.record("not invalid")
                return
            }
            #expect(offences.listed.map(\.pointer) == [""])
        }
    }

    @Test(arguments: [("[]", PostedOrders.Form.array), ("{}", .array), ("", .lines), ("\n \n", .lines)])
    func `a batch without an order is refused`(document: String, form: PostedOrders.Form) {
        let error = #expect(throws: PostedOrders.Fault.self) { try Self.several(document, form) }
        guard case .invalid(let offences) = error else {
            Issue.record("not invalid")
            return
        }
        #expect(offences.listed.map(\.pointer) == [""])
    }
}
