package import AWSClient
internal import JSONText

/// DynamoDB as far as the pipeline uses it, exact where the pipeline relies on it: conditions, numbers of 38 digits,
/// limits, streams.
package struct SimulatedDynamoDB {
    private var tables: [String: DynamoDBTable] = [:]
    let cache: ExpressionCache
    /// For the statements of the next batch the codes that they are refused with, or nil.
    package var statementRefusals: [StatementRefusal?] = []
    /// For the keys of the next read without consistency, whether it shows what was there before.
    package var oldReads: [Bool] = []
    /// For the keys of the next batch that is read, whether they are left to another request.
    package var unprocessedKeys: [Bool] = []
    /// What is broken on purpose.
    package var weakness: Weakness?

    package init(tables: [DynamoDBTable], cache: ExpressionCache) {
        for table in tables { self.tables[table.name] = table }
        self.cache = cache
    }

    /// A table by its name, which must exist.
    package subscript(_ name: String) -> DynamoDBTable {
        guard let table = self.tables[name] else { preconditionFailure("the simulation asks for a table that it made") }
        return table
    }

    func hasTable(_ name: String) -> Bool { self.tables[name] != nil }

    /// Writes an item as somebody who asks for no condition.
    package mutating func put(_ table: String, _ item: AttributeMap, at now: Int64) throws {
        guard let key = try self.tables[table]?.key(item) else { throw Self.noTable(table) }
        self.tables[table]?.replace(key, with: item, at: now)
    }

    /// Carries out a request at `now`, in nanoseconds of the run.
    package mutating func perform(_ operation: String, _ body: [UInt8], at now: Int64) throws -> [UInt8] {
        switch operation {
        case "GetItem": return try self.getItem(body, at: now)
        case "PutItem", "UpdateItem", "DeleteItem": return try self.write(operation, body, at: now)
        case "BatchExecuteStatement": return try self.executeStatements(body, at: now)
        case "BatchGetItem": return try self.batchGetItem(body, at: now)
        default: throw ServiceError(400, "UnknownOperationException", operation)
        }
    }

    private func getItem(_ body: [UInt8], at now: Int64) throws -> [UInt8] {
        let (name, key, isConsistent) = try JSONReader.read(body) { reader in
            var name = ""
            var key: AttributeMap = [:]
            var isConsistent = false
            try reader.readObject { member, reader in
                switch member {
                case "TableName": name = try reader.readString()
                case "Key": key = try AttributeValue.readItem(&reader)
                case "ConsistentRead": isConsistent = try reader.readBool()
                default: try reader.skip()
                }
            }
            return (name, key, isConsistent)
        }
        guard let table = self.tables[name] else { throw Self.noTable(name) }
        guard key.count == table.keyNames.count else {
            throw ServiceError(400, "ValidationException", "The provided key element does not match the schema")
        }
        let itemKey = try table.key(key)
        let isBroken = self.weakness == .checkpointReads && name == "Checkpoints"
        let isOld = isBroken || (!isConsistent && self.oldReads.first == true)
        var writer = JSONWriter()
        writer.object { writer in
            guard let item = isOld ? table.formerItem(itemKey, at: now) : table.item(itemKey) else { return }
            writer.item("Item", item)
        }
        return writer.bytes
    }

    private mutating func write(_ operation: String, _ body: [UInt8], at now: Int64) throws -> [UInt8] {
        try self.write(try JSONReader.read(body) { try WriteRequest(operation, &$0) }, at: now)
        return Array("{}".utf8)
    }

    mutating func write(_ write: WriteRequest, at now: Int64) throws {
        do {
            try self.perform(write, at: now)
        } catch let failure as ConditionFailed {
            throw ServiceError(
                400,
                "ConditionalCheckFailedException",
                "The conditional request failed",
                members: Self.itemMember(failure.item)
            )
        }
    }

    /// Carries out a write; throws `ConditionFailed` where its condition does not hold.
    mutating func perform(_ write: WriteRequest, at now: Int64) throws {
        guard let table = self.tables[write.table] else { throw Self.noTable(write.table) }
        let key = try table.key(write.key)
        do {
            let item = try table.result(of: write, key, self.cache, self.weakness)
            table.replace(key, with: item, at: now)
        } catch let failure as Decimal38.Failure {
            throw Self.invalidNumber(failure)
        }
    }

    private static func itemMember(_ item: AttributeMap?) -> [UInt8] {
        guard let item else { return [] }
        var writer = JSONWriter()
        AttributeValue.write(item, to: &writer)
        return Array("\"Item\":".utf8) + writer.bytes
    }

    /// Throws where a value holds a number that cannot be stored.
    static func checkNumbers(_ values: AttributeMap) throws {
        do {
            for value in values.values { try value.checkNumbers() }
        } catch {
            throw self.invalidNumber(error)
        }
    }

    private static func invalidNumber(_ failure: Decimal38.Failure) -> ServiceError {
        let message =
            switch failure {
            case .notANumber: "The parameter cannot be converted to a numeric value"
            case .tooManyDigits: "Attempting to store more than 38 significant digits in a Number"
            case .outOfRange: "Number overflow. Attempting to store a number with magnitude larger than supported range"
            }
        return ServiceError(400, "ValidationException", message)
    }

    static func noTable(_ name: String) -> ServiceError {
        ServiceError(400, "ResourceNotFoundException", "Requested resource not found: \(name)")
    }
}
