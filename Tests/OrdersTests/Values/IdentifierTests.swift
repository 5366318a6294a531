import Orders
import Testing

@Suite struct IdentifierTests {
    @Test func `has one to five hundred and twelve bytes`() {
        #expect(Identifier("") == nil)
        #expect(Identifier("O") != nil)
        #expect(Identifier(String(repeating: "é", count: 256)) != nil)
        #expect(Identifier(String(repeating: "é", count: 256) + "x") == nil)
    }

    @Test func `canonically equivalent texts are two ids`() throws {
        let composed = try id("caf\u{E9}")
        let decomposed = try id("cafe\u{301}")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(decomposed < composed)
    }
}

@Suite struct CurrencyTests {
    @Test func `is three letters in capitals`() {
        #expect(Currency("EUR")?.text == "EUR")
        #expect(Currency("eUr")?.text == "EUR")
        #expect(Currency.usd.text == "USD")
        for text in ["", "EU", "EURO", "E1R", "e[r", " EU", "€", "ÄÖÜ"] { #expect(Currency(text) == nil) }
    }
}
