package import AWSClient
package import Platform

extension DynamoDBClient {
    /// The items of one table that are there, in no order; a few attempts before a deadline.
    package func batchGetItem(_ input: BatchGetItemInput, deadline: UTCInstant?) async throws(AWSError)
        -> [AttributeMap]
    {
        try await self.batchGetItem(input, until: .attempts(before: deadline))
    }
}
