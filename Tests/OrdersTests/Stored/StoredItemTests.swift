import Orders
import Testing

@Suite struct StoredItemTests {
    private func order() throws -> OrderUpdate {
        OrderUpdate(
            id: try id("O"),
            timestamp: try time("2025-05-03T14:00:00.50+02:00"),
            status: "pending",
            amount: try money("1500.50"),
            currency: Currency("EUR"),
            userID: try id("U"),
            customerEmail: "Bob@Shop.Example",
            itemName: "Laptop",
            quantity: 2,
            correlationID: "C-1"
        )
    }

    private func stored(_ update: OrderUpdate) throws -> StoredOrder {
        try #require(StoredOrder(id: update.id).merging(update))
    }

    @Test func `an item has every attribute of the table`() throws {
        let instant = ItemValue.string("2025-05-03T12:00:00.5Z")
        let versions = [
            "status", "amount", "currency", "userId", "customerEmail", "itemName", "quantity", "correlationId",
        ]
        let expected: [String: ItemValue] = [
            "orderId": .string("O"), "status": .string("pending"), "amount": .number("1500.5"),
            "currency": .string("EUR"), "userId": .string("U"), "customerEmail": .string("Bob@Shop.Example"),
            "itemName": .string("Laptop"), "quantity": .number("2"), "correlationId": .string("C-1"),
            "timestamp": instant, "createdAt": instant,
            "updatedAt": instant, "amountBand": .string("premium-GT1000"), "emailDomain": .string("shop.example"),
            "versions": .map(ItemMembers(names: versions.sorted(), values: versions.map { _ in instant })),
            "format": .number("1"),
        ]
        #expect(try self.stored(self.order()).item(bands()) == expected)
    }

    @Test func `what is not known is not stored`() throws {
        let partial = OrderUpdate(id: try id("O"), timestamp: try time("2025-05-03T12:00:00Z"))
        #expect(
            try Set(self.stored(partial).item(bands()).keys) == [
                "orderId", "versions", "timestamp", "createdAt", "updatedAt", "format",
            ]
        )
    }

    @Test func `an item goes there and back`() throws {
        let stored = try self.stored(self.order())
        #expect(try StoredOrder(id: id("O"), item: stored.item(bands())) == stored)
    }

    @Test func `a time of others without a zone is UTC, or none`() throws {
        let item: [String: ItemValue] = [
            "orderId": .string("O"), "timestamp": .string("2025-05-03T12:00:00"), "userId": .number("17"),
        ]
        let stored = StoredOrder(id: try id("O"), item: item)
        #expect(stored.updatedAt == (try time("2025-05-03T12:00:00Z")))
        #expect(stored.userID?.value == "17")
        let rules = InputRules(zonelessTimestamps: .refuse)
        #expect(StoredOrder(id: try id("O"), item: item, rules: rules).updatedAt == nil)
    }

    @Test func `an item of others is as old as its own time`() throws {
        let stored = try StoredOrder(
            id: id("O"),
            item: [
                "orderId": .string("O"), "status": .string("shipped"), "timestamp": .string("2025-05-03T12:00:00Z"),
            ]
        )
        let older = OrderUpdate(id: try id("O"), timestamp: try time("2025-05-03T11:00:00Z"), status: "pending")
        #expect(stored.merging(older)?.status?.value == "shipped")
        let newer = OrderUpdate(id: try id("O"), timestamp: try time("2025-05-03T13:00:00Z"), status: "returned")
        #expect(stored.merging(newer)?.status?.value == "returned")
    }

    @Test func `an update sets what changed on the condition of what was read`() throws {
        let bands = try bands()
        var old = try self.stored(self.order()).item(bands)
        old["note"] = .string("of others")
        old["itemName"] = .other
        var message = OrderUpdate(id: try id("O"), timestamp: try time("2025-05-04T00:00:00Z"), status: "shipped")
        message.customerEmail = "nobody"
        let new = try #require(StoredOrder(id: id("O"), item: old).merging(message))
        let update = ItemUpdate(from: old, to: new, bands)
        #expect(update.sets.map(\.name) == ["customerEmail", "status", "timestamp", "updatedAt", "versions"])
        #expect(update.removes == ["emailDomain"])
        let conditions = Dictionary(uniqueKeysWithValues: update.conditions.map { ($0.name, $0.expectation) })
        #expect(conditions["status"] == .equals(.string("pending")))
        #expect(conditions["orderId"] == .equals(.string("O")))
        #expect(conditions["itemName"] == .exists)
        #expect(conditions["versions"] == old["versions"].map { .equals($0) })
        #expect(conditions["note"] == nil)
        #expect(conditions["emailDomain"] == nil)
        #expect(conditions["format"] == .equals(.number("1")))
        #expect(update.conditions.count == 14)
    }

    @Test func `canonically equivalent texts are two values`() throws {
        let old = try self.stored(OrderUpdate(id: id("O"), timestamp: time("2025-05-03T12:00:00Z"), status: "\u{E9}"))
        let newer = OrderUpdate(id: try id("O"), timestamp: try time("2025-05-03T12:00:01Z"), status: "e\u{301}")
        let item = try old.item(bands())
        let update = ItemUpdate(from: item, to: try #require(old.merging(newer)), try bands())
        #expect(update.sets.map(\.name).contains("status"))
    }

    @Test func `an update expects what was absent to be absent`() throws {
        let old: [String: ItemValue] = ["orderId": .string("O")]
        let new = try #require(StoredOrder(id: id("O"), item: old).merging(self.order()))
        let update = ItemUpdate(from: old, to: new, try bands())
        let absent = update.conditions.filter { $0.expectation == .isAbsent }.map(\.name)
        #expect(absent.contains("status") && absent.contains("versions") && absent.count == 13)
        #expect(!update.sets.contains { $0.name == "orderId" })
        #expect(update.sets.contains { $0.name == "amountBand" && $0.value == .string("premium-GT1000") })
    }
}
