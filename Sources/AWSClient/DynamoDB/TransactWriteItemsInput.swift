/// Writes that happen all or not at all: at most 100 actions on different items, 4 MB together.
package struct TransactWriteItemsInput: Sendable, Equatable {
    package var transactItems: [TransactWriteItem]
    /// 1 to 36 characters.
    ///
    /// For 10 minutes a repetition with the same token and content succeeds without effect, so an ambiguous failure may
    /// be repeated with it. Without one the client makes one for its own retries.
    package var clientRequestToken: String?

    package init(transactItems: [TransactWriteItem], clientRequestToken: String? = nil) {
        self.transactItems = transactItems
        self.clientRequestToken = clientRequestToken
    }
}

/// One action of a transaction.
package enum TransactWriteItem: Sendable, Equatable {
    case put(PutItemInput)
    case update(UpdateItemInput)
    case delete(DeleteItemInput)
    case conditionCheck(ConditionCheckInput)
}

/// Removes an item, if the condition holds.
package struct DeleteItemInput: Sendable, Equatable {
    package var tableName: String
    package var key: AttributeMap
    package var conditionExpression: String?
    package var attributes: ExpressionAttributes
    /// Have the cancellation reason's item filled when the condition fails (`ALL_OLD`).
    package var returnsItemOnConditionCheckFailure: Bool

    package init(
        tableName: String,
        key: AttributeMap,
        conditionExpression: String? = nil,
        attributes: ExpressionAttributes = ExpressionAttributes(),
        returnsItemOnConditionCheckFailure: Bool = false
    ) {
        self.tableName = tableName
        self.key = key
        self.conditionExpression = conditionExpression
        self.attributes = attributes
        self.returnsItemOnConditionCheckFailure = returnsItemOnConditionCheckFailure
    }
}

/// Cancels the transaction unless the condition holds; writes nothing.
package struct ConditionCheckInput: Sendable, Equatable {
    package var tableName: String
    package var key: AttributeMap
    package var conditionExpression: String
    package var attributes: ExpressionAttributes
    /// Have the cancellation reason's item filled when the condition fails (`ALL_OLD`).
    package var returnsItemOnConditionCheckFailure: Bool

    package init(
        tableName: String,
        key: AttributeMap,
        conditionExpression: String,
        attributes: ExpressionAttributes = ExpressionAttributes(),
        returnsItemOnConditionCheckFailure: Bool = false
    ) {
        self.tableName = tableName
        self.key = key
        self.conditionExpression = conditionExpression
        self.attributes = attributes
        self.returnsItemOnConditionCheckFailure = returnsItemOnConditionCheckFailure
    }
}
