import Orders
import TestSupport
import Testing

@Suite struct CounterTests {
    private func event(
        amount: String = "100",
        currency: String = "USD",
        at timestamp: String = "2025-08-27T23:59:59.9999999Z",
        lines: [(String, Int64)] = [("P1", 1), ("P2", 2)]
    ) throws -> OrderEvent {
        OrderEvent(
            id: try id("M"),
            orderID: try id("O"),
            userID: nil,
            amount: try money(amount),
            currency: try #require(Currency(currency)),
            timestamp: try time(timestamp),
            lines: try lines.map { OrderLine(productID: try id($0.0), quantity: $0.1) }
        )
    }

    private func table(_ rows: [CounterRow]) -> [String: [String: String]] {
        Dictionary(
            uniqueKeysWithValues: rows.map { row in
                let attributes = row.delta.attributes.map { ($0.name, $0.number) }
                return (row.key.partitionKey + " " + row.key.sortKey, Dictionary(uniqueKeysWithValues: attributes))
            }
        )
    }

    @Test func `an order adds to revenue, orders and its products`() throws {
        #expect(
            self.table(try self.event().counterRows) == [
                "REVENUE#2025-08-27 USD": ["Value": "100", "Count": "1"],
                "ORDERS#2025-08-27 TOTAL": ["TotalOrders": "1", "SuccessfulOrders": "1"],
                "PRODUCT#2025-08-27 P1": ["OrderCount": "1", "Units": "1", "Revenue": "33.34"],
                "PRODUCT#2025-08-27 P2": ["OrderCount": "1", "Units": "2", "Revenue": "66.66"],
            ]
        )
    }

    @Test func `other currencies have rows of their own`() throws {
        let keys = try self.event(currency: "EUR", lines: [("P1", 1)]).counterRows.map(\.key)
        #expect(keys.map(\.sortKey) == ["EUR", "TOTAL", "P1#EUR"])
    }

    @Test func `rows are ordered by kind, day, product and currency`() throws {
        let days = try ["2025-08-27T00:00:00Z", "2025-08-28T00:00:00Z"].map { try time($0).day }
        let currencies = try ["EUR", "USD"].map { try #require(Currency($0)) }
        let ids = try ["A", "B", "BA", "a"].map { try id($0) }
        var ascending = days.map { CounterKey.orders($0) }
        for day in days {
            for id in ids { ascending += currencies.map { .product(day, id, $0) } }
        }
        for day in days { ascending += currencies.map { .revenue(day, $0) } }
        for (place, key) in ascending.enumerated() {
            for (otherPlace, other) in ascending.enumerated() {
                #expect((key < other) == (place < otherPlace))
                #expect((key == other) == (place == otherPlace))
            }
        }
        #expect(Set(ascending).count == ascending.count)
        #expect(Set(ascending.map(\.hashValue)).count == ascending.count)
    }

    @Test func `an invalid order is in the total only`() throws {
        let error = OrderError(.invalidValue, "bad")
        let invalid = InvalidOrder(error: error, timestamp: try time("2025-08-27T00:00:00Z"))
        #expect(
            self.table(invalid.counterRows) == [
                "ORDERS#2025-08-27 TOTAL": ["TotalOrders": "1", "SuccessfulOrders": "0"]
            ]
        )
        #expect(InvalidOrder(error: error).counterRows.isEmpty)
    }

    @Test(arguments: UInt64(0)..<20)
    func `sums do not depend on order and product revenue adds up`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let events = try (0..<40).map { _ in
            let products = ["A", "B", "C", "D"].shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
            return try self.event(
                amount: MoneyTests.randomAmount(&random),
                currency: ["USD", "EUR"].randomElement(using: &random) ?? "USD",
                at: "2025-08-2\(Int.random(in: 1...3, using: &random))T12:00:00Z",
                lines: products.map { ($0, Int64.random(in: 1...9, using: &random)) }
            )
        }
        let sums = try Self.sums(events.map(\.counterRows))
        #expect(sums == (try Self.sums(events.shuffled(using: &random).map(\.counterRows))))
        var revenue = Money.zero
        var products = Money.zero
        for delta in sums.values {
            switch delta {
            case .revenue(let value, _): revenue = try #require(revenue.adding(value))
            case .product(_, _, let value): products = try #require(products.adding(value))
            case .orders: continue
            }
        }
        #expect(revenue == products)
        #expect(revenue == (try events.reduce(Money.zero) { try #require($0.adding($1.amount)) }))
    }

    @Test func `a sum beyond thirty-eight digits is refused`() throws {
        let greatest = try self.event(amount: "99999999999999999999999999999.999999999", lines: []).counterRows
        let error = #expect(throws: OrderError.self) {
            try Self.sums([greatest, try self.event(amount: "0.01", lines: []).counterRows])
        }
        #expect(error?.code == .sumTooLarge)
    }

    @Test func `units of many great orders do not overflow`() throws {
        let rows = try self.event(lines: [("P", 999_999_999_999_999_999)]).counterRows
        let sums = try Self.sums(Array(repeating: rows, count: 100))
        let units = sums.first { $0.key.partitionKey == "PRODUCT#2025-08-27" }?.value.attributes.first {
            $0.name == "Units"
        }
        #expect(units?.number == "99999999999999999900")
    }

    private static func sums(_ orders: [[CounterRow]]) throws -> [CounterKey: CounterDelta] {
        try orders.joined().reduce(into: [:]) { sums, row in
            sums[row.key] = try sums[row.key]?.adding(row.delta) ?? row.delta
        }
    }

    @Test func `rows have one order, however alike their ids begin`() throws {
        let days = try ["2025-08-27T00:00:00Z", "2025-08-28T00:00:00Z"].map { try time($0).day }
        let ids = [
            "P", "P\0", "P\0\0", "PROD-000000", "PROD-0000001", "PROD-0000002", "PROD-00000010", "é", "Q", "\u{7F}",
        ]
        var keys: [CounterKey] = []
        for day in days {
            for currency in [Currency.usd, try #require(Currency("EUR"))] {
                keys += [.revenue(day, currency), .orders(day)]
                for text in ids { keys.append(.product(day, try id(text), currency)) }
            }
        }
        for shift in keys.indices {
            let shifted = Array(keys[shift...] + keys[..<shift])
            let places = CounterKey.places(inOrderOf: shifted)
            #expect(Set(places) == Set(shifted.indices))
            #expect(zip(places, places.dropFirst()).allSatisfy { !(shifted[$1] < shifted[$0]) })
        }
    }

    @Test func `the facts of an order are the same in whatever order its products stand`() throws {
        let lines: [(String, Int64)] = [
            ("a-long-beginning-0", 1), ("a-long-beginning-1", 2), ("a-long-beginning", 3), ("a", 4), ("a\0", 5),
            ("é", 6),
        ]
        let expected = try self.event(lines: lines).facts
        for shift in lines.indices {
            let shifted = Array(lines[shift...] + lines[..<shift])
            #expect(try self.event(lines: shifted).facts == expected)
            #expect(try self.event(lines: shifted.reversed()).facts == expected)
        }
    }

    @Test func `the facts of an order are bytes that do not change`() throws {
        let order = try self.event(amount: "1.5", lines: [("P2", 258), ("P1", 1)])
        let expected: [[UInt8]] = [
            [1, 0, 0, 0, 0x4F], [0, 0, 0, 0, 0, 0, 0, 0x80], [3, 0, 0, 0, 0x55, 0x53, 0x44],
            [0, 0x2F, 0x68, 0x59, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0],
            [2, 0, 0, 0, 0x50, 0x31], [1, 0, 0, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0x50, 0x32], [2, 1, 0, 0, 0, 0, 0, 0],
        ]
        #expect(order.facts == expected.flatMap { $0 })
    }
}
