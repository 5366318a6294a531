package import AWSClient
internal import AWSOperations
internal import OrderFunctions
internal import Orders
package import Platform

/// Reads how far the archiver has come in each shard that it ever had, also in those that the stream lists no more.
///
/// The archive may have no object of such a shard any more, so that only its checkpoint says that there were some.
package struct ArchiverCheckpoints: Sendable {
    private let client: DynamoDBClient
    private let tableName: String
    private let streamName: String
    private let time: any TimeSource

    /// A reader of the table of checkpoints.
    package init(client: DynamoDBClient, tableName: String, streamName: String, time: any TimeSource) {
        self.client = client
        self.tableName = tableName
        self.streamName = streamName
        self.time = time
    }

    /// The checkpoints by shard: a scan of the table, which has a few items for each shard that there ever was.
    package func read() async throws(AWSError) -> [String: ArchiveExtent.Checkpoint] {
        let prefix = "\(OrderArchiver.name)#\(self.streamName)#"
        var input = ScanInput(
            tableName: self.tableName,
            filterExpression: "begins_with(#checkpoint, :prefix)",
            attributes: ExpressionAttributes(names: ["#checkpoint": "checkpoint"], values: [":prefix": .s(prefix)])
        )
        var checkpoints: [String: ArchiveExtent.Checkpoint] = [:]
        repeat {
            let page = try await self.client.scan(input, deadline: self.time.now + .seconds(30))
            for item in page.items {
                // What processes tried is an item of its own, with #attempts behind the shard's id.
                guard let key = item["checkpoint"]?.string, key.hasPrefix(prefix),
                    let number = item["sequenceNumber"]?.string
                else { continue }
                checkpoints[String(key.dropFirst(prefix.count))] = ArchiveExtent.Checkpoint(
                    sequenceNumber: number,
                    updatedAt: item["updatedAt"]?.string.flatMap { Timestamp($0) }
                )
            }
            guard page.lastEvaluatedKey == nil || page.lastEvaluatedKey != input.exclusiveStartKey else {
                throw AWSError(
                    code: .repeatedPage,
                    message: "the service names the page that it has just given, so that the scan would never end",
                    operation: "DynamoDB.Scan"
                )
            }
            input.exclusiveStartKey = page.lastEvaluatedKey
        } while input.exclusiveStartKey != nil
        return checkpoints
    }
}
