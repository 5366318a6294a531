internal import JSONText

extension GetItemInput {
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("TableName", self.tableName)
        writer.item("Key", self.key)
        writer.flag("ConsistentRead", self.consistentRead)
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

extension UpdateItemInput {
    /// Without `ReturnValues`, which a transaction does not know.
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("TableName", self.tableName)
        writer.item("Key", self.key)
        writer.member("UpdateExpression", self.updateExpression)
        writer.optional("ConditionExpression", self.conditionExpression)
        writer.attributes(self.attributes)
        writer.oldItemOnFailure(self.returnsItemOnConditionCheckFailure)
    }
}

extension DeleteItemInput {
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("TableName", self.tableName)
        writer.item("Key", self.key)
        writer.optional("ConditionExpression", self.conditionExpression)
        writer.attributes(self.attributes)
        writer.oldItemOnFailure(self.returnsItemOnConditionCheckFailure)
    }
}

extension ConditionCheckInput {
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("TableName", self.tableName)
        writer.item("Key", self.key)
        writer.member("ConditionExpression", self.conditionExpression)
        writer.attributes(self.attributes)
        writer.oldItemOnFailure(self.returnsItemOnConditionCheckFailure)
    }
}

extension TransactWriteItem {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            switch self {
            case .put(let input):
                writer.key("Put")
                writer.object(input.writeMembers)
            case .update(let input):
                writer.key("Update")
                writer.object(input.writeMembers)
            case .delete(let input):
                writer.key("Delete")
                writer.object(input.writeMembers)
            case .conditionCheck(let input):
                writer.key("ConditionCheck")
                writer.object(input.writeMembers)
            }
        }
    }
}

extension QueryInput {
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("TableName", self.tableName)
        writer.optional("IndexName", self.indexName)
        writer.member("KeyConditionExpression", self.keyConditionExpression)
        writer.optional("FilterExpression", self.filterExpression)
        writer.attributes(self.attributes)
        writer.flag("ConsistentRead", self.consistentRead)
        if !self.scanIndexForward {
            writer.key("ScanIndexForward")
            writer.bool(false)
        }
        writer.optional("Limit", self.limit)
        if let exclusiveStartKey { writer.item("ExclusiveStartKey", exclusiveStartKey) }
    }
}

extension JSONWriter {
    fileprivate mutating func item(_ key: String, _ item: AttributeMap) {
        self.key(key)
        AttributeValue.write(item, to: &self)
    }

    fileprivate mutating func flag(_ key: String, _ value: Bool) {
        guard value else { return }
        self.key(key)
        self.bool(true)
    }

    /// Empty maps are left out: DynamoDB refuses them.
    fileprivate mutating func attributes(_ attributes: ExpressionAttributes) {
        if !attributes.names.isEmpty { self.strings("ExpressionAttributeNames", attributes.names) }
        if !attributes.values.isEmpty { self.item("ExpressionAttributeValues", attributes.values) }
    }

    fileprivate mutating func oldItemOnFailure(_ wanted: Bool) {
        if wanted { self.member("ReturnValuesOnConditionCheckFailure", "ALL_OLD") }
    }
}
