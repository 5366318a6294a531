internal import JSONText

extension DynamoDBClient {
    /// Puts each item that is not there yet, and gives for each the error that it was refused with, or nil.
    ///
    /// `.duplicateItem` says that an item is there: that of an attempt of this very call whose answer was lost, perhaps.
    package func insertItems(_ input: InsertItemsInput, until limit: CallLimit) async -> [AWSError?] {
        // Items of one kind have the same attributes in the same order, and so the same statement, which is quoted once.
        var (names, statement): ([String], [UInt8]) = ([], [])
        return await self.execute(input.items.count, until: limit) { place, writer in
            let item = input.items[place]
            if statement.isEmpty || item.names != names {
                names = item.names
                statement = StatementBatch.head(InsertItemsInput.statement(tableName: input.tableName, names: names))
            }
            writer.prefix(statement)
            writer.array { writer in for value in item.values { value.write(to: &writer) } }
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
    package var items: [ItemAttributes]

    /// A request to put the items; those whose attributes have the same order share their statement's text.
    package init(tableName: String, items: [ItemAttributes]) {
        self.tableName = tableName
        self.items = items
    }

    /// A request to put the items, their attributes sorted by name.
    package init(tableName: String, items: [AttributeMap]) {
        self.init(
            tableName: tableName,
            items: items.map { item in
                ItemAttributes(item.sorted { $0.key < $1.key }.map { ItemAttribute($0.key, $0.value) })
            }
        )
    }

    /// `INSERT INTO "Orders" VALUE {'orderId':?,'status':?}`, quotation marks in names doubled as PartiQL wants them.
    fileprivate static func statement(tableName: String, names: [String]) -> [UInt8] {
        var text = Array("INSERT INTO \"".utf8)
        text += tableName.utf8
        text += "\" VALUE {".utf8
        for (place, name) in names.enumerated() {
            text += (place == 0 ? "'" : ",'").utf8
            StatementBatch.append(name, doubling: UInt8(ascii: "'"), to: &text)
            text += "':?".utf8
        }
        text.append(UInt8(ascii: "}"))
        return text
    }
}
