internal import AWSClient
internal import AWSOperations
internal import Platform
internal import TestSupport
internal import Testing

/// The bytes of requests and the meaning of answers.
@Suite struct DynamoDBClientTests {
    private func sent(
        _ answer: String = "{}",
        _ body: (DynamoDBClient) async throws -> Void
    ) async throws -> HTTPRequest {
        let transport = ScriptedTransport([.json(200, answer)])
        try await body(DynamoDBClient(session: try .scripted(transport)))
        return try #require(transport.requests.first)
    }

    private static func text(_ request: HTTPRequest) -> String { String(decoding: request.body, as: UTF8.self) }

    @Test func `asks as the protocol says`() async throws {
        let request = try await self.sent { client in
            _ = try await client.getItem(.init(tableName: "T", key: ["id": .s("é\"\n")]), deadline: nil)
        }
        #expect(request.method == .post)
        #expect(request.url == "https://dynamodb.eu-central-1.amazonaws.com/")
        #expect(request.headers["X-Amz-Target"] == "DynamoDB_20120810.GetItem")
        #expect(request.headers["Content-Type"] == "application/x-amz-json-1.0")
        #expect(request.headers["User-Agent"]?.hasPrefix("order-event-pipeline/") == true)
        #expect(request.headers["Authorization"]?.contains("/eu-central-1/dynamodb/aws4_request") == true)
        #expect(
            Self.text(request) == "{\"TableName\":\"T\",\"Key\":{\"id\":{\"S\":\"é\\\"\\n\"}},\"ConsistentRead\":true}"
        )
    }

    /// Neither header is signed: whoever forwards the request may change it.
    @Test func `passes the trace on that the task belongs to`() async throws {
        let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
        let traced = try await TraceContext.$current.withValue(TraceContext(ofInvocation: trace)) {
            try await self.sent { _ = try await $0.getItem(.init(tableName: "T", key: [:]), deadline: nil) }
        }
        #expect(traced.headers["X-Amzn-Trace-Id"] == trace)
        let parent = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"
        #expect(traced.headers["traceparent"] == parent)
        #expect(traced.headers["Authorization"]?.contains("trace") == false)
        let untraced = try await self.sent { _ = try await $0.getItem(.init(tableName: "T", key: [:]), deadline: nil) }
        #expect(untraced.headers["X-Amzn-Trace-Id"] == nil && untraced.headers["traceparent"] == nil)
    }

    @Test func `every type of value goes there and back`() async throws {
        let item: AttributeMap = [
            "s": .s(""), "n": .n("-1.50E+3"), "b": .b([0, 1, 255]), "bool": .bool(false), "null": .null,
            "l": .l([.n("1"), .l([])]), "m": .m(["x": .m([:])]), "ss": .ss(["b", "a"]), "ns": .ns(["2"]),
            "bs": .bs([[], [7]]),
        ]
        let put = try await self.sent { client in
            try await client.putItem(.init(tableName: "T", item: item), deadline: nil)
        }
        let text = Self.text(put)
        let prefix = "{\"TableName\":\"T\",\"Item\":"
        #expect(text.hasPrefix(prefix))
        let transport = ScriptedTransport([.json(200, "{\"Item\":" + text.dropFirst(prefix.count))])
        let client = DynamoDBClient(session: try .scripted(transport))
        #expect(try await client.getItem(.init(tableName: "T", key: [:]), deadline: nil) == item)
    }

    @Test func `a missing item is nil`() async throws {
        let transport = ScriptedTransport([.json(200, "{}")])
        let client = DynamoDBClient(session: try .scripted(transport))
        #expect(try await client.getItem(.init(tableName: "T", key: [:]), deadline: nil) == nil)
    }

    @Test func `writes expressions and leaves out what is empty`() async throws {
        let request = try await self.sent { client in
            try await client.updateItem(
                UpdateItemInput(
                    tableName: "T",
                    key: ["id": .s("1")],
                    updateExpression: "ADD #a :b",
                    conditionExpression: "attribute_exists(id)",
                    attributes: .init(names: ["#a": "a"], values: [":b": .n("1")]),
                    returnsItemOnConditionCheckFailure: true
                ),
                deadline: nil
            )
        }
        #expect(
            Self.text(request) == """
                {"TableName":"T","Key":{"id":{"S":"1"}},"UpdateExpression":"ADD #a :b",\
                "ConditionExpression":"attribute_exists(id)","ExpressionAttributeNames":{"#a":"a"},\
                "ExpressionAttributeValues":{":b":{"N":"1"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}
                """
        )
    }

    @Test func `reads a page of a query`() async throws {
        let answer = "{\"Items\":[{\"a\":{\"N\":\"1\"}}],\"Count\":1,\"LastEvaluatedKey\":{\"id\":{\"S\":\"1\"}}}"
        let request = try await self.sent(answer) { client in
            let page = try await client.query(
                QueryInput(
                    tableName: "T",
                    keyConditionExpression: "id = :i",
                    attributes: .init(values: [":i": .s("1")]),
                    limit: 5,
                    exclusiveStartKey: ["id": .s("0")]
                ),
                deadline: nil
            )
            #expect(page == QueryOutput(items: [["a": .n("1")]], lastEvaluatedKey: ["id": .s("1")]))
        }
        #expect(
            Self.text(request) == """
                {"TableName":"T","KeyConditionExpression":"id = :i","ExpressionAttributeValues":{":i":{"S":"1"}},\
                "Limit":5,"ExclusiveStartKey":{"id":{"S":"0"}}}
                """
        )
    }
}
