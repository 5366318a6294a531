package import AWSClient
internal import JSONText
package import Platform

extension DynamoDBClient {
    /// The items of one table that are there, in no order; a few attempts before a deadline.
    package func batchGetItem(_ input: BatchGetItemInput, deadline: UTCInstant?) async throws(AWSError)
        -> [AttributeMap]
    {
        try await self.batchGetItem(input, until: .attempts(before: deadline))
    }

    /// One page of a partition's items.
    package func query(_ input: QueryInput, deadline: UTCInstant?) async throws(AWSError) -> QueryOutput {
        try await self.session.call(
            .dynamoDB,
            "Query",
            deadline: deadline,
            write: input.writeMembers,
            read: QueryOutput.init
        )
    }

    /// One page of a table's items.
    package func scan(_ input: ScanInput, deadline: UTCInstant?) async throws(AWSError) -> QueryOutput {
        try await self.session.call(
            .dynamoDB,
            "Scan",
            deadline: deadline,
            write: input.writeMembers,
            read: QueryOutput.init
        )
    }

    /// `ACTIVE`, `UPDATING` and so on.
    package func tableStatus(tableName: String, deadline: UTCInstant?) async throws(AWSError) -> String {
        try await self.session.call(
            .dynamoDB,
            "DescribeTable",
            deadline: deadline,
            write: { $0.member("TableName", tableName) },
            read: { reader in
                try reader.readRequiredMember("Table") { reader in
                    try reader.readMember("TableStatus") { try $0.readString() } ?? ""
                }
            }
        )
    }

    /// The ARN of the table's current stream, which the tool reads; nil if the table has none.
    package func latestStreamARN(tableName: String, deadline: UTCInstant?) async throws(AWSError) -> String? {
        try await self.session.call(
            .dynamoDB,
            "DescribeTable",
            deadline: deadline,
            write: { $0.member("TableName", tableName) },
            read: { reader in
                try reader.readRequiredMember("Table") { reader in
                    try reader.readMember("LatestStreamArn") { try $0.readString() }
                }
            }
        )
    }
}

extension DynamoDBOperations {
    /// `getItem` as the tool calls it: a few attempts before the deadline.
    package func getItem(_ input: GetItemInput, deadline: UTCInstant?) async throws(AWSError) -> AttributeMap? {
        try await self.getItem(input, until: .attempts(before: deadline))
    }
}

/// Reads the items of one partition in the order of their sort keys, a page (1 MB) at a time.
package struct QueryInput: Sendable, Equatable {
    /// The table's name.
    package var tableName: String
    /// Which partition, and which part of it.
    package var keyConditionExpression: String
    /// Which of the items that were read are given; nil: all.
    package var filterExpression: String?
    /// What the placeholders of both expressions stand for.
    package var attributes: ExpressionAttributes
    /// Whether the query sees every write that succeeded before; costs twice as much.
    package var consistentRead: Bool
    /// How many items a page reads at most; nil: as many as have 1 MB.
    package var limit: Int?
    /// `QueryOutput.lastEvaluatedKey` of the page before.
    package var exclusiveStartKey: AttributeMap?

    /// A query of one partition; by default from its first item on.
    package init(
        tableName: String,
        keyConditionExpression: String,
        filterExpression: String? = nil,
        attributes: ExpressionAttributes = ExpressionAttributes(),
        consistentRead: Bool = false,
        limit: Int? = nil,
        exclusiveStartKey: AttributeMap? = nil
    ) {
        self.tableName = tableName
        self.keyConditionExpression = keyConditionExpression
        self.filterExpression = filterExpression
        self.attributes = attributes
        self.consistentRead = consistentRead
        self.limit = limit
        self.exclusiveStartKey = exclusiveStartKey
    }
}

extension QueryInput {
    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.member("TableName", self.tableName)
        writer.member("KeyConditionExpression", self.keyConditionExpression)
        writer.optional("FilterExpression", self.filterExpression)
        writer.attributes(self.attributes)
        writer.flag("ConsistentRead", self.consistentRead)
        writer.optional("Limit", self.limit)
        if let exclusiveStartKey { writer.item("ExclusiveStartKey", exclusiveStartKey) }
    }
}

/// Reads the items of a table, a page (1 MB) at a time: all of them are read, whatever the filter gives.
package struct ScanInput: Sendable, Equatable {
    /// The table's name.
    package var tableName: String
    /// Which of the items that were read are given; nil: all.
    package var filterExpression: String?
    /// Which attributes of an item are given; nil: all.
    package var projectionExpression: String?
    /// What the placeholders of both expressions stand for.
    package var attributes: ExpressionAttributes
    /// `QueryOutput.lastEvaluatedKey` of the page before.
    package var exclusiveStartKey: AttributeMap?

    /// A scan of one table; by default from its first item on.
    package init(
        tableName: String,
        filterExpression: String? = nil,
        projectionExpression: String? = nil,
        attributes: ExpressionAttributes = ExpressionAttributes(),
        exclusiveStartKey: AttributeMap? = nil
    ) {
        self.tableName = tableName
        self.filterExpression = filterExpression
        self.projectionExpression = projectionExpression
        self.attributes = attributes
        self.exclusiveStartKey = exclusiveStartKey
    }
}

extension ScanInput {
    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.member("TableName", self.tableName)
        writer.optional("FilterExpression", self.filterExpression)
        writer.optional("ProjectionExpression", self.projectionExpression)
        writer.attributes(self.attributes)
        if let exclusiveStartKey { writer.item("ExclusiveStartKey", exclusiveStartKey) }
    }
}

/// One page of a query or a scan.
package struct QueryOutput: Sendable, Equatable {
    /// The items of the page, possibly none although more follow.
    package var items: [AttributeMap]
    /// Set while there are more pages.
    package var lastEvaluatedKey: AttributeMap?

    /// A page; by default the last one.
    package init(items: [AttributeMap], lastEvaluatedKey: AttributeMap? = nil) {
        self.items = items
        self.lastEvaluatedKey = lastEvaluatedKey
    }
}

extension QueryOutput {
    fileprivate init(_ reader: inout JSONReader) throws {
        self.init(items: [])
        var hasItems = false
        try reader.readObject { key, reader in
            switch key {
            case "Items":
                hasItems = true
                try reader.readArray { _, reader in self.items.append(try AttributeValue.readItem(&reader)) }
            case "LastEvaluatedKey": self.lastEvaluatedKey = try AttributeValue.readItem(&reader)
            default: try reader.skip()
            }
        }
        guard hasItems else { throw reader.error(.missingMember, "answer without Items") }
    }
}
