internal import AWSClient
internal import JSONText

/// A statement of PartiQL with its parameters, as the pipeline makes them; any other is malformed.
struct Statement {
    /// A statement's text taken apart, which many statements have.
    struct Form {
        enum Kind {
            case insert
            case update
        }

        let kind: Kind
        let table: String
        /// The names of the attributes that parameters are for, in the parameters' order.
        fileprivate var names: [String] = []
        /// From which parameter on an update's are its conditions.
        fileprivate var firstCondition = 0
        /// What an update does, each parameter and its attribute under the placeholder of its place.
        fileprivate var expression = ""
        fileprivate var condition = ""
        fileprivate var placeholders: [String: String] = [:]
    }

    let form: Form
    private let parameters: [AttributeValue]
    private let returnsOldItem: Bool

    var table: String { self.form.table }

    static func readAll(_ reader: inout JSONReader, _ cache: ExpressionCache) throws -> [Statement] {
        var statements: [Statement] = []
        try reader.readArray { _, reader in
            var text = ""
            var parameters: [AttributeValue] = []
            var returnsOldItem = false
            try reader.readObject { name, reader in
                switch name {
                case "Statement": text = try reader.readString()
                case "Parameters":
                    try reader.readArray { _, reader in parameters.append(try AttributeValue(from: &reader)) }
                case "ReturnValuesOnConditionCheckFailure": returnsOldItem = try reader.readString() == "ALL_OLD"
                default: try reader.skip()
                }
            }
            let form = try cache.statement(text)
            guard form.names.count == parameters.count else { throw Form.malformed(text) }
            statements.append(Statement(form: form, parameters: parameters, returnsOldItem: returnsOldItem))
        }
        return statements
    }

    /// A put of an item that must not be there, where its table has these key attributes.
    func insertion(keyNames: [String]) throws -> WriteRequest {
        let item = AttributeMap(zip(self.form.names, self.parameters)) { _, last in last }
        return try WriteRequest(inserting: item, into: self.table, key: keyNames[0])
    }

    /// A change of an item that must be there, since its key is compared with the rest.
    func update(keyNames: [String]) throws -> WriteRequest {
        var attributes = ExpressionAttributes(names: self.form.placeholders)
        for (place, value) in self.parameters.enumerated() { attributes.values[":\(place)"] = value }
        var key: AttributeMap = [:]
        for place in self.form.firstCondition..<self.parameters.count where keyNames.contains(self.form.names[place]) {
            key[self.form.names[place]] = self.parameters[place]
        }
        return try WriteRequest(
            updating: self.table,
            key: key,
            expression: self.form.expression,
            condition: self.form.condition,
            attributes: attributes,
            returnsOldItem: self.returnsOldItem
        )
    }
}

extension Statement.Form {
    init(_ text: String) throws {
        var scanner = StatementScanner(rest: Substring(text))
        if scanner.take("INSERT INTO ") {
            self.kind = .insert
            guard let table = scanner.name("\""), scanner.take(" VALUE {") else { throw Self.malformed(text) }
            self.table = table
            repeat {
                guard let name = scanner.name("'"), scanner.take(":?") else { throw Self.malformed(text) }
                self.names.append(name)
            } while scanner.take(",")
            guard scanner.rest == "}" else { throw Self.malformed(text) }
        } else {
            self.kind = .update
            guard scanner.take("UPDATE "), let table = scanner.name("\"") else { throw Self.malformed(text) }
            self.table = table
            guard self.readUpdate(&scanner) else { throw Self.malformed(text) }
        }
    }

    /// ` SET "<name>"="<name>"+? SET "<name>"=? WHERE "<name>"=? AND "<name>"<?`.
    private mutating func readUpdate(_ scanner: inout StatementScanner) -> Bool {
        var (sets, conditions): ([String], [String]) = ([], [])
        while scanner.take(" SET ") {
            guard let name = scanner.name("\""), scanner.take("=") else { return false }
            let place = self.names.count
            if scanner.take("?") {
                sets.append("#\(place) = :\(place)")
            } else {
                guard scanner.name("\"") == name, scanner.take("+?") else { return false }
                sets.append("#\(place) = #\(place) + :\(place)")
            }
            self.names.append(name)
        }
        self.firstCondition = self.names.count
        guard scanner.take(" WHERE ") else { return false }
        repeat {
            guard let name = scanner.name("\"") else { return false }
            let isLess = scanner.take("<?")
            guard isLess || scanner.take("=?") else { return false }
            conditions.append("#\(self.names.count) \(isLess ? "<" : "=") :\(self.names.count)")
            self.names.append(name)
        } while scanner.take(" AND ")
        for (place, name) in self.names.enumerated() { self.placeholders["#\(place)"] = name }
        self.expression = "SET " + sets.joined(separator: ", ")
        self.condition = conditions.joined(separator: " AND ")
        return scanner.rest.isEmpty && !sets.isEmpty
    }

    static func malformed(_ text: String) -> ServiceError {
        ServiceError(400, "ValidationException", "Statement wasn't well formed, can't be processed: \(text)")
    }
}

private struct StatementScanner {
    var rest: Substring

    mutating func take(_ text: String) -> Bool {
        guard self.rest.hasPrefix(text) else { return false }
        self.rest = self.rest.dropFirst(text.count)
        return true
    }

    /// A name in such quotation marks, those in it doubled.
    mutating func name(_ mark: Character) -> String? {
        guard self.take(String(mark)) else { return nil }
        var name = ""
        while let character = self.rest.popFirst() {
            if character != mark {
                name.append(character)
            } else if self.take(String(mark)) {
                name.append(mark)
            } else {
                return name
            }
        }
        return nil
    }
}
