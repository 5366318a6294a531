import SimulatedAWS
import TestSupport
import Testing

@Suite struct Decimal38Tests {
    @Test(arguments: [
        ("0.1", "0.2", "0.3"), ("-1.5", "1.5", "0"), ("1e3", "0.001", "1000.001"), ("9.99", "0.01", "10"),
        ("99999999999999999999999999999999999999", "0", "99999999999999999999999999999999999999"),
        ("0.000000001", "99999999999999999999999999999", "99999999999999999999999999999.000000001"),
    ])
    func `a sum is exact`(left: String, right: String, sum: String) throws {
        #expect(try Decimal38(left).adding(Decimal38(right)).text == sum)
    }

    @Test(arguments: 0..<50)
    func `sums are those of decimals digit by digit`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let texts = (0..<2).map { _ in
            "\(UInt64.random(in: 0...9_999_999_999, using: &generator)).\(UInt32.random(in: 1...999, using: &generator))"
        }
        #expect(try Decimal38(texts[0]).adding(Decimal38(texts[1])).text == FakeDecimal.sum(texts[0], texts[1]))
    }

    @Test func `more than 38 digits are refused`() throws {
        let greatest = try Decimal38("99999999999999999999999999999999999999")
        #expect(throws: Decimal38.Failure.tooManyDigits) { try greatest.adding(Decimal38("0.1")) }
        #expect(throws: Decimal38.Failure.tooManyDigits) { try Decimal38("1.23456789012345678901234567890123456789") }
        #expect(throws: Decimal38.Failure.notANumber) { try Decimal38("1,5") }
        #expect(throws: Decimal38.Failure.outOfRange) { try Decimal38("1e126") }
    }

    @Test func `numbers are compared by their values`() throws {
        #expect(try Decimal38("1.50") == Decimal38("1.5"))
        #expect(try Decimal38("-2") < Decimal38("1"))
        #expect(try Decimal38("1e-20") < Decimal38("1e60"))
        #expect(try Decimal38("-1e60") < Decimal38("1e-20"))
    }
}
