import Foundation
import Orders
import Testing

@Suite struct MoneyTests {
    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("0.000", "0"), ("0e99999999999999999999", "0"), ("100", "100"),
        ("15420.50", "15420.5"),
        ("1.5e3", "1500"), ("1.5E+3", "1500"), ("1500e-3", "1.5"), ("250.00", "250"), ("0.000000001", "0.000000001"),
        ("999999999999999999.999999999", "999999999999999999.999999999"), ("1e17", "100000000000000000"),
        ("0.0000000000000000000000001e25", "1"), ("100000000000000000000000000000e-20", "1000000000"),
        ("1.0000000000000000000000000000000000000000000000000000", "1"), ("9007199254740993.1", "9007199254740993.1"),
        ("10e-1", "1"), ("0.10", "0.1"),
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

    @Test(arguments: 0..<20)
    func `sums are exact in any order and grouping`(seed: Int) throws {
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

    @Test(arguments: 0..<20)
    func `texts of random amounts round trip`(seed: Int) throws {
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
