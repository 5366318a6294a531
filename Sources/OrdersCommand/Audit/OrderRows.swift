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

    /// Where the orders are that have none.
    func missing(_ orders: [(id: OrderID, place: LinePlace)]) async throws(AWSError) -> [LinePlace] {
        var missing: [LinePlace] = []
        var places: [OrderID: LinePlace] = [:]
        for (id, place) in orders where places[id] == nil { places[id] = place }
        let ids = places.keys.sorted()
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
            missing += chunk.filter { !found.contains($0) }.compactMap { places[$0] }
        }
        return missing
    }
}
