internal import JSONText

extension DynamoDBClient {
    /// Puts each item that is not there yet, and gives for each the error that it was refused with, or nil.
    ///
    /// `.duplicateItem` says that an item is there: that of an attempt of this very call whose answer was lost, perhaps.
    package func insertItems(_ input: InsertItemsInput, until limit: CallLimit) async -> [AWSError?] {
        // Items of one kind have the same attributes, and so the same statement.
        var (names, statement): ([String], String) = ([], "")
        return await self.execute(input.items.count, until: limit) { place, writer in
            let attributes = input.items[place].sorted { $0.key < $1.key }
            if !attributes.lazy.map(\.key).elementsEqual(names) {
                names = attributes.map(\.key)
                statement = InsertItemsInput.statement(tableName: input.tableName, names: names)
            }
            writer.member("Statement", statement)
            writer.key("Parameters")
            writer.array { writer in for (_, value) in attributes { value.write(to: &writer) } }
        }
    }
}

/// New items of one table, each put only if no item has its key.
package struct InsertItemsInput: Sendable, Equatable {
    /// How many items a request has at most; together they have at most 16 MB.
    package static let maximumItems = StatementBatch.maximumStatements

    /// The table.
    package var tableName: String
    /// The items, of which the outcomes have the order; each has a key of its own.
    package var items: [AttributeMap]

    /// A request to put the items.
    package init(tableName: String, items: [AttributeMap]) {
        self.tableName = tableName
        self.items = items
    }

    /// `INSERT INTO "Orders" VALUE {'orderId':?,'status':?}`, quotation marks in names doubled as PartiQL wants them.
    fileprivate static func statement(tableName: String, names: [String]) -> String {
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
}
