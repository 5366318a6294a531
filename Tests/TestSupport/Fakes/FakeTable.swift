internal import AWSClient

/// One table of `InMemoryDynamoDB`; its keys are strings.
struct FakeTable: Sendable {
    /// What DynamoDB would refuse with.
    enum Failure: Error {
        case noTable(String)
        case validation(String)
        case conditionalCheckFailed(AttributeMap?)

        init(_ error: any Error) {
            self = error as? Failure ?? .validation("\(error)")
        }

        func error(_ operation: String) -> AWSError {
            switch self {
            case .noTable(let name):
                AWSError(code: .resourceNotFound, message: name, operation: operation, statusCode: 400)
            case .validation(let message):
                AWSError(code: .validation, message: message, operation: operation, statusCode: 400)
            case .conditionalCheckFailed(let item):
                AWSError(
                    code: .conditionalCheckFailed,
                    message: "The conditional request failed",
                    operation: operation,
                    statusCode: 400,
                    item: item
                )
            }
        }
    }

    let keyNames: [String]
    /// By the bytes of the key attributes' texts: Swift takes `é` and its two code points for the same text, DynamoDB does not.
    private(set) var items: [[[UInt8]]: AttributeMap] = [:]

    init(keyNames: [String]) {
        self.keyNames = keyNames
    }

    var sortedItems: [AttributeMap] {
        self.items.sorted { left, right in
            left.key.lexicographicallyPrecedes(right.key) { $0.lexicographicallyPrecedes($1) }
        }.map(\.value)
    }

    /// The item of these key attributes' texts.
    subscript(_ key: [String]) -> AttributeMap? { self.items[key.map { Array($0.utf8) }] }

    /// The texts of the key attributes, as bytes; DynamoDB's limits are 2,048 and 1,024 bytes.
    func key(_ attributes: AttributeMap) throws -> [[UInt8]] {
        try self.keyNames.enumerated().map { index, name in
            guard let text = attributes[name]?.string, !text.isEmpty else {
                throw Failure.validation("the key attribute \(name) is missing, empty or no string")
            }
            guard text.utf8.count <= (index == 0 ? 2_048 : 1_024) else {
                throw Failure.validation("the key attribute \(name) is too long")
            }
            return Array(text.utf8)
        }
    }

    mutating func put(_ item: AttributeMap) throws {
        self.items[try self.key(item)] = item
    }

    mutating func remove(_ key: [String]) {
        self.items[key.map { Array($0.utf8) }] = nil
    }

    mutating func perform(_ input: PutItemInput) throws {
        let key = try self.key(input.item)
        try self.check(input.conditionExpression, input.attributes, key, input.returnsItemOnConditionCheckFailure)
        self.items[key] = try input.item.mapValues { try FakeDecimal.normalised($0) }
    }

    mutating func perform(_ input: UpdateItemInput) throws {
        let key = try self.key(input.key)
        try self.check(input.conditionExpression, input.attributes, key, input.returnsItemOnConditionCheckFailure)
        var item = self.items[key] ?? input.key
        try FakeUpdate(input.updateExpression, input.attributes).apply(to: &item)
        self.items[key] = try item.mapValues { try FakeDecimal.normalised($0) }
    }

    /// PartiQL's `UPDATE`, which makes no item and adds to no attribute that is missing.
    mutating func perform(_ change: UpdateItemsInput.Change) throws {
        let map = { (attributes: [ItemAttribute]) in
            Dictionary(uniqueKeysWithValues: attributes.map { ($0.name, $0.value) })
        }
        let key = try self.key(map(change.key))
        guard var item = self.items[key] else { throw Failure.conditionalCheckFailed(nil) }
        let isLess = change.less.allSatisfy { attribute in
            guard let bound = attribute.value.string, let text = item[attribute.name]?.string else { return false }
            return text.utf8.lexicographicallyPrecedes(bound.utf8)
        }
        guard isLess, change.equal.allSatisfy({ item[$0.name] == $0.value }) else {
            throw Failure.conditionalCheckFailed(item)
        }
        for attribute in change.adds {
            guard let number = attribute.value.number, let stored = item[attribute.name]?.number else {
                throw Failure.validation("An operand in the update expression has an incorrect data type")
            }
            item[attribute.name] = .n(try FakeDecimal.sum(stored, number))
        }
        item.merge(map(change.sets)) { $1 }
        self.items[key] = try item.mapValues { try FakeDecimal.normalised($0) }
    }

    private func check(
        _ expression: String?,
        _ attributes: ExpressionAttributes,
        _ key: [[UInt8]],
        _ returnsItem: Bool
    ) throws {
        guard let expression else { return }
        let item = self.items[key]
        guard try FakeExpression(expression, attributes).holds(for: item ?? [:]) else {
            throw Failure.conditionalCheckFailed(returnsItem ? item : nil)
        }
    }
}
