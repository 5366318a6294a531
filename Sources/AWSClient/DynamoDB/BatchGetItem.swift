internal import JSONText

extension DynamoDBClient {
    /// The items of one table that are there, in no order; at most 100 keys.
    ///
    /// What the service leaves for another request, since it is busy or the answer would pass 16 MB, is asked for again.
    package func batchGetItem(_ input: BatchGetItemInput, until limit: CallLimit) async throws(AWSError)
        -> [AttributeMap]
    {
        var items: [AttributeMap] = []
        var rest = input
        var attempts = self.session.attempts(of: BatchGetItemInput.operation, until: limit)
        while !rest.keys.isEmpty {
            let asked = rest.keys.count
            let page = try await self.session.call(
                .dynamoDB,
                "BatchGetItem",
                until: limit,
                write: rest.writeMembers,
                read: BatchGetItemPage.init
            )
            items += page.items
            rest.keys = page.unprocessed
            // A part of an answer is followed at once by a request for the rest.
            if rest.keys.count == asked { try await attempts.wait(after: AttemptFailure(rest.isLeftUnprocessed)) }
        }
        attempts.endedWell()
        return items
    }
}

/// Items of one table by their keys.
package struct BatchGetItemInput: Sendable, Equatable {
    /// How many keys a request has at most.
    package static let maximumKeys = 100
    static let operation = "DynamoDB.BatchGetItem"

    /// The table.
    package var tableName: String
    /// At most 100 keys, each once.
    package var keys: [AttributeMap]
    /// The attributes that are read.
    package var projectionExpression: String
    /// What the projection's placeholders stand for.
    package var names: [String: String]
    /// Sees every write that succeeded before; costs twice as much.
    package var consistentRead: Bool

    /// Items of one table.
    package init(
        tableName: String,
        keys: [AttributeMap],
        projectionExpression: String,
        names: [String: String],
        consistentRead: Bool = true
    ) {
        self.tableName = tableName
        self.keys = keys
        self.projectionExpression = projectionExpression
        self.names = names
        self.consistentRead = consistentRead
    }

    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.key("RequestItems")
        writer.object { writer in
            writer.key(self.tableName)
            writer.object { writer in
                writer.key("Keys")
                writer.array { writer in for key in self.keys { AttributeValue.write(key, to: &writer) } }
                writer.member("ProjectionExpression", self.projectionExpression)
                writer.attributes(ExpressionAttributes(names: self.names))
                writer.flag("ConsistentRead", self.consistentRead)
            }
        }
    }

    fileprivate var isLeftUnprocessed: AWSError {
        AWSError(
            code: AWSError.Code(rawValue: "ProvisionedThroughputExceededException"),
            message: "the table leaves every key unprocessed (\(self.keys.count))",
            operation: Self.operation
        )
    }
}

/// One answer: what was read, and the keys that were not looked at.
private struct BatchGetItemPage {
    private(set) var items: [AttributeMap] = []
    private(set) var unprocessed: [AttributeMap] = []

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { name, reader in
            switch name {
            case "Responses":
                try reader.readObject { _, reader in self.items += try Self.readItems(&reader) }
            case "UnprocessedKeys":
                try reader.readObject { _, reader in
                    self.unprocessed += try reader.readMember("Keys") { try Self.readItems(&$0) } ?? []
                }
            default: try reader.skip()
            }
        }
    }

    private static func readItems(_ reader: inout JSONReader) throws -> [AttributeMap] {
        var items: [AttributeMap] = []
        try reader.readArray { _, reader in items.append(try AttributeValue.readItem(&reader)) }
        return items
    }
}
