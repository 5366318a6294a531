import Orders
import Testing

@Suite struct MoneySplitTests {
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
        #expect(try money(amount).split(by: quantities, in: .usd).map(\.text) == shares)
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
        #expect(try money(amount).split(by: [1, 1, 1], in: currency).map(\.text) == shares)
    }

    @Test func `no products have no shares`() throws {
        #expect(try money("5").split(by: [], in: .usd).isEmpty)
    }

    @Test(arguments: 0..<50)
    func `shares add up and are within one unit of their proportion`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let amount = try money(MoneyTests.randomAmount(&random))
        let limit: Int64 = Bool.random(using: &random) ? 20 : 999_999_999_999_999_999
        let weights = (0..<Int.random(in: 1...30, using: &random)).map { _ in
            Int64.random(in: 1...limit, using: &random)
        }
        let shares = amount.split(by: weights, in: .usd)
        #expect(shares.count == weights.count)
        #expect(try shares.reduce(Money.zero) { try #require($0.adding($1)) } == amount)
        // A greater quantity never has less, but for the one unit that the first products get.
        let hundredth = try money("0.01")
        for (left, right) in zip(weights.indices, weights.indices.dropFirst()) where weights[left] <= weights[right] {
            #expect(shares[left] <= (try #require(shares[right].adding(hundredth))))
        }
    }
}
