package import AWSClient
internal import Synchronization

/// DynamoDB as far as the functions use it, exact where they rely on it: conditions, `ADD` in decimals of 38 digits.
package final class InMemoryDynamoDB: DynamoDBOperations {
    private struct Tables {
        var tables: [String: FakeTable]
    }

    private let state: Mutex<Tables>
    private let faults: FaultInjector

    /// `keys` are the key attributes of each table: `["Analytics": ["PK", "SK"]]`.
    package init(keys: [String: [String]], faults: FaultInjector = FaultInjector()) {
        self.state = Mutex(Tables(tables: keys.mapValues { FakeTable(keyNames: $0) }))
        self.faults = faults
    }

    /// A table's items, sorted by their keys' texts.
    package func items(of table: String) -> [AttributeMap] {
        self.state.withLock { $0.tables[table]?.sortedItems ?? [] }
    }

    /// One item, by the texts of its key attributes in order.
    package func item(of table: String, _ key: String...) -> AttributeMap? {
        self.state.withLock { $0.tables[table]?[key] }
    }

    /// Puts an item there, whatever was.
    package func seed(_ table: String, _ item: AttributeMap) {
        self.state.withLock { state in try? state.tables[table]?.put(item) }
    }

    /// Removes the item with these texts of its key attributes, as somebody else would.
    package func remove(from table: String, _ key: String...) {
        self.state.withLock { $0.tables[table]?.remove(key) }
    }

    package func getItem(_ input: GetItemInput, until limit: CallLimit) async throws(AWSError) -> AttributeMap? {
        try await self.faults.perform("DynamoDB.GetItem", until: limit) { () throws(AWSError) in
            try self.access(input.tableName, "DynamoDB.GetItem") { table in
                // There are no old copies here: code that must not be answered with one would pass without the flag.
                guard input.consistentRead else {
                    throw FakeTable.Failure.validation("the fake answers consistent reads of one item alone")
                }
                return table.items[try table.key(input.key)]
            }
        }
    }

    package func putItem(_ input: PutItemInput, until limit: CallLimit) async throws(AWSError) {
        try await self.faults.perform("DynamoDB.PutItem", until: limit) { () throws(AWSError) in
            try self.access(input.tableName, "DynamoDB.PutItem") { table in try table.perform(input) }
        }
    }

    package func updateItem(_ input: UpdateItemInput, until limit: CallLimit) async throws(AWSError) {
        _ = try await self.updatedItem(input, until: limit)
    }

    /// Updates an item and gives it as it then is, which is the new image of the table's stream.
    func updatedItem(_ input: UpdateItemInput, until limit: CallLimit) async throws(AWSError) -> AttributeMap {
        try await self.faults.perform("DynamoDB.UpdateItem", until: limit) { () throws(AWSError) in
            try self.access(input.tableName, "DynamoDB.UpdateItem") { table in
                try table.perform(input)
                return table.items[try table.key(input.key)] ?? [:]
            }
        }
    }

    package func insertItems(_ input: InsertItemsInput, until limit: CallLimit) async -> [AWSError?] {
        precondition(
            (1...InsertItemsInput.maximumItems).contains(input.items.count),
            "a request has 1 to 25 statements, not \(input.items.count)"
        )
        do {
            return try await self.faults.perform("DynamoDB.BatchExecuteStatement", until: limit) {
                () throws(AWSError) in
                input.maps.map { self.insert($0, into: input.tableName) }
            }
        } catch {
            return input.items.map { _ in error }
        }
    }

    private func insert(_ item: AttributeMap, into tableName: String) -> AWSError? {
        let operation = "DynamoDB.BatchExecuteStatement"
        do throws(AWSError) {
            try self.access(tableName, operation) { table in
                let put = PutItemInput(
                    tableName: tableName,
                    item: item,
                    conditionExpression: "attribute_not_exists(\(table.keyNames[0]))"
                )
                try table.perform(put)
            }
            return nil
        } catch {
            guard error.code == .conditionalCheckFailed else { return error }
            let message = "Duplicate primary key exists in table"
            return AWSError(code: .duplicateItem, message: message, operation: operation)
        }
    }

    package func updateItems(_ input: UpdateItemsInput, until limit: CallLimit) async -> [AWSError?] {
        precondition(
            (1...UpdateItemsInput.maximumChanges).contains(input.changes.count),
            "a request has 1 to 25 statements, not \(input.changes.count)"
        )
        let applications = Applications()
        do {
            return try await self.faults.perform("DynamoDB.BatchExecuteStatement", until: limit) {
                () throws(AWSError) in
                // An earlier attempt of this call that took effect is one whose answer was lost.
                let isRepeated = applications.count.withLock { count in
                    count += 1
                    return count > 1
                }
                return input.changes.map { self.change($0, in: input.tableName, isRepeated: isRepeated) }
            }
        } catch {
            return input.changes.map { _ in error }
        }
    }

    private final class Applications: Sendable {
        let count = Mutex(0)
    }

    private func change(_ change: UpdateItemsInput.Change, in tableName: String, isRepeated: Bool) -> AWSError? {
        let operation = "DynamoDB.BatchExecuteStatement"
        do throws(AWSError) {
            try self.access(tableName, operation) { try $0.perform(change) }
            return nil
        } catch {
            return AWSError(
                code: error.code,
                message: error.message,
                operation: operation,
                mayHaveBeenApplied: isRepeated,
                item: error.item
            )
        }
    }

    package func batchGetItem(_ input: BatchGetItemInput, until limit: CallLimit) async throws(AWSError)
        -> [AttributeMap]
    {
        precondition(
            (1...BatchGetItemInput.maximumKeys).contains(input.keys.count),
            "a request has 1 to 100 keys"
        )
        return try await self.faults.perform("DynamoDB.BatchGetItem", until: limit) { () throws(AWSError) in
            try self.access(input.tableName, "DynamoDB.BatchGetItem") { table in
                let names = input.projectionExpression.split(separator: ",").map { name in
                    let name = String(name.trimmingPrefix { $0 == " " })
                    return input.names[name] ?? name
                }
                let keys = try input.keys.map { try table.key($0) }
                precondition(Set(keys).count == keys.count, "each key is asked for once")
                return keys.compactMap { key in
                    table.items[key]?.filter { names.contains($0.key) }
                }
            }
        }
    }

    private func access<Output>(
        _ name: String,
        _ operation: String,
        _ body: (inout FakeTable) throws -> Output
    ) throws(AWSError) -> Output {
        let result = self.state.withLock { state -> Result<Output, AWSError> in
            guard var table = state.tables[name] else {
                return .failure(FakeTable.Failure.noTable(name).error(operation))
            }
            do {
                let output = try body(&table)
                state.tables[name] = table
                return .success(output)
            } catch {
                return .failure(FakeTable.Failure(error).error(operation))
            }
        }
        return try result.get()
    }
}

extension InsertItemsInput {
    /// The items by their attributes' names.
    var maps: [AttributeMap] {
        self.items.map { AttributeMap(uniqueKeysWithValues: zip($0.names, $0.values)) }
    }
}
