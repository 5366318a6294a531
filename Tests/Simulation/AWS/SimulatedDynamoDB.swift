package import AWSClient
internal import JSONText

/// DynamoDB as far as the pipeline uses it, exact where the pipeline relies on it: conditions, numbers of 38 digits,
/// transactions that happen all or not at all and hold their items while they do, tokens, limits, streams.
package struct SimulatedDynamoDB {
    private var tables: [String: DynamoDBTable] = [:]
    private var tokens: [String: Token] = [:]
    let cache: ExpressionCache
    /// For the statements of the next batch the codes that they are refused with, or nil.
    package var statementRefusals: [String?] = []
    /// What is broken on purpose.
    package var weakness: Weakness?

    /// A transaction's token, which makes a repetition of the same request do nothing for ten minutes.
    private struct Token {
        let body: [UInt8]
        /// Until then the transaction is under way, in nanoseconds of the run.
        let busyUntil: Int64
        let expires: Int64
    }

    /// For how long a token is known after its transaction, in nanoseconds: 10 minutes.
    private static let tokenLifetime: Int64 = 600_000_000_000
    private static let greatestTransaction = (actions: 100, bytes: 4 * 1_024 * 1_024)

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

    /// The keys of a table's items that were written since this was last asked.
    package mutating func takeChangedKeys(_ table: String) -> [String] {
        guard let keys = self.tables[table]?.changedKeys, !keys.isEmpty else { return [] }
        self.tables[table]?.forgetChangedKeys()
        return keys
    }

    /// Writes an item as somebody who asks for no condition.
    package mutating func put(_ table: String, _ item: AttributeMap, at now: Int64) throws {
        guard let key = try self.tables[table]?.key(item) else { throw Self.noTable(table) }
        self.tables[table]?.replace(key, with: item, at: now)
    }

    /// Carries out a request at `now`, in nanoseconds of the run; a transaction then holds its items for `hold` of them.
    package mutating func perform(_ operation: String, _ body: [UInt8], at now: Int64, hold: Int64) throws -> [UInt8] {
        switch operation {
        case "GetItem": return try self.getItem(body)
        case "PutItem", "UpdateItem", "DeleteItem": return try self.write(operation, body, at: now)
        case "TransactWriteItems": return try self.transact(body, at: now, hold: hold)
        case "BatchExecuteStatement": return try self.executeStatements(body, at: now)
        case "BatchGetItem": return try self.batchGetItem(body)
        default: throw ServiceError(400, "UnknownOperationException", operation)
        }
    }

    private func getItem(_ body: [UInt8]) throws -> [UInt8] {
        let (name, key) = try JSONReader.read(body) { reader in
            var name = ""
            var key: AttributeMap = [:]
            try reader.readObject { member, reader in
                switch member {
                case "TableName": name = try reader.readString()
                case "Key": key = try AttributeValue.readItem(&reader)
                default: try reader.skip()
                }
            }
            return (name, key)
        }
        guard let table = self.tables[name] else { throw Self.noTable(name) }
        guard key.count == table.keyNames.count else {
            throw ServiceError(400, "ValidationException", "The provided key element does not match the schema")
        }
        var writer = JSONWriter()
        writer.object { writer in
            guard let key = try? table.key(key), let item = table.item(key) else { return }
            if self.weakness == .aggregatorCheckpoints, item["attempts"] == nil,
                key.hasPrefix("AnalyticsAggregator#")
            {
                return
            }
            writer.item("Item", item)
        }
        _ = try table.key(key)
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
        if table.isHeld(key, at: now) {
            throw ServiceError(400, "TransactionConflictException", "Transaction is ongoing for the item")
        }
        do {
            let item = try table.result(of: write, key, self.cache, self.weakness)
            table.replace(key, with: item, at: now)
        } catch let failure as Decimal38.Failure {
            throw Self.invalidNumber(failure)
        }
    }

    private mutating func transact(_ body: [UInt8], at now: Int64, hold: Int64) throws -> [UInt8] {
        let request = try JSONReader.read(body) { try TransactionRequest(&$0) }
        if let token = request.token, let known = self.tokens[token], now < known.expires {
            guard known.body == body else {
                throw ServiceError(
                    400,
                    "IdempotentParameterMismatchException",
                    "The request uses the same client token as a previous, but non-identical request."
                )
            }
            if now < known.busyUntil {
                throw ServiceError(400, "TransactionInProgressException", "The transaction is already in progress.")
            }
            return Array("{}".utf8)
        }
        let results = try self.results(of: request.writes, at: now)
        for result in results {
            if case .some(let change) = result.change {
                self.tables[result.table]?.replace(result.key, with: change, at: now)
            }
            self.tables[result.table]?.hold(result.key, until: now + hold)
        }
        if let token = request.token {
            self.tokens[token] = Token(body: body, busyUntil: now + hold, expires: now + Self.tokenLifetime)
        }
        return Array("{}".utf8)
    }

    private struct WriteResult {
        let table: String
        let key: String
        /// Nil where the item is only checked.
        let change: AttributeMap??
    }

    /// What the writes of a transaction come to, if all of them can happen.
    private func results(of writes: [WriteRequest], at now: Int64) throws -> [WriteResult] {
        guard (1...Self.greatestTransaction.actions).contains(writes.count) else {
            throw ServiceError(
                400,
                "ValidationException",
                "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100"
            )
        }
        var results: [WriteResult] = []
        var reasons: [Reason] = []
        var touched: Set<String> = []
        var size = 0
        for write in writes {
            guard let table = self.tables[write.table] else { throw Self.noTable(write.table) }
            let key = try table.key(write.key)
            guard touched.insert(write.table + "\u{0}" + key).inserted else {
                throw ServiceError(
                    400,
                    "ValidationException",
                    "Transaction request cannot include multiple operations on one item"
                )
            }
            if table.isHeld(key, at: now) {
                reasons.append(Reason("TransactionConflict", "Transaction is ongoing for the item"))
                continue
            }
            do {
                let item = try table.result(of: write, key, self.cache, self.weakness)
                size += item?.itemSize ?? 0
                let isCheck = if case .conditionCheck = write.kind { true } else { false }
                results.append(WriteResult(table: write.table, key: key, change: isCheck ? nil : .some(item)))
                reasons.append(Reason("None"))
            } catch let failure as ConditionFailed {
                reasons.append(Reason("ConditionalCheckFailed", "The conditional request failed", item: failure.item))
            } catch let failure as Decimal38.Failure {
                reasons.append(Reason("ValidationError", Self.invalidNumber(failure).message))
            } catch let error as ServiceError where error.code == "ValidationException" {
                reasons.append(Reason("ValidationError", error.message))
            }
        }
        if reasons.contains(where: { $0.code != "None" }) { throw Self.cancelled(reasons) }
        guard size <= Self.greatestTransaction.bytes else {
            throw ServiceError(400, "ValidationException", "Transaction request size exceeded the 4 MB limit")
        }
        return results
    }
}

extension SimulatedDynamoDB {
    /// Why one action kept its transaction from happening, or that it did not.
    package struct Reason: Sendable {
        let code: String
        let message: String?
        let item: AttributeMap?

        package init(_ code: String, _ message: String? = nil, item: AttributeMap? = nil) {
            self.code = code
            self.message = message
            self.item = item
        }
    }

    /// The refusal of a transaction, with a reason for each action.
    package static func cancelled(_ reasons: [Reason]) -> ServiceError {
        var writer = JSONWriter()
        writer.array { writer in
            for reason in reasons {
                writer.object { writer in
                    writer.member("Code", reason.code)
                    if let message = reason.message { writer.member("Message", message) }
                    if let item = reason.item { writer.item("Item", item) }
                }
            }
        }
        return ServiceError(
            400,
            "TransactionCanceledException",
            "Transaction cancelled, please refer cancellation reasons for specific reasons ["
                + reasons.map(\.code).joined(separator: ", ") + "]",
            members: Array("\"CancellationReasons\":".utf8) + writer.bytes
        )
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
            for value in values.values { _ = try value.normalised() }
        } catch let failure as Decimal38.Failure {
            throw self.invalidNumber(failure)
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
