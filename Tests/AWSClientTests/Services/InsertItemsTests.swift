internal import AWSClient
internal import TestSupport
internal import Testing

/// New items by PartiQL, many in a request, each with an outcome of its own.
@Suite struct InsertItemsTests {
    private static let items: [AttributeMap] = [
        ["id": .s("a"), "n": .n("1")], ["id": .s("b")], ["id": .s("c"), "it's \"é\"": .m(["x": .null])],
    ]

    private static func answer(_ responses: String...) -> ScriptedTransport.Step {
        .json(200, "{\"Responses\":[\(responses.joined(separator: ","))]}")
    }

    private static func refused(_ code: String) -> String {
        "{\"Error\":{\"Code\":\"\(code)\",\"Message\":\"the service says no\"},\"TableName\":\"T\"}"
    }

    private static let done = "{\"TableName\":\"T\"}"

    private static func insert(_ transport: ScriptedTransport, until limit: CallLimit = .attempts(before: nil))
        async throws -> [AWSError?]
    {
        let client = DynamoDBClient(session: try .scripted(transport))
        return await client.insertItems(InsertItemsInput(tableName: "T", items: Self.items), until: limit)
    }

    private static func text(_ request: HTTPRequest) -> String { String(decoding: request.body, as: UTF8.self) }

    @Test func `each item is a statement, whose names are quoted and whose values are parameters`() async throws {
        let transport = ScriptedTransport([Self.answer(Self.done, Self.done, Self.done)])
        #expect(try await Self.insert(transport).allSatisfy { $0 == nil })
        let request = try #require(transport.requests.first)
        #expect(request.headers["X-Amz-Target"] == "DynamoDB_20120810.BatchExecuteStatement")
        #expect(
            Self.text(request) == """
                {"Statements":[{"Statement":"INSERT INTO \\"T\\" VALUE {'id':?,'n':?}",\
                "Parameters":[{"S":"a"},{"N":"1"}]},\
                {"Statement":"INSERT INTO \\"T\\" VALUE {'id':?}","Parameters":[{"S":"b"}]},\
                {"Statement":"INSERT INTO \\"T\\" VALUE {'id':?,'it''s \\"é\\"':?}",\
                "Parameters":[{"S":"c"},{"M":{"x":{"NULL":true}}}]}]}
                """
        )
    }

    @Test func `items have the names that they were given, and share those that are the same`() {
        var builder = ItemAttributesBuilder()
        func item(_ names: String...) -> ItemAttributes {
            for name in names { builder.add(name, .s(name)) }
            return builder.finish()
        }
        let items = [
            item("a", "b"), item("a", "b"), item("a"), item("a", "c", "d"), item("a", "c", "d"), item("d"), item(),
        ]
        #expect(
            items.map(\.names) == [["a", "b"], ["a", "b"], ["a"], ["a", "c", "d"], ["a", "c", "d"], ["d"], []]
        )
        #expect(items.allSatisfy { item in item.list.allSatisfy { $0.value == .s($0.name) } })
    }

    @Test func `an item that is there fails alone, and is not sent again`() async throws {
        let transport = ScriptedTransport([Self.answer(Self.done, Self.refused("DuplicateItem"), Self.done)])
        let outcomes = try await Self.insert(transport)
        #expect(outcomes.map { $0?.code } == [nil, .duplicateItem, nil])
        #expect(outcomes[1]?.message == "the service says no")
        #expect(transport.requests.count == 1)
    }

    @Test(arguments: [
        "ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "InternalServerError",
    ])
    func `what fails for a passing reason is sent again, and nothing else is`(code: String) async throws {
        let transport = ScriptedTransport([
            Self.answer(Self.refused(code), Self.refused("DuplicateItem"), Self.refused(code)),
            Self.answer(Self.done, Self.refused(code)), Self.answer(Self.done),
        ])
        let outcomes = try await Self.insert(transport)
        #expect(outcomes.map { $0?.code } == [nil, .duplicateItem, nil])
        #expect(transport.requests.count == 3)
        #expect(!Self.text(transport.requests[1]).contains("\"b\""))
        #expect(
            Self.text(transport.requests[2]).contains("\"c\"") && !Self.text(transport.requests[2]).contains("\"a\"")
        )
    }

    @Test func `what keeps failing ends with the few attempts, and says with what`() async throws {
        let busy = Self.answer(Self.done, Self.refused("ThrottlingError"), Self.done)
        let transport = ScriptedTransport([
            busy, Self.answer(Self.refused("ThrottlingError")), Self.answer(Self.refused("ThrottlingError")),
        ])
        let outcomes = try await Self.insert(transport)
        #expect(outcomes.map { $0?.isThrottling } == [nil, true, nil])
        #expect(transport.requests.count == 3)
    }

    @Test func `each that is left without time for another round has its own error`() async throws {
        let transport = ScriptedTransport([
            Self.answer(Self.refused("TransactionConflict"), Self.done, Self.refused("ThrottlingError"))
        ])
        let outcomes = try await Self.insert(transport)
        #expect(outcomes.map { $0?.isConflict } == [true, nil, false])
        #expect(outcomes.map { $0?.isThrottling } == [false, nil, true])
        #expect(transport.requests.count == 1)
    }

    @Test func `rounds that come to a good end do not use the session's retries up`() async throws {
        let repeats = 200
        let steps = (0..<repeats).flatMap { _ in
            [Self.answer(Self.done, Self.refused("ThrottlingError"), Self.done), Self.answer(Self.done)]
        }
        let transport = ScriptedTransport(steps)
        let client = DynamoDBClient(session: try .scripted(transport))
        for _ in 0..<repeats {
            let input = InsertItemsInput(tableName: "T", items: Self.items)
            #expect(await client.insertItems(input, until: .attempts(before: nil)).allSatisfy { $0 == nil })
        }
        #expect(transport.requests.count == 2 * repeats)
    }

    @Test(arguments: [
        ("ValidationError", AWSError.Code.validation), ("AccessDenied", .accessDenied),
        ("ResourceNotFound", .resourceNotFound), ("ItemCollectionSizeLimitExceeded", .itemCollectionSizeLimitExceeded),
        ("ConditionalCheckFailed", .conditionalCheckFailed),
    ])
    func `a statement's error is the error that a request of its own would have`(
        name: String,
        code: AWSError.Code
    ) async throws {
        let transport = ScriptedTransport([Self.answer(Self.done, Self.refused(name), Self.done)])
        #expect(try await Self.insert(transport).map { $0?.code } == [nil, code, nil])
    }

    @Test func `a request that fails as a whole fails for every item that is not settled`() async throws {
        let denied = ScriptedTransport.Step.json(400, "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}")
        let whole = ScriptedTransport([denied])
        #expect(try await Self.insert(whole).map { $0?.code } == [.accessDenied, .accessDenied, .accessDenied])
        let later = ScriptedTransport([
            Self.answer(Self.done, Self.refused("ThrottlingError"), Self.refused("DuplicateItem")), denied,
        ])
        #expect(try await Self.insert(later).map { $0?.code } == [nil, .accessDenied, .duplicateItem])
    }

    @Test func `an answer for fewer items than were sent is damaged`() async throws {
        let transport = ScriptedTransport([Self.answer(Self.done), Self.answer(Self.done, Self.done, Self.done)])
        #expect(try await Self.insert(transport).allSatisfy { $0 == nil })
        #expect(transport.requests.count == 2)
    }
}

