import AWSClient
import SimulatedAWS
import Testing

@Suite struct SimulatedDynamoDBTests {
    private static func dynamoDB() -> SimulatedDynamoDB {
        SimulatedDynamoDB(
            tables: [DynamoDBTable("T", keys: ["id"], hasStream: true)],
            cache: ExpressionCache()
        )
    }

    private static func put(_ id: String, _ more: String = "", condition: String? = nil) -> String {
        let item = "{\"id\":{\"S\":\"\(id)\"}\(more)}"
        return "{\"TableName\":\"T\",\"Item\":\(item)\(condition.map { ",\"ConditionExpression\":\"\($0)\"" } ?? "")}"
    }

    private static func code(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "none"
        } catch let error as ServiceError {
            return error.code
        } catch {
            return "\(error)"
        }
    }

    @Test func `a condition that does not hold keeps a write from happening`() throws {
        var dynamoDB = Self.dynamoDB()
        let first = Self.put("a", ",\"n\":{\"N\":\"1.50\"}", condition: "attribute_not_exists(id)")
        _ = try dynamoDB.perform("PutItem", Array(first.utf8), at: 0)
        let code = Self.code { _ = try dynamoDB.perform("PutItem", Array(first.utf8), at: 0) }
        #expect(code == "ConditionalCheckFailedException")
        #expect(dynamoDB["T"]["a"]?["n"] == .n("1.5"))
        #expect(dynamoDB["T"].changes.count == 1)
    }

    @Test(arguments: [
        ("attribute_not_exists(#n) OR #n = :one", true), ("#n < :one", false), ("NOT (#n <> :one)", true),
        ("attribute_exists(gone) AND #n = :one", false),
        ("(#n >= :one AND #n <= :one) OR attribute_exists(gone)", true),
    ])
    func `conditions are DynamoDB's`(condition: String, holds: Bool) throws {
        var dynamoDB = Self.dynamoDB()
        _ = try dynamoDB.perform("PutItem", Array(Self.put("a", ",\"n\":{\"N\":\"1.0\"}").utf8), at: 0)
        let body =
            "{\"TableName\":\"T\",\"Item\":{\"id\":{\"S\":\"a\"}},\"ConditionExpression\":\"\(condition)\","
            + "\"ExpressionAttributeNames\":{\"#n\":\"n\"},\"ExpressionAttributeValues\":{\":one\":{\"N\":\"1\"}}}"
        let code = Self.code { _ = try dynamoDB.perform("PutItem", Array(body.utf8), at: 0) }
        #expect(code == (holds ? "none" : "ConditionalCheckFailedException"))
    }

    @Test func `statements insert what is not there, each for itself`() throws {
        var dynamoDB = Self.dynamoDB()
        func statement(_ id: String) -> String {
            let text = "INSERT INTO \\\"T\\\" VALUE {'id':?,'n':?}"
            return "{\"Statement\":\"\(text)\",\"Parameters\":[{\"S\":\"\(id)\"},{\"N\":\"1\"}]}"
        }
        func perform(_ operation: String, _ body: String) throws -> String {
            String(decoding: try dynamoDB.perform(operation, Array(body.utf8), at: 0), as: UTF8.self)
        }
        let statements = [statement("a"), statement("a"), statement("b")].joined(separator: ",")
        #expect(
            try perform("BatchExecuteStatement", "{\"Statements\":[\(statements)]}") == """
                {"Responses":[{"TableName":"T"},{"TableName":"T","Error":{"Code":"DuplicateItem",\
                "Message":"Duplicate primary key exists in table"}},{"TableName":"T"}]}
                """
        )
        #expect(dynamoDB["T"].changes.map(\.key) == ["a", "b"])
        let keys = "[{\"id\":{\"S\":\"b\"}},{\"id\":{\"S\":\"c\"}}]"
        #expect(
            try perform("BatchGetItem", "{\"RequestItems\":{\"T\":{\"Keys\":\(keys),\"ProjectionExpression\":\"n\"}}}")
                == "{\"Responses\":{\"T\":[{\"n\":{\"N\":\"1\"}}]},\"UnprocessedKeys\":{}}"
        )
    }
}
