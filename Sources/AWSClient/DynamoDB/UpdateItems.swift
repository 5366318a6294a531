internal import JSONText

extension DynamoDBClient {
    /// Changes items that are there, and gives for each the error that it was refused with, or nil.
    package func updateItems(_ input: UpdateItemsInput, until limit: CallLimit) async -> [AWSError?] {
        // Items of one kind have the same attributes, and so the same statement.
        var (shape, statement): (UpdateItemsInput.Shape?, String) = (nil, "")
        return await self.execute(input.changes.count, until: limit) { place, writer in
            let change = input.changes[place]
            if shape != change.shape {
                shape = change.shape
                statement = change.shape.statement(tableName: input.tableName)
            }
            writer.member("Statement", statement)
            writer.key("Parameters")
            writer.array { writer in change.parameters.forEach { $0.write(to: &writer) } }
            writer.oldItemOnFailure(true)
        }
    }
}

/// Changes of items of one table, each for itself.
package struct UpdateItemsInput: Sendable, Equatable {
    /// How many changes a request has at most.
    package static let maximumChanges = StatementBatch.maximumStatements

    /// A change of one item, which must be there and have all that is added to or compared.
    ///
    /// PartiQL's `UPDATE` makes no item, and adds to no attribute that is missing.
    package struct Change: Sendable, Equatable {
        /// The attributes of the item's key.
        package var key: [ItemAttribute]
        /// Numbers that are added to numbers of the item.
        package var adds: [ItemAttribute]
        /// Attributes that get a value.
        package var sets: [ItemAttribute]
        /// Attributes that must have this value.
        package var equal: [ItemAttribute]
        /// Attributes that must be less than this value.
        package var less: [ItemAttribute]

        /// A change of the item with that key.
        package init(
            key: [ItemAttribute],
            adds: [ItemAttribute],
            sets: [ItemAttribute],
            equal: [ItemAttribute] = [],
            less: [ItemAttribute] = []
        ) {
            self.key = key
            self.adds = adds
            self.sets = sets
            self.equal = equal
            self.less = less
        }
    }

    /// The table.
    package var tableName: String
    /// The changes, of which the outcomes have the order; each is of another item.
    package var changes: [Change]

    /// A request to change the items.
    package init(tableName: String, changes: [Change]) {
        self.tableName = tableName
        self.changes = changes
    }

    /// What a statement's text depends on.
    fileprivate struct Shape: Equatable {
        let adds: [String]
        let sets: [String]
        let equal: [String]
        let less: [String]

        /// `UPDATE "T" SET "n"="n"+? SET "at"=? WHERE "PK"=? AND "at"<?`.
        func statement(tableName: String) -> String {
            var text = "UPDATE " + Self.quoted(tableName)
            for name in self.adds.map(Self.quoted) { text += " SET " + name + "=" + name + "+?" }
            for name in self.sets { text += " SET " + Self.quoted(name) + "=?" }
            for (place, name) in self.equal.enumerated() {
                text += (place == 0 ? " WHERE " : " AND ") + Self.quoted(name) + "=?"
            }
            for name in self.less { text += " AND " + Self.quoted(name) + "<?" }
            return text
        }

        /// A name in quotation marks, those in it doubled as PartiQL wants them.
        private static func quoted(_ name: String) -> String {
            var text = "\""
            for scalar in name.unicodeScalars {
                text.unicodeScalars.append(scalar)
                if scalar == "\"" { text.unicodeScalars.append(scalar) }
            }
            return text + "\""
        }
    }
}

extension UpdateItemsInput.Change {
    fileprivate var shape: UpdateItemsInput.Shape {
        UpdateItemsInput.Shape(
            adds: self.adds.map(\.name),
            sets: self.sets.map(\.name),
            equal: (self.key + self.equal).map(\.name),
            less: self.less.map(\.name)
        )
    }

    /// The values in the order of the statement's question marks.
    fileprivate var parameters: [AttributeValue] {
        (self.adds + self.sets + self.key + self.equal + self.less).map(\.value)
    }
}
