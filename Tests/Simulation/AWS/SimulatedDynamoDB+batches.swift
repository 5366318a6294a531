internal import AWSClient
internal import JSONText

// Requests of many items, each of which is read or written for itself.

extension SimulatedDynamoDB {
    private static let greatestBatch = (statements: 25, keys: 100)

    /// Carries out statements of PartiQL one after the other; each has an outcome of its own.
    mutating func executeStatements(_ body: [UInt8], at now: Int64) throws -> [UInt8] {
        let statements = try JSONReader.read(body) { reader in
            try reader.readRequiredMember("Statements") { try Statement.readAll(&$0, self.cache) }
        }
        guard (1...Self.greatestBatch.statements).contains(statements.count) else {
            throw ServiceError(400, "ValidationException", "Member must have length less than or equal to 25")
        }
        let refusals = self.statementRefusals
        self.statementRefusals = []
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("Responses")
            writer.array { writer in
                for (place, statement) in statements.enumerated() {
                    let refusal = place < refusals.count ? refusals[place] : nil
                    let outcome = refusal?.isApplied ?? true ? self.execute(statement, at: now) : nil
                    let error = refusal.map { StatementError($0.code, "Not now.") } ?? outcome
                    writer.object { writer in
                        writer.member("TableName", statement.table)
                        guard let error else { return }
                        writer.key("Error")
                        writer.object { writer in
                            writer.member("Code", error.code)
                            writer.member("Message", error.message)
                            if let item = error.item { writer.item("Item", item) }
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private struct StatementError {
        let code: String
        let message: String
        var item: AttributeMap?

        init(_ code: String, _ message: String, item: AttributeMap? = nil) {
            (self.code, self.message, self.item) = (code, message, item)
        }
    }

    private mutating func execute(_ statement: Statement, at now: Int64) -> StatementError? {
        do {
            guard self.hasTable(statement.table) else { throw Self.noTable(statement.table) }
            let keyNames = self[statement.table].keyNames
            switch statement.form.kind {
            case .insert: try self.write(statement.insertion(keyNames: keyNames), at: now)
            case .update:
                let write = try statement.update(keyNames: keyNames)
                do {
                    try self.perform(write, at: now)
                } catch let failure as ConditionFailed {
                    let message = "The conditional request failed"
                    return StatementError("ConditionalCheckFailed", message, item: failure.item)
                }
            }
            return nil
        } catch let error as ServiceError {
            switch error.code {
            case "ConditionalCheckFailedException":
                return StatementError("DuplicateItem", "Duplicate primary key exists in table")
            case "ValidationException": return StatementError("ValidationError", error.message)
            default:
                let code = error.code.hasSuffix("Exception") ? String(error.code.dropLast(9)) : error.code
                return StatementError(code, error.message)
            }
        } catch {
            return StatementError("InternalServerError", "\(error)")
        }
    }

    private func isUnprocessed(_ place: Int) -> Bool {
        place < self.unprocessedKeys.count && self.unprocessedKeys[place]
    }

    /// The places of keys in the order in which their items are answered.
    ///
    /// DynamoDB promises none ("BatchGetItem"): here it is that of a hash of the keys (FNV-1a), the same in every run.
    private static func answerOrder(_ keys: [String]) -> [Int] {
        let hashes = keys.map { key in
            key.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }
        return keys.indices.sorted { (hashes[$0], $0) < (hashes[$1], $1) }
    }

    /// Reads items by their keys, whole or by a projection of top-level attributes.
    func batchGetItem(_ body: [UInt8], at now: Int64) throws -> [UInt8] {
        var name = ""
        var keys: [AttributeMap] = []
        var names: [String: String] = [:]
        var projection = ""
        var isConsistent = false
        try JSONReader.read(body) { reader in
            _ = try reader.readRequiredMember("RequestItems") { reader in
                try reader.readObject { table, reader in
                    name = table.string
                    try reader.readObject { member, reader in
                        switch member {
                        case "Keys":
                            try reader.readArray { _, reader in keys.append(try AttributeValue.readItem(&reader)) }
                        case "ExpressionAttributeNames": names = try reader.readStrings()
                        case "ConsistentRead": isConsistent = try reader.readBool()
                        case "ProjectionExpression": projection = try reader.readString()
                        default: try reader.skip()
                        }
                    }
                }
            }
        }
        guard self.hasTable(name) else { throw Self.noTable(name) }
        guard (1...Self.greatestBatch.keys).contains(keys.count), Set(keys).count == keys.count else {
            throw ServiceError(
                400,
                "ValidationException",
                "Provided list of item keys contains duplicates or is too long"
            )
        }
        let attributes = projection.utf8.split(separator: UInt8(ascii: ",")).map { part in
            let placeholder = String(Substring(part.drop { $0 == UInt8(ascii: " ") }))
            return names[placeholder] ?? placeholder
        }
        let table = self[name]
        let itemKeys = try keys.map { try table.key($0) }
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("Responses")
            writer.object { writer in
                writer.key(name)
                writer.array { writer in
                    for place in Self.answerOrder(itemKeys) where !self.isUnprocessed(place) {
                        let key = itemKeys[place]
                        let isOld = !isConsistent && place < self.oldReads.count && self.oldReads[place]
                        guard let item = isOld ? table.formerItem(key, at: now) : table.item(key) else { continue }
                        if self.weakness == .deadLetterMarkers, key.hasSuffix("\u{0}LETTER") { continue }
                        if self.weakness == .formerOwners, isConsistent, name == "Analytics", !key.hasPrefix("EVENT#") {
                            continue
                        }
                        let shown = attributes.isEmpty ? item : item.filter { attributes.contains($0.key) }
                        AttributeValue.write(shown, to: &writer)
                    }
                }
            }
            let rest = keys.indices.filter(self.isUnprocessed).map { keys[$0] }
            writer.key("UnprocessedKeys")
            writer.object { writer in
                if rest.isEmpty { return }
                writer.key(name)
                writer.object { writer in
                    writer.key("Keys")
                    writer.array { writer in
                        for key in rest { AttributeValue.write(key, to: &writer) }
                    }
                }
            }
        }
        return writer.bytes
    }
}

/// What one statement of a batch is answered instead of its outcome.
package struct StatementRefusal: Sendable {
    let code: String
    /// Whether it was carried out all the same.
    let isApplied: Bool

    /// A refusal with a code of "BatchStatementError".
    package init(_ code: String, isApplied: Bool = false) {
        self.code = code
        self.isApplied = isApplied
    }
}
