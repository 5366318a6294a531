package import AWSClient
package import Orders

extension ItemUpdate {
    /// The request that performs it.
    ///
    /// Every name gets a placeholder, since some are reserved words (`status`).
    func updateItemInput(tableName: String, orderID: OrderID) -> UpdateItemInput {
        var expression = ExpressionBuilder()
        let sets = self.sets.compactMap { attribute in
            attribute.value.attributeValue.map { expression.name(attribute.name) + " = " + expression.value($0) }
        }
        let removes = self.removes.map { expression.name($0) }
        let conditions = self.conditions.map { condition in
            let name = expression.name(condition.name)
            switch condition.expectation {
            case .exists: return "attribute_exists(\(name))"
            case .isAbsent: return "attribute_not_exists(\(name))"
            case .equals(let value):
                guard let value = value.attributeValue else { return "attribute_exists(\(name))" }
                return name + " = " + expression.value(value)
            }
        }
        let clauses = [("SET ", sets), ("REMOVE ", removes)].filter { !$0.1.isEmpty }
        return UpdateItemInput(
            tableName: tableName,
            key: OrdersTable.key(orderID),
            updateExpression: clauses.map { $0.0 + $0.1.joined(separator: ", ") }.joined(separator: " "),
            conditionExpression: conditions.joined(separator: " AND "),
            attributes: expression.attributes,
            returnsItemOnConditionCheckFailure: true
        )
    }

    /// The item as it is once this update has been performed on `old`.
    func applied(to old: [String: ItemValue]) -> [String: ItemValue] {
        var item = old
        for attribute in self.sets { item[attribute.name] = attribute.value }
        for name in self.removes { item[name] = nil }
        return item
    }
}

/// Hands out placeholders for one request's expressions.
private struct ExpressionBuilder {
    private(set) var attributes = ExpressionAttributes()

    mutating func name(_ name: String) -> String {
        let placeholder = "#" + name
        self.attributes.names[placeholder] = name
        return placeholder
    }

    mutating func value(_ value: AttributeValue) -> String {
        let placeholder = ":v\(self.attributes.values.count)"
        self.attributes.values[placeholder] = value
        return placeholder
    }
}

extension ItemValue {
    /// The value as far as stored orders know it.
    package init(_ value: AttributeValue) {
        switch value {
        case .s(let text): self = .string(text)
        case .n(let digits): self = .number(digits)
        case .m(let members):
            self = .map(ItemMembers(names: members.names, values: members.values.map { ItemValue($0) }))
        case .b, .bool, .null, .l, .ss, .ns, .bs: self = .other
        }
    }

    /// DynamoDB's form; nil for a value of which only the existence is known.
    var attributeValue: AttributeValue? {
        switch self {
        case .string(let text): .s(text)
        case .number(let digits): .n(digits)
        case .map(let members): .m(Self.attributes(members))
        case .other: nil
        }
    }

    /// The members of which more than the existence is known.
    private static func attributes(_ members: ItemMembers) -> AttributeMembers {
        let values = members.values.compactMap(\.attributeValue)
        if values.count == members.values.count { return AttributeMembers(names: members.names, values: values) }
        // A member without a value is rare.
        let known = members.values.indices.filter { members.values[$0].attributeValue != nil }
        return AttributeMembers(names: known.map { members.names[$0] }, values: values)
    }
}
