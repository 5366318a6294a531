package import AWSClient
internal import JSONText
package import Platform

extension DynamoDBClient {
    /// Deletes the item, if there is one.
    package func deleteItem(
        tableName: String,
        key: AttributeMap,
        deadline: UTCInstant?
    ) async throws(AWSError) {
        try await self.session.call(
            .dynamoDB,
            "DeleteItem",
            deadline: deadline,
            write: { writer in
                writer.member("TableName", tableName)
                writer.item("Key", key)
            },
            read: { try $0.readNothing() }
        )
    }
}
