import EventPatterns
import Testing

@Suite struct RejectionTests {
    @Test(arguments: [
        // Operators that Pipes do not have
        (#"{"a":[{"wildcard":"a*"}]}"#, PatternError.Code.unsupportedOperator, "a[0].wildcard"),
        (#"{"a":[{"cidr":"10.0.0.0/8"}]}"#, .unsupportedOperator, "a[0].cidr"),
        (#"{"a":[{"exact-match":"x"}]}"#, .unsupportedOperator, "a[0].exact-match"),
        (#"{"a":[{"anything-but":{"prefix":"x"}}]}"#, .unsupportedOperator, "a[0].anything-but.prefix"),
        (#"{"a":[{"anything-but":{"suffix":"x"}}]}"#, .unsupportedOperator, "a[0].anything-but.suffix"),
        (#"{"a":[{"anything-but":{"wildcard":"x"}}]}"#, .unsupportedOperator, "a[0].anything-but.wildcard"),
        (
            #"{"a":[{"anything-but":{"equals-ignore-case":"x"}}]}"#, .unsupportedOperator,
            "a[0].anything-but.equals-ignore-case"
        ),
        // Operators that nobody has
        (#"{"a":["x",{"prefixx":"a"}]}"#, .unknownOperator, "a[1].prefixx"),
        (#"{"a":[{"Prefix":"a"}]}"#, .unknownOperator, "a[0].Prefix"),
        (#"{"a":[{"anything-but":{"foo":"x"}}]}"#, .unknownOperator, "a[0].anything-but.foo"),
        (#"{"a":[{"prefix":{"suffix":"x"}}]}"#, .unknownOperator, "a[0].prefix.suffix"),
        (#"{"a":[{"suffix":{"lower":"x"}}]}"#, .unknownOperator, "a[0].suffix.lower"),
        // Leaves, lists and objects
        (#"{"a":"x"}"#, .malformedPattern, "a"),
        (#"{"a":{"b":1}}"#, .malformedPattern, "a.b"),
        (#"{"a":{"b":true}}"#, .malformedPattern, "a.b"),
        (#"{"a":null}"#, .malformedPattern, "a"),
        (#"{"a":[]}"#, .malformedPattern, "a"),
        (#"{"a":{"b":[["x"]]}}"#, .malformedPattern, "a.b[0]"),
        (#"{}"#, .malformedPattern, ""),
        (#"{"a":{}}"#, .malformedPattern, "a"),
        (#"["a"]"#, .malformedPattern, ""),
        (#""a""#, .malformedPattern, ""),
        (#"{"a":[{}]}"#, .malformedPattern, "a[0]"),
        (#"{"a":[{"prefix":"x","suffix":"y"}]}"#, .malformedPattern, "a[0]"),
        (#"{"a":["x"],"a":["y"]}"#, .malformedPattern, "a"),
        // Operands
        (#"{"a":[{"prefix":1}]}"#, .malformedPattern, "a[0].prefix"),
        (#"{"a":[{"prefix":["x"]}]}"#, .malformedPattern, "a[0].prefix"),
        (#"{"a":[{"prefix":{}}]}"#, .malformedPattern, "a[0].prefix"),
        (#"{"a":[{"prefix":{"equals-ignore-case":1}}]}"#, .malformedPattern, "a[0].prefix.equals-ignore-case"),
        (#"{"a":[{"suffix":null}]}"#, .malformedPattern, "a[0].suffix"),
        (#"{"a":[{"equals-ignore-case":["x"]}]}"#, .malformedPattern, "a[0].equals-ignore-case"),
        (#"{"a":[{"exists":"true"}]}"#, .malformedPattern, "a[0].exists"),
        (#"{"a":[{"exists":1}]}"#, .malformedPattern, "a[0].exists"),
        (#"{"a":[{"anything-but":[]}]}"#, .malformedPattern, "a[0].anything-but"),
        (#"{"a":[{"anything-but":["x",1]}]}"#, .malformedPattern, "a[0].anything-but"),
        (#"{"a":[{"anything-but":[true]}]}"#, .malformedPattern, "a[0].anything-but[0]"),
        (#"{"a":[{"anything-but":[["x"]]}]}"#, .malformedPattern, "a[0].anything-but[0]"),
        (#"{"a":[{"anything-but":null}]}"#, .malformedPattern, "a[0].anything-but"),
        (#"{"a":[{"anything-but":false}]}"#, .malformedPattern, "a[0].anything-but"),
        (#"{"a":[{"anything-but":{}}]}"#, .malformedPattern, "a[0].anything-but"),
        // numeric
        (#"{"a":[{"numeric":5}]}"#, .malformedPattern, "a[0].numeric"),
        (#"{"a":[{"numeric":[]}]}"#, .malformedPattern, "a[0].numeric"),
        (#"{"a":[{"numeric":[">"]}]}"#, .malformedPattern, "a[0].numeric"),
        (#"{"a":[{"numeric":[">","5"]}]}"#, .malformedPattern, "a[0].numeric[1]"),
        (#"{"a":[{"numeric":[5,">"]}]}"#, .malformedPattern, "a[0].numeric[0]"),
        (#"{"a":[{"numeric":["!=",5]}]}"#, .malformedPattern, "a[0].numeric[0]"),
        (#"{"a":[{"numeric":["=",5,"<",6]}]}"#, .malformedPattern, "a[0].numeric"),
        (#"{"a":[{"numeric":["<",5,">",1]}]}"#, .malformedPattern, "a[0].numeric"),
        (#"{"a":[{"numeric":[">",1,">",5]}]}"#, .malformedPattern, "a[0].numeric[2]"),
        (#"{"a":[{"numeric":[">",1,"=",5]}]}"#, .malformedPattern, "a[0].numeric[2]"),
        (#"{"a":[{"numeric":[">",5,"<",1]}]}"#, .malformedPattern, "a[0].numeric"),
        (#"{"a":[{"numeric":[">=",5,"<=",5]}]}"#, .malformedPattern, "a[0].numeric"),
        (#"{"a":[{"numeric":[">",1,"<"]}]}"#, .malformedPattern, "a[0].numeric"),
        (#"{"a":[{"numeric":[">",1,"<",5,"<",6]}]}"#, .malformedPattern, "a[0].numeric"),
        // Beyond a double's range
        (#"{"a":[1e400]}"#, .malformedPattern, "a[0]"),
        (#"{"a":[{"numeric":["<",1e400]}]}"#, .malformedPattern, "a[0].numeric[1]"),
        (#"{"a":[{"numeric":[">",0,"<=",1e400]}]}"#, .malformedPattern, "a[0].numeric[3]"),
        (#"{"a":[{"anything-but":-1e400}]}"#, .malformedPattern, "a[0].anything-but"),
        (#"{"a":[{"anything-but":[1,-1e400]}]}"#, .malformedPattern, "a[0].anything-but[1]"),
        // $or
        (#"{"$or":{"a":[1]}}"#, .malformedPattern, "$or"),
        (#"{"$or":[]}"#, .malformedPattern, "$or"),
        (#"{"$or":[{"a":[1]}]}"#, .malformedPattern, "$or"),
        (#"{"$or":["a","b"]}"#, .malformedPattern, "$or[0]"),
        (#"{"$or":[{"a":[1]},{}]}"#, .malformedPattern, "$or[1]"),
        (#"{"d":{"$or":[{"a":[1]},{"b":2}]}}"#, .malformedPattern, "d.$or[1].b"),
        (#"{"$or":[{"prefix":[1]},{"b":[2]}]}"#, .malformedPattern, "$or[0].prefix"),
        (#"{"a":[1],"$or":[{"a":[2]},{"b":[2]}]}"#, .malformedPattern, "$or[0].a"),
        // JSON
        (#"{"a":[1]"#, .malformedJSON, ""),
        (#"{a:[1]}"#, .malformedJSON, ""),
        ("", .malformedJSON, ""),
        (#"{"a":[01]}"#, .malformedJSON, ""),
    ])
    func `refuses what a Pipe would refuse and names the place`(
        pattern: String,
        code: PatternError.Code,
        path: String
    ) throws {
        let error = #expect(throws: PatternError.self) { try EventPattern(parsing: pattern) }
        #expect(error?.code == code)
        #expect(error?.path == path)
        #expect(error.map { $0.description.contains(path) } == true)
    }

    @Test func `takes 4,096 characters and not one more`() throws {
        let longest = #"{"a":[""# + String(repeating: "ä", count: 4_096 - 10) + #""]}"#
        _ = try EventPattern(parsing: longest)
        let error = #expect(throws: PatternError.self) { try EventPattern(parsing: longest + " ") }
        #expect(error?.code == .limitExceeded)
    }

    @Test func `takes five filters and not one more`() throws {
        let pattern = try EventPattern(parsing: #"{"a":[1]}"#)
        _ = try FilterCriteria(Array(repeating: pattern, count: 5))
        let error = #expect(throws: PatternError.self) {
            _ = try FilterCriteria(Array(repeating: pattern, count: 6))
        }
        #expect(error?.code == .limitExceeded)
    }

    @Test func `refuses lists of alternatives that multiply beyond a thousand`() throws {
        let alternatives = (0..<11).map { index in
            #"{"$or":["# + (0..<11).map { #"{"x\#(index)y\#($0)":[1]}"# }.joined(separator: ",") + "]"
        }
        let nested = #"{"p":\#(alternatives[0])},"q":\#(alternatives[1])},"r":\#(alternatives[2])}}"#
        let error = #expect(throws: PatternError.self) { try EventPattern(parsing: nested) }
        #expect(error?.code == .limitExceeded)
    }
}
