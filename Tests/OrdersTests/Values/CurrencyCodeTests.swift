import Orders
import TestSupport
import Testing

@Suite struct CurrencyCodeTests {
    private static let letters = (UInt8(ascii: "A")...UInt8(ascii: "Z")).map { String(UnicodeScalar($0)) }

    @Test(.enabled(if: PythonInterpreter.withCurrencies != nil))
    func `the codes and their digits are those of ISO 4217's maintenance agency`() throws {
        let python = try #require(PythonInterpreter.withCurrencies)
        var published: [String: Int?] = [:]
        for line in try python.run("list_currencies.py").split(separator: "\n") {
            let words = line.split(separator: " ")
            published[String(words[0])] = .some(Int(words[1]))
        }
        try #require(published.count > 170)

        var listed: Set<String> = []
        for first in Self.letters {
            for second in Self.letters {
                for third in Self.letters {
                    let code = first + second + third
                    if try #require(Currency(code)).isListed { listed.insert(code) }
                }
            }
        }
        // Orders of 2025 may still be counted in them; see `Currency.isListed`.
        #expect(listed.subtracting(published.keys) == ["ANG", "BGN"])
        #expect(published.keys.filter { !listed.contains($0) }.isEmpty)
        for (code, digits) in published {
            // What has no minor unit, as gold, is written as most currencies are.
            #expect(try #require(Currency(code)).minorUnitDigits == digits ?? 2, "\(code)")
        }
    }

    @Test(arguments: ["QQQ", "ZZA", "AAA", "SLL", "VEF", "ED "]) func `other codes are not`(code: String) {
        #expect(Currency(code)?.isListed != true)
    }

    @Test func `the code for tests is listed`() throws {
        #expect(try #require(Currency("XTS")).isListed)
    }
}
