import EventPatterns
import Testing

@Suite struct DynamoDBWarningTests {
    private static let image = "dynamodb.NewImage."

    @Test(arguments: [
        (
            #"{"dynamodb":{"NewImage":{"a":{"N":[{"numeric":[">",100]}]}}}}"#, PatternWarning.Effect.neverMatches,
            image + "a.N"
        ),
        (#"{"dynamodb":{"NewImage":{"a":{"N":[100]}}}}"#, .neverMatches, image + "a.N"),
        (#"{"dynamodb":{"NewImage":{"a":{"NS":[{"numeric":["=",1]}]}}}}"#, .neverMatches, image + "a.NS"),
        (#"{"dynamodb":{"NewImage":{"a":{"N":[{"anything-but":100}]}}}}"#, .alwaysMatches, image + "a.N"),
        (#"{"dynamodb":{"NewImage":{"a":{"S":[{"numeric":["=",1]}]}}}}"#, .neverMatches, image + "a.S"),
        (#"{"dynamodb":{"NewImage":{"a":{"S":[null]}}}}"#, .neverMatches, image + "a.S"),
        (#"{"dynamodb":{"NewImage":{"a":{"S":[true]}}}}"#, .neverMatches, image + "a.S"),
        (#"{"dynamodb":{"NewImage":{"a":{"BOOL":["true"]}}}}"#, .neverMatches, image + "a.BOOL"),
        (#"{"dynamodb":{"NewImage":{"a":["x"]}}}"#, .neverMatches, image + "a"),
        (#"{"dynamodb":{"NewImage":{"a":[{"exists":true}]}}}"#, .neverMatches, image + "a"),
        (#"{"dynamodb":{"NewImage":{"a":[{"exists":false}]}}}"#, .alwaysMatches, image + "a"),
        (#"{"dynamodb":{"NewImage":["x"]}}"#, .neverMatches, "dynamodb.NewImage"),
        (#"{"dynamodb":["x"]}"#, .neverMatches, "dynamodb"),
        (#"{"dynamodb":{"NewImage":{"a":{"s":["x"]}}}}"#, .neverMatches, image + "a.s"),
        (#"{"dynamodb":{"NewImage":{"a":{"M":{"b":["x"]}}}}}"#, .neverMatches, image + "a.M.b"),
        (#"{"dynamodb":{"NewImage":{"a":{"M":{"b":{"N":[1]}}}}}}"#, .neverMatches, image + "a.M.b.N"),
        (#"{"dynamodb":{"NewImage":{"a":{"L":{"N":[1]}}}}}"#, .neverMatches, image + "a.L.N"),
        (#"{"dynamodb":{"NewImage":{"a":{"L":["x"]}}}}"#, .neverMatches, image + "a.L"),
        (#"{"dynamodb":{"NewImage":{"a":{"S":{"b":["x"]}}}}}"#, .neverMatches, image + "a.S.b"),
        (#"{"dynamodb":{"newImage":{"a":{"S":["x"]}}}}"#, .neverMatches, "dynamodb.newImage"),
        (#"{"eventName":["UPDATE"]}"#, .neverMatches, "eventName"),
        (#"{"eventSource":["aws:dynamodb"]}"#, .neverMatches, "eventSource"),
        (#"{"status":["x"]}"#, .neverMatches, "status"),
        (#"{"status":[{"exists":false}]}"#, .alwaysMatches, "status"),
        (
            #"{"$or":[{"eventName":["INSERT"]},{"dynamodb":{"Keys":{"id":{"N":[1]}}}}]}"#, .neverMatches,
            "dynamodb.Keys.id.N"
        ),
    ])
    func `tells what can never do what it says`(pattern: String, effect: PatternWarning.Effect, path: String) throws {
        let warnings = try EventPattern(parsing: pattern).dynamoDBWarnings
        #expect(warnings.map(\.effect) == [effect])
        #expect(warnings.map(\.path) == [path])
        #expect(warnings.allSatisfy { !$0.reason.isEmpty })
    }

    @Test(
        arguments: [
            (#"{"eventName":["INSERT","UPDATE"]}"#, ["eventName[1]"]),
            (#"{"eventName":["UPDATE","INSERT","DELETE"]}"#, ["eventName[0]", "eventName[2]"]),
            (#"{"dynamodb":{"NewImage":{"a":{"N":[100,"100"]}}}}"#, [image + "a.N[0]"]),
            (#"{"dynamodb":{"NewImage":{"a":{"N":["1",{"numeric":[">",1]}]}}}}"#, [image + "a.N[1]"]),
            (#"{"dynamodb":{"NewImage":{"a":{"S":["x",{"anything-but":1}]}}}}"#, [image + "a.S[1]"]),
            // The whole list is about what has no leaf.
            (#"{"dynamodb":{"NewImage":{"a":["x","y"]}}}"#, [image + "a"]),
        ] as [(String, [String])]
    )
    func `names the entry of a list of which another may match`(pattern: String, paths: [String]) throws {
        #expect(try EventPattern(parsing: pattern).dynamoDBWarnings.map(\.path) == paths)
    }

    @Test(arguments: [
        #"{"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"status":{"S":["pending","shipped"]}}}}"#,
        #"{"dynamodb":{"NewImage":{"e":{"S":[{"exists":false},{"anything-but":["test.com"]}]}}}}"#,
        #"{"dynamodb":{"NewImage":{"a":{"N":["100",{"prefix":"1"},{"anything-but":["5"]}]},"b":{"BOOL":[true]}}}}"#,
        #"{"dynamodb":{"NewImage":{"m":{"M":{"x":{"S":["y"]}}},"l":{"L":{"S":["z"]}},"s":{"SS":["q"]}}}}"#,
        #"{"dynamodb":{"ApproximateCreationDateTime":[{"numeric":[">",0]}],"SizeBytes":[{"numeric":["<",9]}]}}"#,
        #"{"userIdentity":{"type":["Service"],"principalId":["dynamodb.amazonaws.com"]},"eventName":["REMOVE"]}"#,
    ])
    func `is silent about patterns that work`(pattern: String) throws {
        #expect(try EventPattern(parsing: pattern).dynamoDBWarnings == [])
    }

    @Test func `knows patterns that are about DynamoDB, alternatives included`() throws {
        #expect(try EventPattern(parsing: #"{"dynamodb":{"Keys":{"id":{"N":[1]}}}}"#).isAboutDynamoDB)
        #expect(
            try EventPattern(parsing: #"{"$or":[{"a":[1]},{"dynamodb":{"Keys":{"id":{"N":[1]}}}}]}"#).isAboutDynamoDB
        )
        #expect(try !EventPattern(parsing: #"{"detail":{"dynamodb":[1]}}"#).isAboutDynamoDB)
    }
}
