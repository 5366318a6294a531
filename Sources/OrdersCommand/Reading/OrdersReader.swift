package import AWSClient
internal import AWSOperations
internal import OrderFunctions
package import Orders
package import Platform

/// A row of the Orders table, as it is stored and as this version understands it.
package struct OrderRow: Sendable, Equatable {
    /// The order's id, which is the row's key.
    package let id: OrderID
    /// Every attribute, those that others wrote included.
    package let item: AttributeMap
    /// The row as the functions of this version understand it.
    package let order: StoredOrder

    /// A row with these attributes.
    package init(id: OrderID, item: AttributeMap, rules: InputRules = InputRules()) {
        self.id = id
        self.item = item
        self.order = StoredOrder(id: id, item: item.mapValues { ItemValue($0) }, rules: rules)
    }

    /// The instant of the message that an attribute came from, as stored; nil where the row does not say.
    package func version(of attribute: String) -> String? {
        self.item[OrderAttribute.versions.rawValue]?.map?[attribute]?.string
    }
}

/// Reads rows of the Orders table by their keys.
package struct OrdersReader: Sendable {
    private let client: any DynamoDBOperations
    private let tableName: String
    private let time: any TimeSource

    /// A reader of the table of that name.
    package init(client: any DynamoDBOperations, tableName: String, time: any TimeSource) {
        self.client = client
        self.tableName = tableName
        self.time = time
    }

    /// The row, read consistently; nil where there is none.
    package func row(of id: OrderID) async throws(AWSError) -> OrderRow? {
        let key = [OrderAttribute.orderId.rawValue: AttributeValue.s(id.text)]
        let item = try await self.client.getItem(
            GetItemInput(tableName: self.tableName, key: key, consistentRead: true),
            deadline: self.time.now + .seconds(30)
        )
        return item.map { OrderRow(id: id, item: $0) }
    }
}
