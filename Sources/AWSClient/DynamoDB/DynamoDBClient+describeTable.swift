internal import JSONText
package import Platform

extension DynamoDBClient {
    /// The ARN of the table's current stream, which the tool reads; nil if the table has none.
    package func latestStreamARN(tableName: String, deadline: UTCInstant?) async throws(AWSError) -> String? {
        try await self.session.call(
            Self.json,
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
