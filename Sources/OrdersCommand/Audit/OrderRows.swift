internal import AWSClient
internal import AWSOperations
internal import ArchiveAccounts
internal import OrderFunctions
internal import Orders
internal import Platform

/// Which orders have a row.
struct OrderRows: Sendable {
    let client: DynamoDBClient
    let tableName: String
    let time: any TimeSource

    /// The orders that have none, one for each id.
    func missing(_ orders: [PlacedOrder]) async throws(AWSError) -> [PlacedOrder] {
        var missing: [PlacedOrder] = []
        var first: [OrderID: PlacedOrder] = [:]
        for order in orders where first[order.id] == nil { first[order.id] = order }
        let ids = first.keys.sorted()
        for start in stride(from: 0, to: ids.count, by: BatchGetItemInput.maximumKeys) {
            let chunk = ids[start..<min(start + BatchGetItemInput.maximumKeys, ids.count)]
            let items = try await self.client.batchGetItem(
                BatchGetItemInput(
                    tableName: self.tableName,
                    keys: chunk.map { [OrderAttribute.orderId.rawValue: .s($0.text)] },
                    projectionExpression: "#id",
                    names: ["#id": OrderAttribute.orderId.rawValue]
                ),
                deadline: self.time.now + .seconds(60)
            )
            let found = Set(items.compactMap { $0[OrderAttribute.orderId.rawValue]?.string.flatMap { OrderID($0) } })
            missing += chunk.filter { !found.contains($0) }.compactMap { first[$0] }
        }
        return missing
    }
}
