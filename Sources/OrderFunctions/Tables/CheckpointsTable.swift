internal import AWSClient
package import LambdaEvents
internal import Platform

/// The Checkpoints table: up to where a function has handled a shard.
///
/// A checkpoint is only ever moved from the value that was read, so a late request of a dead invocation changes
/// nothing.
package struct CheckpointsTable: Sendable {
    /// One shard's checkpoint as a function read it.
    package struct Checkpoint: Sendable, Equatable {
        /// `<function>#<stream>#<shardId>`.
        package let key: String
        /// The last record that is done; nil where there is no checkpoint yet.
        package let sequenceNumber: SequenceNumber?

        /// Whether the record is at or below the checkpoint.
        func covers(_ number: SequenceNumber) -> Bool {
            self.sequenceNumber.map { number <= $0 } ?? false
        }
    }

    /// The format of the items, which they carry.
    package static let format = 1

    private let name: String
    private let function: String
    private let services: AWSServices

    /// The checkpoints of `function`.
    package init(name: String, function: String, services: AWSServices) {
        self.name = name
        self.function = function
        self.services = services
    }

    /// Reads a shard's checkpoint, consistently.
    ///
    /// Throws an `AWSError` `.validation` where the item holds no sequence number, `.foreignFormat` where another version
    /// wrote the item: going on would count again.
    func read(_ batch: ShardBatch, until deadline: WorkDeadline) async throws(AWSError) -> Checkpoint {
        let key = "\(self.function)#\(batch.stream)#\(batch.shardID)"
        let input = GetItemInput(tableName: self.name, key: ["checkpoint": .s(key)], consistentRead: true)
        guard let item = try await self.services.dynamoDB(until: deadline).getItem(input) else {
            return Checkpoint(key: key, sequenceNumber: nil)
        }
        try StoredFormat.require(
            item[StoredFormat.attribute]?.number,
            upTo: Self.format,
            "the checkpoint \(key)",
            operation: "DynamoDB.GetItem"
        )
        guard let number = item["sequenceNumber"]?.string.flatMap({ SequenceNumber($0) }) else {
            throw AWSError(
                code: .validation,
                message: "the checkpoint \(key) holds no sequence number; repair or delete the item",
                operation: "DynamoDB.GetItem"
            )
        }
        return Checkpoint(key: key, sequenceNumber: number)
    }

    /// Moves a checkpoint; throws `.conditionalCheckFailed` if it is no longer as it was read.
    func advance(
        _ checkpoint: Checkpoint,
        to number: SequenceNumber,
        until deadline: WorkDeadline
    ) async throws(AWSError) {
        try await self.services.dynamoDB(until: deadline).putItem(self.advancing(checkpoint, to: number))
    }

    /// The request that moves a checkpoint, as a part of a transaction or alone.
    func advancing(_ checkpoint: Checkpoint, to number: SequenceNumber) -> PutItemInput {
        let condition: String
        var attributes = ExpressionAttributes(names: ["#checkpoint": "checkpoint"])
        if let sequenceNumber = checkpoint.sequenceNumber {
            condition = "#sequenceNumber = :read"
            attributes = ExpressionAttributes(
                names: ["#sequenceNumber": "sequenceNumber"],
                values: [":read": .s(sequenceNumber.padded)]
            )
        } else {
            condition = "attribute_not_exists(#checkpoint)"
        }
        return PutItemInput(
            tableName: self.name,
            item: [
                "checkpoint": .s(checkpoint.key),
                "sequenceNumber": .s(number.padded),
                "updatedAt": .s(self.services.time.now.iso8601),
                StoredFormat.attribute: .n(String(Self.format)),
            ],
            conditionExpression: condition,
            attributes: attributes
        )
    }
}
