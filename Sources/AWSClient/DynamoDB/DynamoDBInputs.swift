/// Reads one item by its whole key.
package struct GetItemInput: Sendable, Equatable {
    package var tableName: String
    package var key: AttributeMap
    /// Sees every write that succeeded before; costs twice as much.
    package var consistentRead: Bool

    package init(tableName: String, key: AttributeMap, consistentRead: Bool = true) {
        self.tableName = tableName
        self.key = key
        self.consistentRead = consistentRead
    }
}

/// Writes a whole item, if the condition holds.
package struct PutItemInput: Sendable, Equatable {
    package var tableName: String
    package var item: AttributeMap
    package var conditionExpression: String?
    package var attributes: ExpressionAttributes
    /// Have `AWSError.item` (or the cancellation reason's) filled when the condition fails (`ALL_OLD`).
    package var returnsItemOnConditionCheckFailure: Bool

    package init(
        tableName: String,
        item: AttributeMap,
        conditionExpression: String? = nil,
        attributes: ExpressionAttributes = ExpressionAttributes(),
        returnsItemOnConditionCheckFailure: Bool = false
    ) {
        self.tableName = tableName
        self.item = item
        self.conditionExpression = conditionExpression
        self.attributes = attributes
        self.returnsItemOnConditionCheckFailure = returnsItemOnConditionCheckFailure
    }
}

/// Changes attributes of an item, or makes the item, if the condition holds.
package struct UpdateItemInput: Sendable, Equatable {
    /// What `updateItem` gives back; not used inside a transaction.
    package enum ReturnValues: String, Sendable {
        case none = "NONE"
        case allOld = "ALL_OLD"
        case allNew = "ALL_NEW"
        case updatedOld = "UPDATED_OLD"
        case updatedNew = "UPDATED_NEW"
    }

    package var tableName: String
    package var key: AttributeMap
    package var updateExpression: String
    package var conditionExpression: String?
    package var attributes: ExpressionAttributes
    package var returnValues: ReturnValues
    /// Have `AWSError.item` (or the cancellation reason's) filled when the condition fails (`ALL_OLD`).
    package var returnsItemOnConditionCheckFailure: Bool

    package init(
        tableName: String,
        key: AttributeMap,
        updateExpression: String,
        conditionExpression: String? = nil,
        attributes: ExpressionAttributes = ExpressionAttributes(),
        returnValues: ReturnValues = .none,
        returnsItemOnConditionCheckFailure: Bool = false
    ) {
        self.tableName = tableName
        self.key = key
        self.updateExpression = updateExpression
        self.conditionExpression = conditionExpression
        self.attributes = attributes
        self.returnValues = returnValues
        self.returnsItemOnConditionCheckFailure = returnsItemOnConditionCheckFailure
    }
}

/// Reads the items of one partition, a page (1 MB) at a time.
package struct QueryInput: Sendable, Equatable {
    package var tableName: String
    package var indexName: String?
    package var keyConditionExpression: String
    package var filterExpression: String?
    package var attributes: ExpressionAttributes
    package var consistentRead: Bool
    package var scanIndexForward: Bool
    package var limit: Int?
    /// `QueryOutput.lastEvaluatedKey` of the page before.
    package var exclusiveStartKey: AttributeMap?

    package init(
        tableName: String,
        indexName: String? = nil,
        keyConditionExpression: String,
        filterExpression: String? = nil,
        attributes: ExpressionAttributes = ExpressionAttributes(),
        consistentRead: Bool = false,
        scanIndexForward: Bool = true,
        limit: Int? = nil,
        exclusiveStartKey: AttributeMap? = nil
    ) {
        self.tableName = tableName
        self.indexName = indexName
        self.keyConditionExpression = keyConditionExpression
        self.filterExpression = filterExpression
        self.attributes = attributes
        self.consistentRead = consistentRead
        self.scanIndexForward = scanIndexForward
        self.limit = limit
        self.exclusiveStartKey = exclusiveStartKey
    }
}

/// One page of a query.
package struct QueryOutput: Sendable, Equatable {
    package var items: [AttributeMap]
    /// Set while there are more pages.
    package var lastEvaluatedKey: AttributeMap?

    package init(items: [AttributeMap], lastEvaluatedKey: AttributeMap? = nil) {
        self.items = items
        self.lastEvaluatedKey = lastEvaluatedKey
    }
}
