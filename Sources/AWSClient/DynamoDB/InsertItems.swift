internal import JSONText

extension DynamoDBClient {
    /// Puts each item that is not there yet, and gives for each the error that it was refused with, or nil.
    ///
    /// One `BatchExecuteStatement`, whose statements succeed and fail one by one; those that fail for a passing reason are
    /// sent again. `.duplicateItem` says that an item is there: that of an attempt of this very call whose answer was
    /// lost, perhaps.
    package func insertItems(_ input: InsertItemsInput, until limit: CallLimit) async -> [AWSError?] {
        var outcomes: [AWSError?] = Array(repeating: nil, count: input.items.count)
        var pending = Array(input.items.indices)
        var attempts = self.session.attempts(of: InsertItemsInput.operation, until: limit)
        while !pending.isEmpty {
            do {
                let answers = try await self.session.call(
                    .dynamoDB,
                    "BatchExecuteStatement",
                    until: limit,
                    write: { input.writeStatements(pending, to: &$0) },
                    read: { try InsertItemsInput.readOutcomes(&$0, count: pending.count) }
                )
                for (place, answer) in zip(pending, answers) { outcomes[place] = answer }
                pending = pending.filter { outcomes[$0]?.isRetryable == true }
                guard let error = pending.lazy.compactMap({ outcomes[$0] }).first else { break }
                try await attempts.wait(after: AttemptFailure(error))
            } catch {
                for place in pending { outcomes[place] = error }
                break
            }
        }
        return outcomes
    }
}

/// New items of one table, each put only if no item has its key.
package struct InsertItemsInput: Sendable, Equatable {
    /// How many items a request has at most; together they have at most 16 MB.
    package static let maximumItems = 25
    static let operation = "DynamoDB.BatchExecuteStatement"

    /// The table.
    package var tableName: String
    /// The items, of which the outcomes have the order; each has a key of its own.
    package var items: [AttributeMap]

    /// A request to put the items.
    package init(tableName: String, items: [AttributeMap]) {
        self.tableName = tableName
        self.items = items
    }

    /// Writes the members of a request for the items at these places.
    fileprivate func writeStatements(_ places: [Int], to writer: inout JSONWriter) {
        // Items of one kind have the same attributes, and so the same statement.
        var (names, statement): ([String], String) = ([], "")
        writer.key("Statements")
        writer.array { writer in
            for place in places {
                let attributes = self.items[place].sorted { $0.key < $1.key }
                if !attributes.lazy.map(\.key).elementsEqual(names) {
                    names = attributes.map(\.key)
                    statement = Self.statement(tableName: self.tableName, names: names)
                }
                writer.object { writer in
                    writer.member("Statement", statement)
                    writer.key("Parameters")
                    writer.array { writer in for (_, value) in attributes { value.write(to: &writer) } }
                }
            }
        }
    }

    /// `INSERT INTO "Orders" VALUE {'orderId':?,'status':?}`, quotation marks in names doubled as PartiQL wants them.
    private static func statement(tableName: String, names: [String]) -> String {
        var text = "INSERT INTO \"" + tableName + "\" VALUE {"
        for (place, name) in names.enumerated() {
            text += place == 0 ? "'" : ",'"
            for scalar in name.unicodeScalars {
                text.unicodeScalars.append(scalar)
                if scalar == "'" { text.unicodeScalars.append(scalar) }
            }
            text += "':?"
        }
        return text + "}"
    }

    /// Reads what became of each statement; one that the answer says nothing of may have happened.
    fileprivate static func readOutcomes(_ reader: inout JSONReader, count: Int) throws -> [AWSError?] {
        var outcomes: [AWSError?] = []
        _ = try reader.readRequiredMember("Responses") { reader in
            try reader.readArray { _, reader in
                outcomes.append(try reader.readMember("Error") { try Self.readError(&$0) } ?? nil)
            }
        }
        guard outcomes.count == count else {
            throw reader.error(.invalidValue, "an answer to \(count) statements has \(outcomes.count)")
        }
        return outcomes
    }

    private static func readError(_ reader: inout JSONReader) throws -> AWSError? {
        if try reader.readNull() { return nil }
        var (code, message) = ("", "")
        var item: AttributeMap?
        try reader.readObject { name, reader in
            switch name {
            case "Code": code = try reader.readString()
            case "Message": message = try reader.readOptionalString() ?? ""
            case "Item": item = try AttributeValue.readItem(&reader)
            default: try reader.skip()
            }
        }
        return AWSError(
            code: Self.codes[code] ?? AWSError.Code(rawValue: code),
            message: message,
            operation: Self.operation,
            mayHaveBeenApplied: code == "InternalServerError",
            item: item
        )
    }

    /// The codes of statements that differ from the names of the errors that they are ("BatchStatementError").
    private static let codes: [String: AWSError.Code] = [
        "ConditionalCheckFailed": .conditionalCheckFailed, "ValidationError": .validation,
        "ItemCollectionSizeLimitExceeded": .itemCollectionSizeLimitExceeded, "ResourceNotFound": .resourceNotFound,
        "AccessDenied": .accessDenied, "TransactionConflict": .transactionConflict,
    ]
}
