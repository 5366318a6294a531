package import JSONText

/// What the placeholders of a request's expressions stand for.
package struct ExpressionAttributes: Sendable, Equatable {
    /// `#name` → the attribute's name; needed for reserved words such as `status`, `timestamp`, `count`, `value`.
    package var names: [String: String]
    /// `:value` → the value.
    package var values: AttributeMap

    /// Placeholders; by default none.
    package init(names: [String: String] = [:], values: AttributeMap = [:]) {
        self.names = names
        self.values = values
    }
}

/// Reads one item by its whole key.
package struct GetItemInput: Sendable, Equatable {
    /// The table's name.
    package var tableName: String
    /// The attributes of the item's key.
    package var key: AttributeMap
    /// Sees every write that succeeded before; costs twice as much.
    package var consistentRead: Bool

    /// A read of the item with that key.
    package init(tableName: String, key: AttributeMap, consistentRead: Bool = true) {
        self.tableName = tableName
        self.key = key
        self.consistentRead = consistentRead
    }
}

extension GetItemInput {
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("TableName", self.tableName)
        writer.item("Key", self.key)
        writer.flag("ConsistentRead", self.consistentRead)
    }
}

/// Writes a whole item, if the condition holds.
package struct PutItemInput: Sendable, Equatable {
    /// The table's name.
    package var tableName: String
    /// All attributes of the item, its key included.
    package var item: AttributeMap
    /// What must hold of the item that is there; nil: nothing.
    package var conditionExpression: String?
    /// What the condition's placeholders stand for.
    package var attributes: ExpressionAttributes
    /// Have `AWSError.item` filled when the condition fails (`ALL_OLD`).
    package var returnsItemOnConditionCheckFailure: Bool

    /// A write of the item, by default without a condition.
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

extension PutItemInput {
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("TableName", self.tableName)
        writer.item("Item", self.item)
        writer.optional("ConditionExpression", self.conditionExpression)
        writer.attributes(self.attributes)
        writer.oldItemOnFailure(self.returnsItemOnConditionCheckFailure)
    }
}

/// Changes attributes of an item, or makes the item, if the condition holds.
package struct UpdateItemInput: Sendable, Equatable {
    /// The table's name.
    package var tableName: String
    /// The attributes of the item's key.
    package var key: AttributeMap
    /// What to set, add and remove.
    package var updateExpression: String
    /// What must hold of the item that is there; nil: nothing.
    package var conditionExpression: String?
    /// What the placeholders of both expressions stand for.
    package var attributes: ExpressionAttributes
    /// Have `AWSError.item` filled when the condition fails (`ALL_OLD`).
    package var returnsItemOnConditionCheckFailure: Bool

    /// A change of the item with that key, by default without a condition.
    package init(
        tableName: String,
        key: AttributeMap,
        updateExpression: String,
        conditionExpression: String? = nil,
        attributes: ExpressionAttributes = ExpressionAttributes(),
        returnsItemOnConditionCheckFailure: Bool = false
    ) {
        self.tableName = tableName
        self.key = key
        self.updateExpression = updateExpression
        self.conditionExpression = conditionExpression
        self.attributes = attributes
        self.returnsItemOnConditionCheckFailure = returnsItemOnConditionCheckFailure
    }
}

extension UpdateItemInput {
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("TableName", self.tableName)
        writer.item("Key", self.key)
        writer.member("UpdateExpression", self.updateExpression)
        writer.optional("ConditionExpression", self.conditionExpression)
        writer.attributes(self.attributes)
        writer.oldItemOnFailure(self.returnsItemOnConditionCheckFailure)
    }
}

extension JSONWriter {
    /// A member that is an item.
    package mutating func item(_ key: String, _ item: AttributeMap) {
        self.key(key)
        AttributeValue.write(item, to: &self)
    }

    /// A member that is left out where it is false.
    package mutating func flag(_ key: String, _ value: Bool) {
        guard value else { return }
        self.key(key)
        self.bool(true)
    }

    /// The members that hold the attributes; empty ones are left out, since DynamoDB refuses them.
    package mutating func attributes(_ attributes: ExpressionAttributes) {
        if !attributes.names.isEmpty { self.strings("ExpressionAttributeNames", attributes.names) }
        if !attributes.values.isEmpty { self.item("ExpressionAttributeValues", attributes.values) }
    }

    mutating func oldItemOnFailure(_ wanted: Bool) {
        if wanted { self.member("ReturnValuesOnConditionCheckFailure", "ALL_OLD") }
    }
}
