import Orders
import TestSupport
import Testing

@Suite struct StoredOrderTests {
    private func message(
        _ timestamp: String,
        status: String? = nil,
        amount: String? = nil,
        quantity: Int64? = nil,
        email: String? = nil
    ) throws -> OrderUpdate {
        OrderUpdate(
            id: try id("O"),
            timestamp: try time(timestamp),
            status: status.map { OrderStatus($0) },
            amount: try amount.map { try money($0) },
            customerEmail: email,
            quantity: quantity
        )
    }

    private func merged(_ messages: [OrderUpdate], into start: StoredOrder? = nil) throws -> StoredOrder {
        var stored = try start ?? StoredOrder(id: id("O"))
        for message in messages { stored = stored.merging(message) ?? stored }
        return stored
    }

    @Test func `the newest message that carries an attribute wins`() throws {
        let stored = try self.merged([
            self.message("2025-05-03T12:00:02Z", status: "shipped"),
            self.message("2025-05-03T12:00:01Z", status: "pending", amount: "5"),
            self.message("2025-05-03T12:00:03Z", quantity: 2),
        ])
        #expect(stored.status == Versioned("shipped", at: try time("2025-05-03T12:00:02Z")))
        #expect(stored.amount == Versioned(try money("5"), at: try time("2025-05-03T12:00:01Z")))
        #expect(stored.quantity?.value == 2)
        #expect(stored.createdAt?.text == "2025-05-03T12:00:01Z")
        #expect(stored.updatedAt?.text == "2025-05-03T12:00:03Z")
    }

    @Test func `every fraction digit decides`() throws {
        let later = try self.message("2025-05-03T12:00:00.12345678901Z", status: "a")
        let earlier = try self.message("2025-05-03T12:00:00.1234567890Z", status: "b")
        #expect(try self.merged([later, earlier]).status?.value == "a")
    }

    @Test func `of equal instants the greater value wins`() throws {
        let instant = "2025-05-03T12:00:00Z"
        let messages = [
            try self.message(instant, status: "é", amount: "9", quantity: 9),
            try self.message("2025-05-03T14:00:00+02:00", status: "z", amount: "10.0", quantity: 10),
        ]
        for order in [messages, messages.reversed()] {
            let stored = try self.merged(order)
            #expect(stored.status?.value == "é")
            #expect(stored.amount?.value.text == "10")
            #expect(stored.quantity?.value == 10)
        }
    }

    @Test func `a repeated or outdated message changes nothing`() throws {
        let first = try self.message("2025-05-03T12:00:00Z", status: "new")
        let second = try self.message("2025-05-03T12:00:05Z", status: "pending")
        let stored = try self.merged([first, second])
        #expect(stored.merging(first) == nil)
        #expect(stored.merging(second) == nil)
        #expect(stored.merging(try self.message("2025-05-03T12:00:03Z", status: "between")) == nil)
        #expect(
            stored.merging(try self.message("2025-05-03T11:00:00Z", status: "older"))?.createdAt?.text
                == "2025-05-03T11:00:00Z"
        )
    }

    @Test(arguments: UInt64(0)..<100)
    func `any permutation and repetition ends in the same item`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bands = try bands()
        let messages = try (0..<Int.random(in: 1...8, using: &random)).map { _ in try Self.randomMessage(&random) }
        let start = try [
            StoredOrder(id: id("O")), StoredOrder(id: id("O"), item: Self.foreignItem),
            StoredOrder(id: id("O"), item: Self.bareItem),
        ]
        .randomElement(using: &random)
        let expected = try self.merged(messages, into: start).item(bands)
        for _ in 0..<10 {
            let again = messages + (0..<4).compactMap { _ in messages.randomElement(using: &random) }
            // Through the table between any two messages, as one write each does it.
            var item = try #require(start).item(bands)
            for message in again.shuffled(using: &random) {
                let stored = try StoredOrder(id: id("O"), item: item)
                item = stored.merging(message)?.item(bands) ?? item
            }
            #expect(item == expected)
        }
    }

    private static let foreignItem: [String: ItemValue] = [
        "orderId": .string("O"), "status": .string("pending"), "amount": .number("7"),
        "timestamp": .string("2025-05-03T12:00:02Z"),
    ]
    private static let bareItem: [String: ItemValue] = ["orderId": .string("O"), "status": .string("zzz")]

    private static func randomMessage(_ random: inout SeededGenerator) throws -> OrderUpdate {
        func maybe<Value>(_ values: [Value]) -> Value? {
            Bool.random(using: &random) ? values.randomElement(using: &random) : nil
        }
        let times = [
            "2025-05-03T12:00:00Z", "2025-05-03T14:00:00.0+02:00", "2025-05-03T12:00:01.0000000001Z",
            "2025-05-03T12:00:01.000000000Z", "2025-05-03T12:00:03Z",
        ]
        let timestamp = try time(try #require(times.randomElement(using: &random)))
        var update = OrderUpdate(id: try id("O"), timestamp: timestamp)
        update.status = maybe(["new", "pending", "shipped", "é", "e\u{301}"])
        update.amount = maybe([try money("99.5"), try money("100"), try money("1000.01")])
        update.currency = maybe([.usd, try #require(Currency("EUR"))])
        update.userID = maybe([try id("U1"), try id("U2")])
        update.customerEmail = maybe(["a@test.com", "b@Shop.example", "nobody"])
        update.itemName = maybe(["Laptop", "Phone"])
        update.quantity = maybe([1, 2, 10])
        return update
    }
}
