internal import AWSClient
internal import JSONText

/// One write of DynamoDB, as its request says.
struct WriteRequest {
    enum Kind {
        case put(AttributeMap)
        case update(String)
        case delete
    }

    var kind: Kind
    var table = ""
    var key: AttributeMap = [:]
    var condition: String?
    var attributes = ExpressionAttributes()
    /// Whether a failed condition's answer brings the item.
    var returnsOldItem = false

    /// Reads the members of a `PutItem`, `UpdateItem` or `DeleteItem`.
    init(_ operation: String, _ reader: inout JSONReader) throws {
        self.kind = .delete
        var item: AttributeMap?
        var update: String?
        try reader.readObject { name, reader in
            switch name {
            case "TableName": self.table = try reader.readString()
            case "Key": self.key = try AttributeValue.readItem(&reader)
            case "Item": item = try AttributeValue.readItem(&reader)
            case "UpdateExpression": update = try reader.readString()
            case "ConditionExpression": self.condition = try reader.readString()
            case "ExpressionAttributeNames": self.attributes.names = try reader.readStrings()
            case "ExpressionAttributeValues": self.attributes.values = try AttributeValue.readItem(&reader)
            case "ReturnValuesOnConditionCheckFailure": self.returnsOldItem = try reader.readString() == "ALL_OLD"
            default: try reader.skip()
            }
        }
        // Numbers are checked before anything else of the request is looked at.
        try SimulatedDynamoDB.checkNumbers(self.key)
        try SimulatedDynamoDB.checkNumbers(self.attributes.values)
        if let item { try SimulatedDynamoDB.checkNumbers(item) }
        switch operation {
        case "PutItem":
            guard let item else { throw Self.missing("item") }
            self.kind = .put(item)
            self.key = item
        case "UpdateItem":
            guard let update else { throw Self.missing("updateExpression") }
            self.kind = .update(update)
        default: self.kind = .delete
        }
    }

    /// An insertion by PartiQL, which is a put of an item that must not be there.
    init(inserting item: AttributeMap, into table: String, key: String) throws {
        try SimulatedDynamoDB.checkNumbers(item)
        self.kind = .put(item)
        self.table = table
        self.key = item
        self.condition = "attribute_not_exists(#key)"
        self.attributes.names = ["#key": key]
    }

    /// An update by PartiQL.
    init(
        updating table: String,
        key: AttributeMap,
        expression: String,
        condition: String,
        attributes: ExpressionAttributes,
        returnsOldItem: Bool
    ) throws {
        try SimulatedDynamoDB.checkNumbers(attributes.values)
        self.kind = .update(expression)
        self.table = table
        self.key = key
        self.condition = condition
        self.attributes = attributes
        self.returnsOldItem = returnsOldItem
    }

    private static func missing(_ member: String) -> ServiceError {
        ServiceError(400, "ValidationException", "1 validation error detected: Value null at '\(member)'")
    }
}

extension AttributeValue {
    /// The bytes that the value has in an item, by "DynamoDB item sizes and formats".
    var size: Int {
        switch self {
        case .s(let text): text.utf8.count
        case .n(let digits): digits.utf8.count / 2 + 2
        case .b(let bytes): bytes.count
        case .bool, .null: 1
        case .l(let values): values.reduce(3) { $0 + $1.size + 1 }
        case .m(let members):
            zip(members.names, members.values).reduce(3) { $0 + $1.0.utf8.count + $1.1.size + 1 }
        case .ss(let texts), .ns(let texts): texts.reduce(0) { $0 + $1.utf8.count }
        case .bs(let values): values.reduce(0) { $0 + $1.count }
        }
    }

    /// Throws where a number in it cannot be stored.
    func checkNumbers() throws(Decimal38.Failure) {
        switch self {
        case .n(let number): _ = try Decimal38(number)
        case .m(let members): for member in members.values { try member.checkNumbers() }
        case .l(let values): for value in values { try value.checkNumbers() }
        case .ns(let numbers): for number in numbers { _ = try Decimal38(number) }
        case .s, .b, .bool, .null, .ss, .bs: break
        }
    }

    /// The value with its numbers as they are read back, or why it cannot be stored.
    func normalised() throws -> AttributeValue {
        switch self {
        case .n(let number): .n(try Decimal38(number).text)
        case .m(let members):
            .m(AttributeMembers(names: members.names, values: try members.values.map { try $0.normalised() }))
        case .l(let values): .l(try values.map { try $0.normalised() })
        case .ns(let numbers): .ns(try numbers.map { try Decimal38($0).text })
        case .s, .b, .bool, .null, .ss, .bs: self
        }
    }
}

extension [String: AttributeValue] {
    /// The bytes of the whole item: names and values.
    var itemSize: Int { self.reduce(0) { $0 + $1.key.utf8.count + $1.value.size } }

    /// The item as DynamoDB's JSON, its names sorted.
    package var json: String {
        var writer = JSONWriter()
        AttributeValue.write(self, to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
