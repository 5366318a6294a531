package import Platform

/// DynamoDB as handlers see it.
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

    /// One page of a partition's items.
    func query(_ input: QueryInput, deadline: UTCInstant?) async throws(AWSError) -> QueryOutput
}
