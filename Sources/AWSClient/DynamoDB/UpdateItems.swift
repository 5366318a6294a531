internal import JSONText

extension DynamoDBClient {
    /// Changes items that are there, and gives for each the error that it was refused with, or nil.
    package func updateItems(_ input: UpdateItemsInput, until limit: CallLimit) async -> [AWSError?] {
        // Items of one kind have the same attributes, and so the same statement, which is quoted once.
        var (last, statement): (UpdateItemsInput.Change?, [UInt8]) = (nil, [])
        return await self.execute(input.changes.count, until: limit) { place, writer in
            let change = input.changes[place]
            if last.map({ !change.hasNames(of: $0) }) ?? true {
                statement = JSONWriter.quoted(change.statement(tableName: input.tableName))
                last = change
            }
            writer.key("Statement")
            writer.raw(statement)
            writer.key("Parameters")
            writer.array { change.writeParameters(to: &$0) }
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
}

extension UpdateItemsInput.Change {
    /// Whether the statement is the other change's.
    fileprivate func hasNames(of other: Self) -> Bool {
        self.key.haveNames(of: other.key) && self.adds.haveNames(of: other.adds) && self.sets.haveNames(of: other.sets)
            && self.equal.haveNames(of: other.equal) && self.less.haveNames(of: other.less)
    }

    /// `UPDATE "T" SET "n"="n"+? SET "at"=? WHERE "PK"=? AND "at"<?`.
    fileprivate func statement(tableName: String) -> String {
        var text = "UPDATE " + Self.quoted(tableName)
        for name in self.adds.map({ Self.quoted($0.name) }) { text += " SET " + name + "=" + name + "+?" }
        for attribute in self.sets { text += " SET " + Self.quoted(attribute.name) + "=?" }
        for (place, attribute) in (self.key + self.equal).enumerated() {
            text += (place == 0 ? " WHERE " : " AND ") + Self.quoted(attribute.name) + "=?"
        }
        for attribute in self.less { text += " AND " + Self.quoted(attribute.name) + "<?" }
        return text
    }

    /// Writes the values in the order of the statement's question marks.
    fileprivate func writeParameters(to writer: inout JSONWriter) {
        for attributes in [self.adds, self.sets, self.key, self.equal, self.less] {
            for attribute in attributes { attribute.value.write(to: &writer) }
        }
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
