package import Platform

/// Kinesis Data Streams as the tool sees it.
///
/// `KinesisClient` is the real one.
package protocol KinesisOperations: Sendable {
    /// At most 500 records and 10 MiB.
    ///
    /// Single records may fail: look at each result.
    func putRecords(
        streamName: String,
        records: [KinesisPutRecord],
        deadline: UTCInstant?
    ) async throws(AWSError) -> [KinesisPutResult]

    /// All shards of the stream, closed ones included, over as many pages as it takes.
    func listShards(streamName: String, deadline: UTCInstant?) async throws(AWSError) -> [StreamShard]

    /// A place to read from; valid for 5 minutes.
    func getShardIterator(
        streamName: String,
        shardID: String,
        position: ShardIteratorPosition,
        deadline: UTCInstant?
    ) async throws(AWSError) -> String

    /// The next records, possibly none although more follow.
    func getRecords(
        shardIterator: String,
        limit: Int?,
        deadline: UTCInstant?
    ) async throws(AWSError) -> KinesisRecordsPage
}

/// One record to put.
package struct KinesisPutRecord: Sendable, Equatable {
    package var data: [UInt8]
    /// 1 to 256 characters; decides the shard.
    package var partitionKey: String

    package init(data: [UInt8], partitionKey: String) {
        self.data = data
        self.partitionKey = partitionKey
    }
}

/// What became of one record of `putRecords`.
package enum KinesisPutResult: Sendable, Equatable {
    case stored(shardID: String, sequenceNumber: String)
    /// To be sent again: throttling or an internal failure.
    case failed(errorCode: String, message: String)
}

/// One record as read from a shard.
package struct KinesisRecord: Sendable, Equatable {
    package var sequenceNumber: String
    package var partitionKey: String
    package var data: [UInt8]
    /// Seconds since 1970, as the service writes them: `1607497475.000`.
    package var approximateArrivalTimestamp: String

    package init(sequenceNumber: String, partitionKey: String, data: [UInt8], approximateArrivalTimestamp: String) {
        self.sequenceNumber = sequenceNumber
        self.partitionKey = partitionKey
        self.data = data
        self.approximateArrivalTimestamp = approximateArrivalTimestamp
    }
}

/// What one `getRecords` gave.
package struct KinesisRecordsPage: Sendable, Equatable {
    package var records: [KinesisRecord]
    /// nil at the end of a closed shard.
    package var nextShardIterator: String?
    package var millisBehindLatest: Int64?

    package init(records: [KinesisRecord], nextShardIterator: String?, millisBehindLatest: Int64? = nil) {
        self.records = records
        self.nextShardIterator = nextShardIterator
        self.millisBehindLatest = millisBehindLatest
    }
}

/// A shard of a Kinesis or DynamoDB stream.
package struct StreamShard: Sendable, Equatable {
    package var shardID: String
    /// To be read to its end before this one.
    package var parentShardID: String?
    /// The second parent of a Kinesis shard that two were merged into; to be read to its end as well.
    package var adjacentParentShardID: String?
    package var startingSequenceNumber: String?
    /// Set once the shard is closed.
    package var endingSequenceNumber: String?

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
