import JSONText
import Testing

/// The categories of the public parser test suites: accepted, refused, and left to implementations.
///
/// `JSONGrammarTests` goes through the RFC's sections; depth and size are tested there, too.
@Suite struct RFC8259Tests {
    @Test(arguments: RFC8259Cases.accepted)
    func `accepts what is JSON`(category: RFC8259Cases.Category) {
        self.expectAccepted(category)
    }

    @Test(arguments: RFC8259Cases.refused)
    func `refuses what is not`(category: RFC8259Cases.Category) {
        self.expectRefused(category)
    }

    @Test(arguments: RFC8259Cases.openAndAccepted)
    func `keeps what others round`(category: RFC8259Cases.Category) {
        self.expectAccepted(category)
    }

    @Test(arguments: RFC8259Cases.openAndRefused)
    func `reads UTF-8 only`(category: RFC8259Cases.Category) {
        self.expectRefused(category)
    }

    /// 100,000 openings, and 500 levels, which are JSON but deeper than `JSONLimits`.
    @Test(arguments: [("[", 100_000), (#"[{"":"#, 50_000), (#"{"a":"#, 100_000), ("[", 500)])
    func `refuses what is nested too deep`(opening: String, count: Int) {
        let closing = count == 500 ? String(repeating: "]", count: count) : ""
        let text = Array((String(repeating: opening, count: count) + closing).utf8)
        #expect(self.failure(ofReading: text)?.code == .tooLarge)
        #expect(self.failure(ofReading: text) == self.failure(ofSkipping: text))
    }

    private func expectAccepted(_ category: RFC8259Cases.Category) {
        for (text, bytes) in zip(category.texts, category.bytes) {
            #expect(self.failure(ofReading: bytes) == nil, "\(text)")
            #expect(self.failure(ofSkipping: bytes) == nil, "\(text)")
        }
    }

    private func expectRefused(_ category: RFC8259Cases.Category) {
        for (text, bytes) in zip(category.texts, category.bytes) {
            #expect(self.failure(ofReading: bytes)?.code == .malformed, "\(text)")
            #expect(self.failure(ofReading: bytes) == self.failure(ofSkipping: bytes), "\(text)")
        }
    }

    private func failure(ofReading bytes: [UInt8]) -> JSONError? {
        JSONError.thrown { _ = try DocumentValue.parse(bytes) }
    }

    private func failure(ofSkipping bytes: [UInt8]) -> JSONError? {
        JSONError.thrown { try JSONReader.read(bytes) { reader in _ = try reader.skip() } }
    }
}
