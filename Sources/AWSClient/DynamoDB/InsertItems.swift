internal import JSONText

extension DynamoDBClient {
    /// Puts each item that is not there yet, and gives for each the error that it was refused with, or nil.
    ///
    /// `.duplicateItem` says that an item is there: that of an attempt of this very call whose answer was lost, perhaps.
    package func insertItems(_ input: InsertItemsInput, until limit: CallLimit) async -> [AWSError?] {
        // Items of one kind have the same attributes in the same order, and so the same statement, which is quoted once.
        var (last, statement): ([ItemAttribute], [UInt8]) = ([], [])
        return await self.execute(input.items.count, until: limit) { place, writer in
            let attributes = input.items[place]
            if statement.isEmpty || !attributes.haveNames(of: last) {
                let text = InsertItemsInput.statement(tableName: input.tableName, names: attributes.map(\.name))
                statement = JSONWriter.quoted(text)
                last = attributes
            }
            writer.key("Statement")
            writer.raw(statement)
            writer.key("Parameters")
            writer.array { writer in for attribute in attributes { attribute.value.write(to: &writer) } }
        }
    }
}

/// New items of one table, each put only if no item has its key.
package struct InsertItemsInput: Sendable, Equatable {
    /// How many items a request has at most; together they have at most 16 MB.
    package static let maximumItems = StatementBatch.maximumStatements

    /// The table.
    package var tableName: String
    /// The items, of which the outcomes have the order; each has a key of its own, and no attribute twice.
    package var items: [[ItemAttribute]]

    /// A request to put the items; those whose attributes have the same order share their statement's text.
    package init(tableName: String, items: [[ItemAttribute]]) {
        self.tableName = tableName
        self.items = items
    }

    /// A request to put the items, their attributes sorted by name.
    package init(tableName: String, items: [AttributeMap]) {
        self.init(
            tableName: tableName,
            items: items.map { $0.sorted { $0.key < $1.key }.map { ItemAttribute($0.key, $0.value) } }
        )
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
