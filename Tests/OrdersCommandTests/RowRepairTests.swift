import AWSClient
import LambdaEvents
import Orders
import OrdersCommand
import Testing

/// The update that sets a row to what the archive adds up to.
@Suite struct RowRepairTests {
    private static let key = CounterKey.orders(Day(number: 2025_11_28))
    private static let delta = CounterDelta.orders(total: 7, successful: 6)

    private static func attribute(_ number: Int) -> String { "at:\(number)-of-a-shard" }

    private static func update(shards: Int, over item: AttributeMap?) throws -> UpdateItemInput {
        var counted: [String: SequenceNumber] = [:]
        for number in 0..<shards { counted[Self.attribute(number)] = SequenceNumber(String(4_900 + number)) }
        return RowRepair(of: Self.key, to: Self.delta, counted: counted).update(of: "Analytics", over: item)
    }

    /// DynamoDB refuses an expression of more than 4 KB, and one of more than 300 operators.
    @Test func `a row of two hundred and fifty shards can be repaired`() throws {
        var item: AttributeMap = ["TotalOrders": .n("8"), "SuccessfulOrders": .n("6")]
        for number in 0..<250 { item[Self.attribute(number)] = .s("4") }
        for number in 0..<1_000 { item["at:x\(number)"] = .s("1") }
        let update = try Self.update(shards: 250, over: item)
        #expect(update.updateExpression.utf8.count <= 4_096)
        #expect((update.conditionExpression ?? "").utf8.count <= 4_096)
    }

    @Test func `what the audit saw is the condition`() throws {
        let item: AttributeMap = [
            "TotalOrders": .n("8"), "SuccessfulOrders": .n("6"), Self.attribute(0): .s("4"), "at:x": .s("1"),
        ]
        let update = try Self.update(shards: 2, over: item)
        #expect(update.conditionExpression == "#0=:r0 AND #1=:r1 AND #c0=:p0")
        #expect(update.updateExpression == "SET #0=:0,#1=:1,#c0=:c0,#c1=:c1,#format=:format")
        #expect(try Self.update(shards: 1, over: nil).conditionExpression == "attribute_not_exists(PK)")
    }
}
