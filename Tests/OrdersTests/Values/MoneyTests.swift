import Foundation
import Orders
import TestSupport
import Testing

@Suite struct MoneyTests {
    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("0.000", "0"), ("0e99999999999999999999", "0"), ("100", "100"),
        ("15420.50", "15420.5"),
        ("1.5e3", "1500"), ("1.5E+3", "1500"), ("1500e-3", "1.5"), ("250.00", "250"), ("0.000000001", "0.000000001"),
        ("999999999999999999.999999999", "999999999999999999.999999999"), ("1e17", "100000000000000000"),
        ("0.0000000000000000000000001e25", "1"), ("100000000000000000000000000000e-20", "1000000000"),
        ("1.0000000000000000000000000000000000000000000000000000", "1"), ("9007199254740993.1", "9007199254740993.1"),
        ("10e-1", "1"), ("0.10", "0.1"), ("9223372036.854775807", "9223372036.854775807"),
        ("9223372036.854775808", "9223372036.854775808"), ("9223372037", "9223372037"),
        ("10000000000.5", "10000000000.5"),
    ])
    func `reads by value and writes one text`(text: String, canonical: String) throws {
        let money = try #require(Money(text))
        #expect(money.text == canonical)
        #expect(Money(money.text) == money)
    }

    @Test(arguments: [
        "", " 1", "1 ", "+1", "01", "-1", "-0.01", ".5", "1.", "1e", "1e+", "e5", "0x10", "NaN", "Infinity", "1,5",
        "1_000",
        "1e18", "1000000000000000000", "0.0000000001", "1e-10", "1.0000000001", "1e999999999999999999999",
        "1e-99999999999",
        "123456789012345678901234567890123456789", "abc", "١", "--1", "1.5.5",
    ])
    func `refuses what is no amount`(text: String) {
        #expect(Money(text) == nil)
    }

    @Test func `compares by value`() throws {
        #expect(try money("1.10") == money("1.1"))
        #expect(try money("100") < money("100.000000001"))
        #expect(try money("9") < money("10"))
    }

    @Test func `sums reach the thirty-eight digits of DynamoDB and no further`() throws {
        let nearly = try money("99999999999999999999999999999.999999998")
        let unit = try money("0.000000001")
        let most = try #require(nearly.adding(unit))
        #expect(most.text == "99999999999999999999999999999.999999999")
        #expect(most.adding(unit) == nil)
        #expect(most.adding(most) == nil)
    }

    @Test(arguments: UInt64(0)..<20)
    func `sums are exact in any order and grouping`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let amounts = (0..<50).map { _ in Self.randomAmount(&random) }
        let expected = amounts.reduce(Decimal(0)) { $0 + (Decimal(string: $1) ?? .nan) }
        let values = try amounts.map { try money($0) }
        let forwards = try values.reduce(Money.zero) { try #require($0.adding($1)) }
        let shuffled = try values.shuffled(using: &random).reduce(Money.zero) { try #require($0.adding($1)) }
        let cut = Int.random(in: 0...values.count, using: &random)
        let left = try values[..<cut].reduce(Money.zero) { try #require($0.adding($1)) }
        let right = try values[cut...].reduce(Money.zero) { try #require($0.adding($1)) }
        #expect(forwards == shuffled)
        #expect(forwards == left.adding(right))
        #expect(forwards.text == "\(expected)")
    }

    @Test(arguments: UInt64(0)..<20)
    func `texts of random amounts round trip`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let text = Self.randomAmount(&random)
            let value = try money(text)
            #expect(value.text == "\(try #require(Decimal(string: text)))")
            #expect(Money(value.text) == value)
        }
    }

    static func randomAmount(_ random: inout SeededGenerator) -> String {
        let integer = (0..<Int.random(in: 1...18, using: &random)).map { _ in Int.random(in: 0...9, using: &random) }
        let fraction = (0..<Int.random(in: 0...9, using: &random)).map { _ in Int.random(in: 0...9, using: &random) }
        let whole = integer.map(String.init).joined().drop { $0 == "0" }
        return (whole.isEmpty ? "0" : whole) + (fraction.isEmpty ? "" : "." + fraction.map(String.init).joined())
    }
}

