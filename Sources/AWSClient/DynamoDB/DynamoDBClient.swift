internal import JSONText
package import Platform

/// DynamoDB over the network.
package struct DynamoDBClient: DynamoDBOperations {
    let session: AWSSession
    static let json = JSONProtocol(service: .dynamoDB, targetPrefix: "DynamoDB_20120810", version: "1.0")
    /// DynamoDB answers in milliseconds; a connection that is silent for this long is dead.
    private static let attemptTimeout: Duration = .seconds(5)

    package init(session: AWSSession) {
        self.session = session
    }

    package func getItem(_ input: GetItemInput, deadline: UTCInstant?) async throws(AWSError) -> AttributeMap? {
        try await self.call("GetItem", deadline: deadline, write: input.writeMembers) { reader in
            try reader.readMember("Item") { try AttributeValue.readItem(&$0) }
        }
    }

    package func putItem(_ input: PutItemInput, deadline: UTCInstant?) async throws(AWSError) {
        try await self.call("PutItem", deadline: deadline, write: input.writeMembers) { try $0.readNothing() }
    }

    @discardableResult
    package func updateItem(
        _ input: UpdateItemInput,
        deadline: UTCInstant?
    ) async throws(AWSError) -> AttributeMap {
        let write = { (writer: inout JSONWriter) in
            input.writeMembers(to: &writer)
            if input.returnValues != .none { writer.member("ReturnValues", input.returnValues.rawValue) }
        }
        return try await self.call("UpdateItem", deadline: deadline, write: write) { reader in
            try reader.readMember("Attributes") { try AttributeValue.readItem(&$0) } ?? [:]
        }
    }

    package func transactWriteItems(
        _ input: TransactWriteItemsInput,
        deadline: UTCInstant?
    ) async throws(AWSError) {
        // Chosen once, outside the retries: that is what makes repeating safe.
        let token = input.clientRequestToken ?? self.session.random.nextUUID()
        let write = { (writer: inout JSONWriter) in
            writer.member("ClientRequestToken", token)
            writer.key("TransactItems")
            writer.array { writer in input.transactItems.forEach { $0.write(to: &writer) } }
        }
        try await self.call("TransactWriteItems", deadline: deadline, write: write) { try $0.readNothing() }
    }

    package func query(_ input: QueryInput, deadline: UTCInstant?) async throws(AWSError) -> QueryOutput {
        try await self.call("Query", deadline: deadline, write: input.writeMembers) { reader in
            var output = QueryOutput(items: [])
            var hasItems = false
            try reader.readObject { key, reader in
                switch key {
                case "Items":
                    hasItems = true
                    try reader.readArray { _, reader in output.items.append(try AttributeValue.readItem(&reader)) }
                case "LastEvaluatedKey": output.lastEvaluatedKey = try AttributeValue.readItem(&reader)
                default: try reader.skip()
                }
            }
            guard hasItems else { throw reader.error(.missingMember, "answer without Items") }
            return output
        }
    }

    private func call<Output>(
        _ operation: String,
        deadline: UTCInstant?,
        write: (inout JSONWriter) -> Void,
        read: (inout JSONReader) throws -> Output
    ) async throws(AWSError) -> Output {
        try await self.session.call(
            Self.json,
            operation,
            deadline: deadline,
            attemptTimeout: Self.attemptTimeout,
            write: write,
            read: read
        )
    }
}
