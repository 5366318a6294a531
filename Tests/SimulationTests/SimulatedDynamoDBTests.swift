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

    @Test func `items are read in an order of their own, whatever that of the keys`() throws {
        var dynamoDB = Self.dynamoDB()
        let ids = (0..<20).map { "item-\($0)" }
        for id in ids { _ = try dynamoDB.perform("PutItem", Array(Self.put(id).utf8), at: 0) }
        func read(_ ids: [String]) throws -> [String] {
            let keys = ids.map { "{\"id\":{\"S\":\"\($0)\"}}" }.joined(separator: ",")
            let body = "{\"RequestItems\":{\"T\":{\"Keys\":[\(keys)]}}}"
            let answer = try dynamoDB.perform("BatchGetItem", Array(body.utf8), at: 0)
            return String(decoding: answer, as: UTF8.self).split(separator: "\"").map(String.init)
                .filter { $0.hasPrefix("item-") }
        }
        let items = try read(ids)
        #expect(items.sorted() == ids.sorted())
        #expect(items != ids)
        #expect(try read(ids.reversed()) == items)
    }

    @Test func `a read shows what was there a moment ago, unless it asks for consistency`() throws {
        var dynamoDB = Self.dynamoDB()
        for (number, time) in [(1, 0), (2, 1_000_000_000)] as [(Int, Int64)] {
            let put = Self.put("a", ",\"n\":{\"N\":\"\(number)\"}")
            _ = try dynamoDB.perform("PutItem", Array(put.utf8), at: time)
        }
        func read(_ end: String, at seconds: Int64) throws -> String {
            let body = "{\"TableName\":\"T\",\"Key\":{\"id\":{\"S\":\"a\"}}\(end)}"
            let answer = try dynamoDB.perform("GetItem", Array(body.utf8), at: seconds * 1_000_000_000)
            let item = try #require(String(decoding: answer, as: UTF8.self).split(separator: "\"N\":\"").last)
            return String(item.prefix(1))
        }
        dynamoDB.oldReads = [true]
        #expect(try read("", at: 2) == "1")
        #expect(try read(",\"ConsistentRead\":false", at: 2) == "1")
        #expect(try read(",\"ConsistentRead\":true", at: 2) == "2")
        #expect(try read("", at: 5) == "2")
        dynamoDB.oldReads = []
        #expect(try read("", at: 2) == "2")
    }

    @Test func `a checkpoint is shown as it was where that promise is broken`() throws {
        var dynamoDB = SimulatedDynamoDB(
            tables: [DynamoDBTable("Checkpoints", keys: ["checkpoint"])],
            cache: ExpressionCache()
        )
        let item = "{\"TableName\":\"Checkpoints\",\"Item\":{\"checkpoint\":{\"S\":\"c\"}}}"
        _ = try dynamoDB.perform("PutItem", Array(item.utf8), at: 0)
        let key = "{\"TableName\":\"Checkpoints\",\"Key\":{\"checkpoint\":{\"S\":\"c\"}},\"ConsistentRead\":true}"
        let sound = try dynamoDB.perform("GetItem", Array(key.utf8), at: 1)
        #expect(String(decoding: sound, as: UTF8.self) == "{\"Item\":{\"checkpoint\":{\"S\":\"c\"}}}")
        dynamoDB.weakness = .checkpointReads
        let broken = try dynamoDB.perform("GetItem", Array(key.utf8), at: 1)
        #expect(String(decoding: broken, as: UTF8.self) == "{}")
    }
}
