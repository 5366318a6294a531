internal import AWSClient
internal import JSONText

// Requests of many items, each of which is read or written for itself.

extension SimulatedDynamoDB {
    private static let greatestBatch = (statements: 25, keys: 100)

    /// Carries out statements of PartiQL one after the other; each has an outcome of its own.
    mutating func executeStatements(_ body: [UInt8], at now: Int64) throws -> [UInt8] {
        let statements = try JSONReader.read(body) { reader in
            try reader.readRequiredMember("Statements") { try InsertStatement.readAll(&$0, self.cache) }
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
                    let error = refusal.map { ($0, "Not now.") } ?? self.execute(statement, at: now)
                    writer.object { writer in
                        writer.member("TableName", statement.table)
                        guard let error else { return }
                        writer.key("Error")
                        writer.object { writer in
                            writer.member("Code", error.code)
                            writer.member("Message", error.message)
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private mutating func execute(_ statement: InsertStatement, at now: Int64) -> (code: String, message: String)? {
        do {
            guard self.hasTable(statement.table) else { throw Self.noTable(statement.table) }
            let key = self[statement.table].keyNames[0]
            try self.write(WriteRequest(inserting: statement.item, into: statement.table, key: key), at: now)
            return nil
        } catch let error as ServiceError {
            switch error.code {
            case "ConditionalCheckFailedException": return ("DuplicateItem", "Duplicate primary key exists in table")
            case "ValidationException": return ("ValidationError", error.message)
            default:
                let code = error.code.hasSuffix("Exception") ? String(error.code.dropLast(9)) : error.code
                return (code, error.message)
            }
        } catch {
            return ("InternalServerError", "\(error)")
        }
    }

    /// Reads items by their keys, whole or by a projection of top-level attributes.
    func batchGetItem(_ body: [UInt8]) throws -> [UInt8] {
        var name = ""
        var keys: [AttributeMap] = []
        var names: [String: String] = [:]
        var projection = ""
        try JSONReader.read(body) { reader in
            _ = try reader.readRequiredMember("RequestItems") { reader in
                try reader.readObject { table, reader in
                    name = table.string
                    try reader.readObject { member, reader in
                        switch member {
                        case "Keys":
                            try reader.readArray { _, reader in keys.append(try AttributeValue.readItem(&reader)) }
                        case "ExpressionAttributeNames": names = try reader.readStrings()
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
        var writer = JSONWriter()
        try writer.object { writer in
            writer.key("Responses")
            try writer.object { writer in
                writer.key(name)
                try writer.array { writer in
                    for key in keys {
                        let key = try table.key(key)
                        guard let item = table.item(key) else { continue }
                        if self.weakness == .deadLetterMarkers, key.hasPrefix("EVENT#shardId-") { continue }
                        let shown = attributes.isEmpty ? item : item.filter { attributes.contains($0.key) }
                        AttributeValue.write(shown, to: &writer)
                    }
                }
            }
            writer.key("UnprocessedKeys")
            writer.object { _ in }
        }
        return writer.bytes
    }
}

/// `INSERT INTO "<table>" VALUE {'<name>':?,…}` with its parameters, the only statement that the pipeline makes.
struct InsertStatement {
    let table: String
    let item: AttributeMap

    /// A statement taken apart, its parameters apart from it.
    struct Form {
        let table: String
        /// The names of the attributes, in the parameters' order.
        let names: [String]
    }

    static func readAll(_ reader: inout JSONReader, _ cache: ExpressionCache) throws -> [InsertStatement] {
        var statements: [InsertStatement] = []
        try reader.readArray { _, reader in
            var text = ""
            var parameters: [AttributeValue] = []
            try reader.readObject { name, reader in
                switch name {
                case "Statement": text = try reader.readString()
                case "Parameters":
                    try reader.readArray { _, reader in parameters.append(try AttributeValue(from: &reader)) }
                default: try reader.skip()
                }
            }
            let form = try cache.statement(text)
            guard form.names.count == parameters.count else { throw Form.malformed(text) }
            let item = AttributeMap(zip(form.names, parameters)) { _, last in last }
            statements.append(InsertStatement(table: form.table, item: item))
        }
        return statements
    }

}

extension InsertStatement.Form {
    init(_ text: String) throws {
        let quoted = text.split(separator: "\"", omittingEmptySubsequences: false)
        guard quoted.count == 3, quoted[0] == "INSERT INTO ", quoted[2].hasPrefix(" VALUE {"), quoted[2].hasSuffix("}")
        else { throw Self.malformed(text) }
        self.table = String(quoted[1])
        var names: [String] = []
        var rest = quoted[2].dropFirst(" VALUE {".count)
        while rest != "}" {
            guard let end = rest.dropFirst().firstIndex(of: "'"), rest.first == "'", rest[end...].hasPrefix("':?")
            else {
                throw Self.malformed(text)
            }
            names.append(String(rest[rest.index(after: rest.startIndex)..<end]))
            rest = rest[end...].dropFirst(3).drop { $0 == "," }
        }
        self.names = names
    }

    static func malformed(_ text: String) -> ServiceError {
        ServiceError(400, "ValidationException", "Statement wasn't well formed, can't be processed: \(text)")
    }
}
