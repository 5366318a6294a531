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
/// `limit` says when an answer is no use any more; attempts, waits between them included, end there.
package protocol DynamoDBOperations: Sendable {
    /// The item, or nil if there is none.
    func getItem(_ input: GetItemInput, until limit: CallLimit) async throws(AWSError) -> AttributeMap?

    /// Throws `.conditionalCheckFailed` if the condition does not hold.
    func putItem(_ input: PutItemInput, until limit: CallLimit) async throws(AWSError)

    /// Throws `.conditionalCheckFailed` if the condition does not hold.
    func updateItem(_ input: UpdateItemInput, until limit: CallLimit) async throws(AWSError)

    /// Puts each item that is not there yet, and gives for each the error that it was refused with, or nil.
    ///
    /// `.duplicateItem` says that an item is there: that of an attempt of this very call whose answer was lost, perhaps.
    func insertItems(_ input: InsertItemsInput, until limit: CallLimit) async -> [AWSError?]

    /// Changes items that are there, and gives for each the error that it was refused with, or nil.
    ///
    /// `.conditionalCheckFailed` says that a condition does not hold, and brings the item; without one, there is none.
    func updateItems(_ input: UpdateItemsInput, until limit: CallLimit) async -> [AWSError?]

    /// The items of one table that are there, in no order.
    func batchGetItem(_ input: BatchGetItemInput, until limit: CallLimit) async throws(AWSError) -> [AttributeMap]
}

/// DynamoDB over the network.
package struct DynamoDBClient: DynamoDBOperations {
    /// What calls go through.
    package let session: AWSSession

    /// DynamoDB by the session's endpoint and credentials.
    package init(session: AWSSession) {
        self.session = session
    }

    /// The item, or nil if there is none.
    package func getItem(_ input: GetItemInput, until limit: CallLimit) async throws(AWSError) -> AttributeMap? {
        try await self.session.call(.dynamoDB, "GetItem", until: limit, write: input.writeMembers) { reader in
            try reader.readMember("Item") { try AttributeValue.readItem(&$0) }
        }
    }

    /// Throws `.conditionalCheckFailed` if the condition does not hold.
    package func putItem(_ input: PutItemInput, until limit: CallLimit) async throws(AWSError) {
        try await self.session.call(.dynamoDB, "PutItem", until: limit, write: input.writeMembers) {
            try $0.readNothing()
        }
    }

    /// Throws `.conditionalCheckFailed` if the condition does not hold.
    package func updateItem(_ input: UpdateItemInput, until limit: CallLimit) async throws(AWSError) {
        try await self.session.call(.dynamoDB, "UpdateItem", until: limit, write: input.writeMembers) {
            try $0.readNothing()
        }
    }
}

/// DynamoDB for the work on one invocation: each call is tried until it succeeds, cannot succeed, or work has to end.
package struct BoundDynamoDB: Sendable {
    private let client: any DynamoDBOperations
    private let limit: CallLimit

    /// The calls of `client`, each tried until `deadline`.
    package init(_ client: any DynamoDBOperations, until deadline: WorkDeadline) {
        self.client = client
        self.limit = .work(until: deadline)
    }

    /// The item, or nil if there is none.
    package func getItem(_ input: GetItemInput) async throws(AWSError) -> AttributeMap? {
        try await self.client.getItem(input, until: self.limit)
    }

    /// Throws `.conditionalCheckFailed` if the condition does not hold.
    package func putItem(_ input: PutItemInput) async throws(AWSError) {
        try await self.client.putItem(input, until: self.limit)
    }

    /// Throws `.conditionalCheckFailed` if the condition does not hold.
    package func updateItem(_ input: UpdateItemInput) async throws(AWSError) {
        try await self.client.updateItem(input, until: self.limit)
    }

    /// Puts each item that is not there yet, and gives for each the error that it was refused with, or nil.
    ///
    /// `.duplicateItem` says that an item is there: that of an attempt of this very call whose answer was lost, perhaps.
    package func insertItems(_ input: InsertItemsInput) async -> [AWSError?] {
        await self.client.insertItems(input, until: self.limit)
    }

    /// Changes items that are there, and gives for each the error that it was refused with, or nil.
    ///
    /// `.conditionalCheckFailed` says that a condition does not hold, and brings the item; without one, there is none.
    package func updateItems(_ input: UpdateItemsInput) async -> [AWSError?] {
        await self.client.updateItems(input, until: self.limit)
    }

    /// The items of one table that are there, in no order.
    package func batchGetItem(_ input: BatchGetItemInput) async throws(AWSError) -> [AttributeMap] {
        try await self.client.batchGetItem(input, until: self.limit)
    }

    /// The same in no more than the few attempts of AWS's standard retry mode: for what the work can do without.
    package func batchGetItemIfPossible(_ input: BatchGetItemInput) async throws(AWSError) -> [AttributeMap] {
        try await self.client.batchGetItem(input, until: .attempts(before: self.limit.instant))
    }
}
