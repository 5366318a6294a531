import EventPatterns
import Testing

@Suite struct OperatorTests {
    /// Where the field stands: the pattern and the event around a list and a value.
    private static let places: [(pattern: @Sendable (String) -> String, event: @Sendable (String?) -> String)] = [
        ({ #"{"f":\#($0)}"# }, { value in value.map { #"{"e":0,"f":\#($0)}"# } ?? #"{"e":0}"# }),
        (
            { #"{"a":{"b":{"f":\#($0)}}}"# },
            { value in value.map { #"{"a":{"b":{"f":\#($0)},"f":9}}"# } ?? #"{"a":{"b":{"g":1}}}"# }
        ),
        (
            { #"{"a":{"f":\#($0)}}"# },
            { value in value.map { #"{"a":[{"g":1},{"f":\#($0)}]}"# } ?? #"{"a":[{"g":1},{"h":2}]}"# }
        ),
    ]

    @Test(arguments: OperatorCase.all)
    func `matches exactly the values it names`(operatorCase: OperatorCase) throws {
        for place in Self.places {
            let pattern = try EventPattern(parsing: place.pattern(operatorCase.list))
            for value in operatorCase.matching {
                let event = place.event(value)
                #expect(pattern.matches(try JSONValue(parsing: event.utf8)), "\(operatorCase) should match \(event)")
            }
            for value in operatorCase.other {
                let event = place.event(value)
                #expect(
                    !pattern.matches(try JSONValue(parsing: event.utf8)),
                    "\(operatorCase) should not match \(event)"
                )
            }
            let missing = try JSONValue(parsing: place.event(nil).utf8)
            #expect(pattern.matches(missing) == operatorCase.matchesMissing, "\(operatorCase), field missing")
        }
    }

    @Test func `has a table of at least 300 cases before nesting`() {
        let count = OperatorCase.all.reduce(0) { $0 + $1.matching.count + $1.other.count + 1 }
        #expect(count >= 300)
    }
}
