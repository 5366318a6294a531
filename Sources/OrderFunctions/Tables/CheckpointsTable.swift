internal import AWSClient
package import LambdaEvents
internal import Platform

/// The Checkpoints table: up to where a function has handled a shard, and what new processes tried of it.
///
/// A late request of a dead invocation moves no checkpoint back. The archiver moves one only from the value that it
/// read, behind which its object begins. The aggregator moves one from wherever it stands, but only forward: what is
/// counted is told by the positions of its rows.
package struct CheckpointsTable: Sendable {
    /// One shard's checkpoint as a function read it.
    package struct Checkpoint: Sendable, Equatable {
        /// `<function>#<stream>#<shardId>`.
        package let key: String
        /// The last record that is done, in the item's spelling: whoever repaired it may have left out zeros in front.
        ///
        /// Nil where there is no checkpoint yet.
        package let sequenceNumber: SequenceNumber?

        /// Whether the record is at or below the checkpoint.
        func covers(_ number: SequenceNumber) -> Bool {
            self.sequenceNumber.map { number <= $0 } ?? false
        }
    }

    /// The format of the items, which they carry.
    package static let format = 1

    let name: String
    private let function: String
    let services: AWSServices

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
    func read(stream: String, shardID: String, until deadline: WorkDeadline) async throws(AWSError) -> Checkpoint {
        let key = self.key(stream: stream, shardID: shardID)
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
        return try Self.checkpoint(key, item, operation: "DynamoDB.GetItem")
    }

    private static func checkpoint(
        _ key: String,
        _ item: AttributeMap,
        operation: String
    ) throws(AWSError) -> Checkpoint {
        guard let number = item["sequenceNumber"]?.string.flatMap({ SequenceNumber($0) }) else {
            throw AWSError(
                code: .validation,
                message: "the checkpoint \(key) holds no sequence number; repair or delete the item",
                operation: operation
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

    /// Moves a shard's checkpoint forward to a record, wherever before it stands.
    ///
    /// Throws as `read` does where the item is not to be understood.
    func advance(
        stream: String,
        shardID: String,
        to number: SequenceNumber,
        until deadline: WorkDeadline
    ) async throws(AWSError) {
        let key = self.key(stream: stream, shardID: shardID)
        var input = PutItemInput(
            tableName: self.name,
            item: self.item(key, number),
            conditionExpression: "attribute_not_exists(#checkpoint) OR (#format = :format AND #sequenceNumber < :to)",
            attributes: ExpressionAttributes(
                names: [
                    "#checkpoint": "checkpoint", "#sequenceNumber": "sequenceNumber", "#format": StoredFormat.attribute,
                ],
                values: [":to": .s(number.padded), ":format": .n(String(Self.format))]
            ),
            returnsItemOnConditionCheckFailure: true
        )
        while true {
            do {
                return try await self.services.dynamoDB(until: deadline).putItem(input)
            } catch {
                guard error.code == .conditionalCheckFailed else { throw error }
                // An item of another version is not this one's to write.
                try StoredFormat.require(
                    error.item?[StoredFormat.attribute]?.number,
                    upTo: Self.format,
                    "the checkpoint \(key)",
                    operation: "DynamoDB.PutItem"
                )
                let stored = try Self.checkpoint(key, error.item ?? [:], operation: "DynamoDB.PutItem")
                // It stands there already, or further.
                if stored.covers(number) { return }
                // Its text is not less although its number is: it was written by hand, with fewer zeros in front.
                input = self.advancing(stored, to: number)
                input.returnsItemOnConditionCheckFailure = true
            }
        }
    }

    /// `<function>#<stream>#<shardId>`.
    func key(stream: String, shardID: String) -> String { "\(self.function)#\(stream)#\(shardID)" }

    private func item(_ key: String, _ number: SequenceNumber) -> AttributeMap {
        [
            "checkpoint": .s(key), "sequenceNumber": .s(number.padded), "updatedAt": .s(self.services.time.now.iso8601),
            StoredFormat.attribute: .n(String(Self.format)),
        ]
    }

    /// The request that moves a checkpoint from where it was read.
    private func advancing(_ checkpoint: Checkpoint, to number: SequenceNumber) -> PutItemInput {
        let condition: String
        var attributes = ExpressionAttributes(names: ["#checkpoint": "checkpoint"])
        if let sequenceNumber = checkpoint.sequenceNumber {
            condition = "#sequenceNumber = :read"
            attributes = ExpressionAttributes(
                names: ["#sequenceNumber": "sequenceNumber"],
                values: [":read": .s(sequenceNumber.text)]
            )
        } else {
            condition = "attribute_not_exists(#checkpoint)"
        }
        return PutItemInput(
            tableName: self.name,
            item: self.item(checkpoint.key, number),
            conditionExpression: condition,
            attributes: attributes
        )
    }
}
