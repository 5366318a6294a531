internal import AWSClient
internal import JSONText

/// A shard of a Kinesis or DynamoDB stream.
package struct StreamShard: Sendable, Equatable {
    /// The shard's id, `shardId-…`.
    package var shardID: String
    /// To be read to its end before this one.
    package var parentShardID: String?
    /// The second parent of a Kinesis shard that two were merged into; to be read to its end as well.
    package var adjacentParentShardID: String?
    /// The first sequence number that the shard can hold.
    package var startingSequenceNumber: String?
    /// Set once the shard is closed.
    package var endingSequenceNumber: String?

    /// A shard; by default an open one without parents.
    package init(
        shardID: String,
        parentShardID: String? = nil,
        adjacentParentShardID: String? = nil,
        startingSequenceNumber: String? = nil,
        endingSequenceNumber: String? = nil
    ) {
        self.shardID = shardID
        self.parentShardID = parentShardID
        self.adjacentParentShardID = adjacentParentShardID
        self.startingSequenceNumber = startingSequenceNumber
        self.endingSequenceNumber = endingSequenceNumber
    }
}

/// Where reading a shard starts.
package enum ShardIteratorPosition: Sendable, Equatable {
    case trimHorizon
    case latest
    case atSequenceNumber(String)
    case afterSequenceNumber(String)
    /// Seconds since 1970, not in the future; streams of DynamoDB do not have it.
    case atTimestamp(Int64)
}

extension StreamShard {
    init(from reader: inout JSONReader) throws {
        self.init(shardID: "")
        try reader.readObject { key, reader in
            switch key {
            case "ShardId": self.shardID = try reader.readString()
            case "ParentShardId": self.parentShardID = try reader.readOptionalString()
            case "AdjacentParentShardId": self.adjacentParentShardID = try reader.readOptionalString()
            case "SequenceNumberRange":
                try reader.readObject { key, reader in
                    switch key {
                    case "StartingSequenceNumber": self.startingSequenceNumber = try reader.readOptionalString()
                    case "EndingSequenceNumber": self.endingSequenceNumber = try reader.readOptionalString()
                    default: try reader.skip()
                    }
                }
            default: try reader.skip()
            }
        }
    }
}

extension JSONReader {
    /// The answer to `GetShardIterator` of either stream service.
    mutating func readShardIterator() throws -> String {
        try self.readRequiredMember("ShardIterator") { try $0.readString() }
    }
}

extension JSONWriter {
    /// The iterator's type and, where it has one, sequence number, whose key differs between the stream services.
    mutating func position(_ position: ShardIteratorPosition, sequenceNumberKey: String) {
        let (type, sequenceNumber): (String, String?) =
            switch position {
            case .trimHorizon: ("TRIM_HORIZON", nil)
            case .latest: ("LATEST", nil)
            case .atSequenceNumber(let number): ("AT_SEQUENCE_NUMBER", number)
            case .afterSequenceNumber(let number): ("AFTER_SEQUENCE_NUMBER", number)
            case .atTimestamp: ("AT_TIMESTAMP", nil)
            }
        self.member("ShardIteratorType", type)
        self.optional(sequenceNumberKey, sequenceNumber)
        if case .atTimestamp(let seconds) = position {
            self.key("Timestamp")
            self.integer(seconds)
        }
    }
}
