import OrdersCommand
import Testing

@Suite struct ExactTextTests {
    @Test func `texts that are equal as strings are told apart by their bytes`() {
        let texts = Fixtures.equivalentTexts
        #expect(texts[0] == texts[1])
        let exact = texts.map { ExactText($0) }
        #expect(exact[0] != exact[1])
        #expect(Set(exact + exact).count == 2)
        // A letter of its own stands before an accented one in UTF-8.
        #expect(exact[1] < exact[0] && !(exact[0] < exact[1]))
        #expect(exact.map(\.text).map { Array($0.utf8) } == texts.map { Array($0.utf8) })
    }

    @Test func `a text that is written down is the text`() {
        let number = 5
        let texts: [ExactText] = ["a", "b \(number)"]
        #expect(texts == [ExactText("a"), ExactText("b 5")])
        #expect(texts.map(\.description) == ["a", "b 5"])
    }
}
