package import AWSClient
internal import JSONText
package import Platform

extension DynamoDBClient {
    /// Keys of one request.
    package static let maximumBatchKeys = 100

    /// Reads up to 100 items by their keys, as far as the projection goes; those that are not there are left out.
    ///
    /// What the service leaves for another request, since it is busy or the answer would pass 16 MB, is asked for again until
    /// the deadline.
    package func batchGetItem(_ input: BatchGetItemInput, deadline: UTCInstant?) async throws(AWSError)
        -> [AttributeMap]
    {
        var (items, rest) = ([AttributeMap](), input.keys)
        var round = 0
        while !rest.isEmpty {
            let page = try await self.page(of: input, keys: rest, deadline: deadline)
            items += page.items
            guard page.unprocessed.count < rest.count || round < 8 else {
                throw AWSError(
                    code: AWSError.Code(rawValue: "ProvisionedThroughputExceededException"),
                    message: "the table leaves \(rest.count.counting("key")) unprocessed again and again",
                    operation: "DynamoDB.BatchGetItem"
                )
            }
            round += 1
            rest = page.unprocessed
        }
        return items
    }

    private func page(
        of input: BatchGetItemInput,
        keys: [AttributeMap],
        deadline: UTCInstant?
    ) async throws(AWSError) -> (items: [AttributeMap], unprocessed: [AttributeMap]) {
        try await self.session.call(
            .dynamoDB,
            "BatchGetItem",
            deadline: deadline,
            write: { input.writeMembers(of: keys, to: &$0) },
            read: { reader in
                var page: (items: [AttributeMap], unprocessed: [AttributeMap]) = ([], [])
                try reader.readObject { name, reader in
                    switch name {
                    case "Responses":
                        try reader.readObject { _, reader in
                            try reader.readArray { _, reader in page.items.append(try AttributeValue.readItem(&reader))
                            }
                        }
                    case "UnprocessedKeys":
                        try reader.readObject { _, reader in
                            try reader.readObject { name, reader in
                                guard name == "Keys" else {
                                    try reader.skip()
                                    return
                                }
                                try reader.readArray { _, reader in
                                    page.unprocessed.append(try AttributeValue.readItem(&reader))
                                }
                            }
                        }
                    default: try reader.skip()
                    }
                }
                return page
            }
        )
    }
}

/// Items of one table by their keys.
package struct BatchGetItemInput: Sendable, Equatable {
    /// The table.
    package var tableName: String
    /// At most 100 keys.
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

    fileprivate func writeMembers(of keys: [AttributeMap], to writer: inout JSONWriter) {
        writer.key("RequestItems")
        writer.object { writer in
            writer.key(self.tableName)
            writer.object { writer in
                writer.key("Keys")
                writer.array { writer in for key in keys { AttributeValue.write(key, to: &writer) } }
                writer.member("ProjectionExpression", self.projectionExpression)
                writer.attributes(ExpressionAttributes(names: self.names))
                writer.flag("ConsistentRead", self.consistentRead)
            }
        }
    }
}
