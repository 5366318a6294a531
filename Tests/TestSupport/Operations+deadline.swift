package import AWSClient
package import Platform

// Calls of tests that are not about how long a call is tried: a few attempts before a deadline, as the tool makes them.

extension DynamoDBOperations {
    /// A few attempts to put an item.
    package func putItem(_ input: PutItemInput, deadline: UTCInstant?) async throws(AWSError) {
        try await self.putItem(input, until: .attempts(before: deadline))
    }

    /// A few attempts to update an item.
    package func updateItem(_ input: UpdateItemInput, deadline: UTCInstant?) async throws(AWSError) {
        try await self.updateItem(input, until: .attempts(before: deadline))
    }
}

extension S3Operations {
    /// A few attempts to look at an object.
    package func headObject(bucket: String, key: String, deadline: UTCInstant?) async throws(AWSError) -> S3ObjectInfo {
        try await self.headObject(bucket: bucket, key: key, until: .attempts(before: deadline))
    }
}

extension SNSOperations {
    /// A few attempts to publish.
    package func publishBatch(_ input: PublishBatchInput, deadline: UTCInstant?) async throws(AWSError) -> [AWSError?] {
        try await self.publishBatch(input, until: .attempts(before: deadline))
    }
}
