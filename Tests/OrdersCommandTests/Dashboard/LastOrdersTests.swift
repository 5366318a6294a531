internal import AWSOperations
internal import Orders
internal import OrdersCommand
internal import Testing

/// The way of each of the last orders, told from the table's changes and the processors' log lines.
@Suite struct LastOrdersTests {
    private var orders: LastOrders
    private let outcomes = OrderOutcomes()

    init() throws {
        let bands = AmountBands(
            normalMinimum: try #require(AmountThreshold("100")),
            premiumMinimum: try #require(AmountThreshold("1000"))
        )
        let domains = try #require(TestDomains("test.com"))
        self.orders = LastOrders(rules: OrderRules(bands: try #require(bands), testDomains: domains))
    }

    private func image(_ status: String?, _ amount: String?, email: String = "a@example.com") -> String {
        let status = status.map { #","status":{"S":"\#($0)"}"# } ?? ""
        let amount = amount.map { #","amount":{"N":"\#($0)"}"# } ?? ""
        return #"{"orderId":{"S":"O1"}\#(status)\#(amount),"customerEmail":{"S":"\#(email)"}}"#
    }

    private func change(
        _ event: String,
        _ name: String,
        new: String?,
        old: String? = nil,
        id: String = "O1"
    ) throws -> OrderChange {
        let images = [new.map { #","NewImage":\#($0)"# }, old.map { #","OldImage":\#($0)"# }].compactMap { $0 }.joined()
        let json =
            #"{"eventID":"\#(event)","eventName":"\#(name)","dynamodb":{"Keys":{"orderId":{"S":"\#(id)"}}\#(images)}}"#
        return try #require(
            OrderChange(
                DynamoDBStreamsRecord(
                    eventID: event,
                    sequenceNumber: "1",
                    approximateCreationDateTime: "1756318080",
                    json: Array(json.utf8)
                )
            )
        )
    }

    private func row(_ id: String = "O1") -> DashboardValue? { self.orders.value(self.outcomes)[id] }

    @Test mutating func `a premium order goes its whole way`() throws {
        self.orders.take(try self.change("e1", "INSERT", new: self.image("pending", "1500")))
        #expect(self.row()?["normal"] == ["state": "expected"])
        #expect(self.row()?["premium"] == ["state": "skipped", "reason": "eventName"])
        self.outcomes.note(.processed, "e1")
        #expect(self.row()?["normal"] == ["state": "done"])
        self.orders.take(
            try self.change("e2", "MODIFY", new: self.image("shipped", "1500"), old: self.image("pending", "1500"))
        )
        #expect(self.row()?["normal"] == ["state": "expected"])
        #expect(self.row()?["premium"] == ["state": "expected"])
        self.outcomes.note(.processed, "e2")
        self.outcomes.note(.notified, "e2")
        #expect(self.row()?["premium"] == ["state": "done"])
        // A later change takes nothing of it back.
        self.orders.take(
            try self.change("e3", "MODIFY", new: self.image("shipped", "1600"), old: self.image("shipped", "1500"))
        )
        #expect(self.row()?["premium"] == ["state": "done"])
        #expect(self.row()?["amount"] == "1600")
        #expect(self.row()?["currency"] == "USD")
        #expect(self.row()?["changes"] == "3")
        #expect(self.row()?["at"] == "2025-08-27T18:08:00.000Z")
    }

    @Test(
        arguments: [
            (nil, "5", "a@example.com", "noStatus"), ("new", "500", "a@example.com", "status"),
            ("pending", "100", "a@example.com", "amount"), ("pending", nil, "a@example.com", "noAmount"),
            ("pending", "500", "a@test.com", "testAddress"),
        ] as [(String?, String?, String, String)]
    )
    mutating func `why an order is not processed`(
        status: String?,
        amount: String?,
        email: String,
        reason: String
    ) throws {
        self.orders.take(try self.change("e1", "INSERT", new: self.image(status, amount, email: email)))
        #expect(self.row()?["normal"] == ["state": "skipped", "reason": .text(reason)])
    }

    @Test mutating func `an image that cannot be read is a dead letter`() throws {
        self.orders.take(try self.change("e1", "MODIFY", new: self.image("shipped", "-5"), old: self.image("new", "1")))
        #expect(self.row()?["normal"] == ["state": "refused"])
        #expect(self.row()?["premium"] == ["state": "refused"])
        #expect(self.row()?["amount"] == "")
    }

    @Test mutating func `a removed order is shown no more, and old ones make room`() throws {
        self.orders.take(try self.change("e1", "INSERT", new: self.image("new", "1")))
        self.orders.take(try self.change("e2", "REMOVE", new: nil, old: self.image("new", "1")))
        #expect(self.row() == nil)
        for number in 1...40 {
            self.orders.take(try self.change("n\(number)", "INSERT", new: self.image("new", "1"), id: "N\(number)"))
        }
        guard case .object(let rows) = self.orders.value(self.outcomes) else { return }
        #expect(rows.count == 30)
        #expect(rows["N10"] == nil && rows["N11"] != nil && rows["N40"] != nil)
    }

    @Test mutating func `orders whose ids are canonically equivalent are two`() throws {
        let ids = Fixtures.equivalentTexts
        let (pending, shipped) = (self.image("pending", "1500"), self.image("shipped", "1500"))
        self.orders.take(try self.change("e1", "INSERT", new: pending, id: ids[0]))
        self.orders.take(try self.change("e2", "MODIFY", new: shipped, old: pending, id: ids[0]))
        self.orders.take(try self.change("e3", "INSERT", new: self.image("pending", "1200"), id: ids[1]))
        self.outcomes.note(.notified, "e2")
        #expect(self.row(ids[0])?["changes"] == "2")
        #expect(self.row(ids[0])?["premium"] == ["state": "done"])
        #expect(self.row(ids[1])?["amount"] == "1200")
        #expect(self.row(ids[1])?["changes"] == "1")
        #expect(self.row(ids[1])?["premium"] == ["state": "skipped", "reason": "eventName"])
        self.orders.take(try self.change("e4", "REMOVE", new: nil, old: shipped, id: ids[0]))
        #expect(self.row(ids[0]) == nil && self.row(ids[1]) != nil)
    }

    @Test mutating func `changes whose ids are canonically equivalent have an outcome each`() throws {
        let events = Fixtures.equivalentTexts
        self.orders.take(try self.change(events[0], "INSERT", new: self.image("pending", "1500")))
        self.outcomes.note(.processed, events[1])
        #expect(self.row()?["normal"] == ["state": "expected"])
        self.outcomes.note(.processed, events[0])
        #expect(self.row()?["normal"] == ["state": "done"])
    }

    @Test(arguments: ["", "[]", "{}", #"{"dynamodb":{}}"#, #"{"dynamodb":{"Keys":{"orderId":{"S":""}}}}"#])
    func `what is no change of an order is passed over`(json: String) {
        let record = DynamoDBStreamsRecord(
            eventID: "e",
            sequenceNumber: "1",
            approximateCreationDateTime: nil,
            json: Array(json.utf8)
        )
        #expect(OrderChange(record) == nil)
    }
}
