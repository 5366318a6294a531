import EventPatterns
import Testing

@Suite struct CombinationTests {
    @Test(arguments: [
        // Fields are and-ed, missing ones included.
        (#"{"a":[1],"b":[2]}"#, #"{"a":1,"b":2}"#, true),
        (#"{"a":[1],"b":[2]}"#, #"{"a":1,"b":3}"#, false),
        (#"{"a":[1],"b":[2]}"#, #"{"a":1}"#, false),
        (#"{"a":{"b":[1]}}"#, #"{"a":1}"#, false),
        (#"{"a":{"b":[1]}}"#, #"{"a":null}"#, false),
        (#"{"a":{"b":[1]}}"#, #"{"a.b":1}"#, false),
        (#"{"a":{"b":[{"exists":false}]}}"#, #"{}"#, true),
        (#"{"a":{"b":[{"exists":false}]}}"#, #"{"a":5}"#, true),
        (#"{"a":{"b":[{"exists":false}]}}"#, #"{"a":{"b":5}}"#, false),
        (#"{"a":[1]}"#, #"[1]"#, false),
        // The last of a repeated name counts.
        (#"{"a":[2]}"#, #"{"a":1,"a":2}"#, true),
        (#"{"a":[1]}"#, #"{"a":1,"a":2}"#, false),
        // Fields of one list element belong together.
        (#"{"a":{"b":[1],"c":[4]}}"#, #"{"a":[{"b":1,"c":2},{"b":3,"c":4}]}"#, false),
        (#"{"a":{"b":[1],"c":[2]}}"#, #"{"a":[{"b":9},{"b":1,"c":2}]}"#, true),
        (#"{"a":{"b":[1]}}"#, #"{"a":[[{"b":1}]]}"#, true),
        (#"{"a":{"b":{"c":[1],"d":[2]}}}"#, #"{"a":[{"b":[{"c":1},{"d":2}]}]}"#, false),
        // Absence is about the whole path, whichever element was entered.
        (#"{"a":{"b":[{"exists":false}],"c":[2]}}"#, #"{"a":[{"b":1},{"c":2}]}"#, false),
        (#"{"a":{"b":[{"exists":false}],"c":[2]}}"#, #"{"a":[{"d":1},{"c":2}]}"#, true),
        (#"{"a":{"b":[{"exists":false}]}}"#, #"{"a":[]}"#, true),
        (#"{"a":{"b":[{"exists":false}]}}"#, #"{"a":[1,{"b":2}]}"#, false),
        // $or
        (#"{"$or":[{"a":[1]},{"b":[2]}]}"#, #"{"a":1}"#, true),
        (#"{"$or":[{"a":[1]},{"b":[2]}]}"#, #"{"b":2}"#, true),
        (#"{"$or":[{"a":[1]},{"b":[2]}]}"#, #"{"a":2,"b":1}"#, false),
        (#"{"$or":[{"a":[1]},{"b":[2]}]}"#, #"{"$or":[{"a":1}]}"#, false),
        (#"{"s":[0],"$or":[{"a":[1]},{"b":[2],"c":[3]}]}"#, #"{"s":0,"b":2,"c":3}"#, true),
        (#"{"s":[0],"$or":[{"a":[1]},{"b":[2],"c":[3]}]}"#, #"{"s":0,"b":2}"#, false),
        (#"{"s":[0],"$or":[{"a":[1]},{"b":[2],"c":[3]}]}"#, #"{"a":1}"#, false),
        (#"{"d":{"$or":[{"a":[1]},{"b":[2]}],"c":[3]}}"#, #"{"d":{"b":2,"c":3}}"#, true),
        (#"{"d":{"$or":[{"a":[1]},{"b":[2]}],"c":[3]}}"#, #"{"d":{"c":3},"b":2}"#, false),
        (#"{"$or":[{"a":[1]},{"b":[2],"$or":[{"c":[3]},{"d":[4]}]}]}"#, #"{"b":2,"d":4}"#, true),
        (#"{"$or":[{"a":[1]},{"b":[2],"$or":[{"c":[3]},{"d":[4]}]}]}"#, #"{"b":2,"d":3}"#, false),
        (#"{"$or":[{"a":[1]},{"b":[2]}],"d":{"$or":[{"e":[5]},{"f":[6]}]}}"#, #"{"b":2,"d":{"e":5}}"#, true),
        (#"{"$or":[{"a":[1]},{"b":[2]}],"d":{"$or":[{"e":[5]},{"f":[6]}]}}"#, #"{"b":2,"d":{"e":6}}"#, false),
        // Alternatives and the rest of the pattern must hold in the same element.
        (#"{"a":{"b":[1],"$or":[{"c":[2]},{"d":[3]}]}}"#, #"{"a":[{"b":1},{"c":2}]}"#, false),
        (#"{"a":{"b":[1],"$or":[{"c":[2]},{"d":[3]}]}}"#, #"{"a":[{"b":1,"d":3}]}"#, true),
    ])
    func `combines fields, elements and alternatives`(pattern: String, event: String, expected: Bool) throws {
        let event = try JSONValue(parsing: event.utf8)
        #expect(try EventPattern(parsing: pattern).matches(event) == expected)
    }

    @Test func `criteria admit what any filter matches, and everything without one`() throws {
        let event = try JSONValue(parsing: #"{"a":2}"#.utf8)
        let one = try EventPattern(parsing: #"{"a":[1]}"#)
        let two = try EventPattern(parsing: #"{"a":[2]}"#)
        #expect(try FilterCriteria([one, two]).admits(event))
        #expect(try !FilterCriteria([one]).admits(event))
        #expect(try FilterCriteria([]).admits(event))
    }
}
