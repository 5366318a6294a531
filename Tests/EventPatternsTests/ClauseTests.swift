import EventPatterns
import Testing

@Suite struct ClauseTests {
    /// The text of a clause is a pattern again, which lets through exactly what the clause does.
    @Test(arguments: OperatorCase.all)
    func `a clause says what its operator does`(operatorCase: OperatorCase) throws {
        let pattern = try EventPattern(parsing: "{\"a\":{\"b\":\(operatorCase.list)}}")
        for value in operatorCase.matching + operatorCase.other {
            let event = try JSONValue(parsing: "{\"a\":{\"b\":\(value)}}".utf8)
            let clauses = try #require(pattern.clauses(for: event).first)
            #expect(clauses.map(\.path) == [["a", "b"]])
            #expect(clauses[0].isMet == pattern.matches(event), "\(value)")
            let again = try EventPattern(parsing: "{\"a\":{\"b\":\(clauses[0].wanted)}}")
            #expect(again.matches(event) == clauses[0].isMet, "\(clauses[0].wanted) of \(value)")
        }
        let missing = try JSONValue(parsing: #"{"c":1}"#.utf8)
        let clause = try #require(pattern.clauses(for: missing).first?.first)
        #expect(clause.isMet == operatorCase.matchesMissing)
        #expect(clause.found.isEmpty)
    }

    @Test func `each field of a filter is a clause with what the event has there`() throws {
        let pattern = try EventPattern(
            parsing: #"{"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"status":{"S":["pending"]}}}}"#
        )
        let event = try JSONValue(
            parsing: #"{"eventName":"REMOVE","dynamodb":{"NewImage":{"status":{"S":"pending"}}}}"#.utf8
        )
        let clauses = try #require(pattern.clauses(for: event).first)
        #expect(clauses.map { $0.path.joined(separator: ".") } == ["eventName", "dynamodb.NewImage.status.S"])
        #expect(clauses.map(\.wanted) == [#"["INSERT","MODIFY"]"#, #"["pending"]"#])
        #expect(clauses.map(\.found) == [[#""REMOVE""#], [#""pending""#]])
        #expect(clauses.map(\.isMet) == [false, true])
    }

    @Test func `each alternative of $or has clauses of its own`() throws {
        let pattern = try EventPattern(parsing: #"{"a":[1],"$or":[{"b":[{"numeric":[">",1,"<=",2.5]}]},{"c":[true]}]}"#)
        let clauses = pattern.clauses(for: try JSONValue(parsing: #"{"a":1,"b":3,"c":true}"#.utf8))
        #expect(clauses.map { $0.map(\.isMet) } == [[true, false], [true, true]])
        #expect(clauses[0][1].wanted == #"[{"numeric":[">",1,"<=",2.5]}]"#)
    }
}