/// Reads of many items in one request.
@Suite struct BatchGetItemTests {
    private static let input = BatchGetItemInput(
        tableName: "T",
        keys: [["id": .s("a")], ["id": .s("b")]],
        projectionExpression: "#o",
        names: ["#o": "owner"]
    )

    @Test func `keys that the service leaves are asked for again`() async throws {
        let rest = "\"UnprocessedKeys\":{\"T\":{\"Keys\":[{\"id\":{\"S\":\"b\"}}],\"ConsistentRead\":true}}"
        let transport = ScriptedTransport([
            .json(200, "{\"Responses\":{\"T\":[{\"owner\":{\"S\":\"1\"}}]},\(rest)}"),
            .json(200, "{\"Responses\":{\"T\":[]},\(rest)}"),
            .json(200, "{\"Responses\":{\"T\":[{\"owner\":{\"S\":\"2\"}}]},\"UnprocessedKeys\":{}}"),
        ])
        let client = DynamoDBClient(session: try .scripted(transport))
        let items = try await client.batchGetItem(Self.input, until: .attempts(before: nil))
        #expect(items == [["owner": .s("1")], ["owner": .s("2")]])
        let bodies = transport.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(
            bodies[0] == """
                {"RequestItems":{"T":{"Keys":[{"id":{"S":"a"}},{"id":{"S":"b"}}],"ProjectionExpression":"#o",\
                "ExpressionAttributeNames":{"#o":"owner"},"ConsistentRead":true}}}
                """
        )
        #expect(bodies[1] == bodies[2] && bodies[1].contains("\"Keys\":[{\"id\":{\"S\":\"b\"}}]"))
    }

    @Test func `a table that leaves every key again and again is busy`() async throws {
        let rest = "{\"UnprocessedKeys\":{\"T\":{\"Keys\":[{\"id\":{\"S\":\"a\"}},{\"id\":{\"S\":\"b\"}}]}}}"
        let transport = ScriptedTransport(Array(repeating: .json(200, rest), count: 3))
        let client = DynamoDBClient(session: try .scripted(transport))
        await #expect { _ = try await client.batchGetItem(Self.input, until: .attempts(before: nil)) } throws: {
            ($0 as? AWSError)?.isThrottling == true
        }
        #expect(transport.requests.count == 3)
    }
}
