internal import JSONText

extension DynamoDBClient {
    /// Changes items that are there, and gives for each the error that it was refused with, or nil.
    package func updateItems(_ input: UpdateItemsInput, until limit: CallLimit) async -> [AWSError?] {
        // Changes of one form have the same statement, which is quoted once.
        var (form, statement): (UpdateItemsInput.Form?, [UInt8]) = (nil, [])
        return await self.execute(input.changes.count, until: limit) { place, writer in
            let change = input.changes[place]
            if change.form != form {
                form = change.form
                statement = StatementBatch.head(change.form.statement(tableName: input.tableName))
            }
            writer.prefix(statement)
            writer.array { writer in for value in change.values { value.write(to: &writer) } }
            writer.raw(UpdateItemsInput.wish)
        }
    }
}

/// Changes of items of one table, each for itself.
package struct UpdateItemsInput: Sendable, Equatable {
    /// How many changes a request has at most.
    package static let maximumChanges = StatementBatch.maximumStatements

    /// What a change does with which attributes, whatever their values: many changes share one.
    package struct Form: Sendable, Equatable {
        /// The names of the attributes, in the order of the statement's question marks: numbers that are added, attributes that
        /// get a value, those of the key, those that must have a value, and those that must be less than a value.
        fileprivate let names: [String]
        /// How many of the names are of each sort.
        fileprivate let counts: [Int]

        /// Of a change of the item with that `key`, which must be there and have all that is added to or compared.
        package init(key: [String], adds: [String], sets: [String], equal: [String] = [], less: [String] = []) {
            self.names = adds + sets + key + equal + less
            self.counts = [adds.count, sets.count, key.count, equal.count, less.count]
        }
    }

    /// A change of one item, which must be there and have all that is added to or compared.
    ///
    /// PartiQL's `UPDATE` makes no item, and adds to no attribute that is missing.
    package struct Change: Sendable, Equatable {
        /// What the change does.
        package let form: Form
        /// The values in the order of the statement's question marks: first what is added, then what is set, the key, what must
        /// be equal and what must be less.
        package let values: [AttributeValue]

        /// A change of that form; there is a value for each of its names.
        package init(_ form: Form, _ values: [AttributeValue]) {
            precondition(values.count == form.names.count, "a statement has as many parameters as question marks")
            self.form = form
            self.values = values
        }

        /// A change of the item with that key: numbers that are added to its numbers, attributes that get a value, those that
        /// must have this value, and those that must be less.
        package init(
            key: [ItemAttribute],
            adds: [ItemAttribute],
            sets: [ItemAttribute],
            equal: [ItemAttribute] = [],
            less: [ItemAttribute] = []
        ) {
            let form = Form(
                key: key.map(\.name),
                adds: adds.map(\.name),
                sets: sets.map(\.name),
                equal: equal.map(\.name),
                less: less.map(\.name)
            )
            self.init(form, (adds + sets + key + equal + less).map(\.value))
        }

        /// Numbers that are added to numbers of the item.
        package var adds: [ItemAttribute] { self.attributes(0) }
        /// Attributes that get a value.
        package var sets: [ItemAttribute] { self.attributes(1) }
        /// The attributes of the item's key.
        package var key: [ItemAttribute] { self.attributes(2) }
        /// Attributes that must have this value.
        package var equal: [ItemAttribute] { self.attributes(3) }
        /// Attributes that must be less than this value.
        package var less: [ItemAttribute] { self.attributes(4) }

        private func attributes(_ sort: Int) -> [ItemAttribute] {
            self.form.places(sort).map { ItemAttribute(self.form.names[$0], self.values[$0]) }
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

extension UpdateItemsInput {
    /// The member that wants a refusal to bring the item.
    fileprivate static let wish = Array("\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"".utf8)
}

extension UpdateItemsInput.Form {
    /// Where the names of a sort stand, by the sort's place in `counts`.
    fileprivate func places(_ sort: Int) -> Range<Int> {
        let start = self.counts[..<sort].reduce(0, +)
        return start..<start + self.counts[sort]
    }

    /// `UPDATE "T" SET "n"="n"+? SET "at"=? WHERE "PK"=? AND "at"<?`.
    fileprivate func statement(tableName: String) -> [UInt8] {
        var text = Array("UPDATE ".utf8)
        Self.appendQuoted(tableName, to: &text)
        for place in self.places(0) {
            self.append(" SET ", place, "=", to: &text)
            self.append("", place, "+?", to: &text)
        }
        for place in self.places(1) { self.append(" SET ", place, "=?", to: &text) }
        for place in self.places(2) {
            self.append(place == self.places(2).lowerBound ? " WHERE " : " AND ", place, "=?", to: &text)
        }
        for place in self.places(3) { self.append(" AND ", place, "=?", to: &text) }
        for place in self.places(4) { self.append(" AND ", place, "<?", to: &text) }
        return text
    }

    /// Appends the name at a place, in quotation marks and with what stands before and behind it.
    private func append(_ before: String, _ place: Int, _ behind: String, to text: inout [UInt8]) {
        text += before.utf8
        Self.appendQuoted(self.names[place], to: &text)
        text += behind.utf8
    }

    private static func appendQuoted(_ name: String, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        StatementBatch.append(name, doubling: UInt8(ascii: "\""), to: &text)
        text.append(UInt8(ascii: "\""))
    }
}