@Suite struct MoneySplitTests {
    /// What an order of this amount adds to the revenue of each of its products, which are ordered in these quantities.
    private func shares(of amount: Money, by quantities: [Int64], in currency: Currency = .usd) throws -> [Money] {
        let order = OrderEvent(
            id: try id("M"),
            orderID: try id("O"),
            userID: nil,
            amount: amount,
            currency: currency,
            timestamp: try time("2025-08-27T12:00:00Z"),
            lines: try quantities.enumerated().map { OrderLine(productID: try id("P\($0)"), quantity: $1) }
        )
        return order.counterRows.compactMap { row -> Money? in
            guard case .product(_, _, let revenue) = row.delta else { return nil }
            return revenue
        }
    }

    @Test(
        arguments: [
            ("100", [1, 1, 1], ["33.34", "33.33", "33.33"]),
            ("0.05", [1, 1, 1], ["0.02", "0.02", "0.01"]),
            ("0.01", [1, 2], ["0.01", "0"]),
            ("10", [1, 3], ["2.5", "7.5"]),
            ("10.001", [1, 1], ["5.001", "5"]),
            ("0.000000001", [5, 5], ["0.000000001", "0"]),
            ("0", [1, 2, 3], ["0", "0", "0"]),
            ("250", [2], ["250"]),
            ("1", [999_999_999_999_999_999, 1], ["1", "0"]),
            (
                "999999999999999999.999999999", [999_999_999_999_999_999, 999_999_999_999_999_999],
                ["500000000000000000", "499999999999999999.999999999"]
            ),
        ] as [(String, [Int64], [String])]
    )
    func `splits by quantity, the rest to the first`(amount: String, quantities: [Int64], shares: [String]) throws {
        #expect(try self.shares(of: money(amount), by: quantities).map(\.text) == shares)
    }

    @Test(
        arguments: [
            ("100", "JPY", ["34", "33", "33"]), ("100.5", "JPY", ["33.5", "33.5", "33.5"]),
            ("1", "KRW", ["1", "0", "0"]), ("10", "KWD", ["3.334", "3.333", "3.333"]),
            ("10", "CLF", ["3.3334", "3.3333", "3.3333"]), ("10", "EUR", ["3.34", "3.33", "3.33"]),
            ("0.0001", "KWD", ["0.0001", "0", "0"]),
        ] as [(String, String, [String])]
    )
    func `a share is a multiple of the currency's minor unit`(amount: String, code: String, shares: [String]) throws {
        let currency = try #require(Currency(code))
        #expect(try self.shares(of: money(amount), by: [1, 1, 1], in: currency).map(\.text) == shares)
    }

    @Test func `no products have no shares`() throws {
        #expect(try self.shares(of: money("5"), by: []).isEmpty)
    }

    @Test(arguments: UInt64(0)..<50)
    func `shares add up and are within one unit of their proportion`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let amount = try money(MoneyTests.randomAmount(&random))
        let limit: Int64 = Bool.random(using: &random) ? 20 : 999_999_999_999_999_999
        let weights = (0..<Int.random(in: 1...30, using: &random)).map { _ in
            Int64.random(in: 1...limit, using: &random)
        }
        let shares = try self.shares(of: amount, by: weights)
        #expect(shares.count == weights.count)
        #expect(try shares.reduce(Money.zero) { try #require($0.adding($1)) } == amount)
        // A greater quantity never has less, but for the one unit that the first products get.
        let hundredth = try money("0.01")
        for (left, right) in zip(weights.indices, weights.indices.dropFirst()) where weights[left] <= weights[right] {
            #expect(shares[left] <= (try #require(shares[right].adding(hundredth))))
        }
    }
}
