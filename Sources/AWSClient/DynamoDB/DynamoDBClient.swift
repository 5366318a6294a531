internal import JSONText
package import Platform

extension AWSService {
    /// DynamoDB.
    package static let dynamoDB = AWSService(
        name: "DynamoDB",
        environmentName: "DYNAMODB",
        hostPrefix: "dynamodb",
        wireProtocol: .json(version: "1.0", targetPrefix: "DynamoDB_20120810"),
        govCloudFIPS: .singleStack,
        // DynamoDB answers in milliseconds; a connection that is silent for this long is dead.
        attemptTimeout: .seconds(5)
    )
}

/// DynamoDB as functions see it.
///
/// `DynamoDBClient` is the real one, `InMemoryDynamoDB` of `TestSupport` the fake.
///
/// `deadline` is when an answer is no use any more; attempts, waits between them included, end there.
package protocol DynamoDBOperations: Sendable {
    /// The item, or nil if there is none.
    func getItem(_ input: GetItemInput, deadline: UTCInstant?) async throws(AWSError) -> AttributeMap?

    /// Throws `.conditionalCheckFailed` if the condition does not hold.
    func putItem(_ input: PutItemInput, deadline: UTCInstant?) async throws(AWSError)

    /// The attributes that `returnValues` asks for; empty for `.none`.
    @discardableResult
    func updateItem(_ input: UpdateItemInput, deadline: UTCInstant?) async throws(AWSError) -> AttributeMap

    /// Throws `.transactionCanceled` with a reason per action if any of them cannot happen.
    func transactWriteItems(_ input: TransactWriteItemsInput, deadline: UTCInstant?) async throws(AWSError)
}

/// DynamoDB over the network.
package struct DynamoDBClient: DynamoDBOperations {
    /// What calls go through.
    package let session: AWSSession

    package init(session: AWSSession) {
        self.session = session
    }

    package func getItem(_ input: GetItemInput, deadline: UTCInstant?) async throws(AWSError) -> AttributeMap? {
        try await self.session.call(.dynamoDB, "GetItem", deadline: deadline, write: input.writeMembers) { reader in
            try reader.readMember("Item") { try AttributeValue.readItem(&$0) }
        }
    }

    package func putItem(_ input: PutItemInput, deadline: UTCInstant?) async throws(AWSError) {
        try await self.session.call(.dynamoDB, "PutItem", deadline: deadline, write: input.writeMembers) {
            try $0.readNothing()
        }
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
        return try await self.session.call(.dynamoDB, "UpdateItem", deadline: deadline, write: write) { reader in
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
        try await self.session.call(.dynamoDB, "TransactWriteItems", deadline: deadline, write: write) {
            try $0.readNothing()
        }
    }
}
