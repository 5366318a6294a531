internal import AWSClient
internal import TestSupport
internal import Testing

/// Changes of items by PartiQL, many in a request, each with an outcome of its own.
@Suite struct UpdateItemsTests {
    private static func change(_ id: String) -> UpdateItemsInput.Change {
        UpdateItemsInput.Change(
            key: [.init("id", .s(id))],
            adds: [.init("n", .n("1")), .init("the \"sum\"", .n("0.5"))],
            sets: [.init("at", .s("8"))],
            equal: [.init("format", .n("2"))],
            less: [.init("at", .s("7"))]
        )
    }

    private static func answer(_ responses: String...) -> ScriptedTransport.Step {
        .json(200, "{\"Responses\":[\(responses.joined(separator: ","))]}")
    }

    private static func refused(_ code: String, item: String? = nil) -> String {
        let item = item.map { ",\"Item\":\($0)" } ?? ""
        return "{\"Error\":{\"Code\":\"\(code)\",\"Message\":\"the service says no\"\(item)},\"TableName\":\"T\"}"
    }

    private static let done = "{\"TableName\":\"T\"}"
    private static let lost = ScriptedTransport.Step.failure(.init(.connectionLost, "lost", wasSent: true))

    private static func update(_ transport: ScriptedTransport) async throws -> [AWSError?] {
        let client = DynamoDBClient(session: try .scripted(transport))
        let input = UpdateItemsInput(tableName: "T", changes: [Self.change("a"), Self.change("b")])
        return await client.updateItems(input, until: .attempts(before: nil))
    }

    @Test func `each change is a statement, whose names are quoted and whose values are parameters`() async throws {
        let transport = ScriptedTransport([Self.answer(Self.done, Self.done)])
        #expect(try await Self.update(transport).allSatisfy { $0 == nil })
        let request = try #require(transport.requests.first)
        #expect(request.headers["X-Amz-Target"] == "DynamoDB_20120810.BatchExecuteStatement")
        let statement = #"""
            UPDATE \"T\" SET \"n\"=\"n\"+? SET \"the \"\"sum\"\"\"=\"the \"\"sum\"\"\"+? SET \"at\"=? \#
            WHERE \"id\"=? AND \"format\"=? AND \"at\"<?
            """#
        func parameters(_ id: String) -> String {
            #"[{"N":"1"},{"N":"0.5"},{"S":"8"},{"S":"\#(id)"},{"N":"2"},{"S":"7"}]"#
        }
        let rest = #""ReturnValuesOnConditionCheckFailure":"ALL_OLD""#
        #expect(
            String(decoding: request.body, as: UTF8.self) == """
                {"Statements":[{"Statement":"\(statement)","Parameters":\(parameters("a")),\(rest)},\
                {"Statement":"\(statement)","Parameters":\(parameters("b")),\(rest)}]}
                """
        )
    }

    @Test func `a change of another form than the one before has a statement of its own`() async throws {
        let transport = ScriptedTransport([Self.answer(Self.done, Self.done, Self.done, Self.done)])
        let client = DynamoDBClient(session: try .scripted(transport))
        func changed(_ less: [ItemAttribute]) -> UpdateItemsInput.Change {
            .init(key: [.init("id", .s("c"))], adds: [.init("n", .n("1"))], sets: [], equal: [], less: less)
        }
        // The last two have the same names, of which one stands for other things.
        let changes = [
            Self.change("a"), changed([]), changed([.init("at", .s("7"))]),
            .init(key: [.init("id", .s("c"))], adds: [.init("n", .n("1"))], sets: [], equal: [.init("at", .s("7"))]),
        ]
        _ = await client.updateItems(UpdateItemsInput(tableName: "T", changes: changes), until: .attempts(before: nil))
        let body = String(decoding: try #require(transport.requests.first).body, as: UTF8.self)
        for rest in [#"\"id\"=?""#, #"\"id\"=? AND \"at\"<?""#, #"\"id\"=? AND \"at\"=?""#] {
            #expect(body.contains(#""Statement":"UPDATE \"T\" SET \"n\"=\"n\"+? WHERE "# + rest))
        }
        #expect(changes[2].less == [.init("at", .s("7"))] && changes[3].equal == [.init("at", .s("7"))])
    }

    @Test func `a condition that does not hold brings the item`() async throws {
        let item = #"{"id":{"S":"b"},"at":{"S":"9"}}"#
        let transport = ScriptedTransport([
            Self.answer(Self.done, Self.refused("ConditionalCheckFailed", item: item))
        ])
        let outcomes = try await Self.update(transport)
        #expect(outcomes.map { $0?.code } == [nil, .conditionalCheckFailed])
        #expect(outcomes[1]?.item == ["id": .s("b"), "at": .s("9")])
        #expect(outcomes[1]?.mayHaveBeenApplied == false)
    }

    @Test func `a refusal says whether an earlier attempt of its own statement may have taken effect`() async throws {
        let refusal = Self.refused("ConditionalCheckFailed")
        let whole = ScriptedTransport([Self.lost, Self.answer(refusal, Self.done)])
        #expect(try await Self.update(whole).map { $0?.mayHaveBeenApplied } == [true, nil])
        let single = ScriptedTransport([
            Self.answer(Self.refused("ThrottlingError"), Self.refused("InternalServerError")),
            Self.answer(refusal, refusal),
        ])
        #expect(try await Self.update(single).map { $0?.mayHaveBeenApplied } == [false, true])
        #expect(single.requests.count == 2)
    }
}
