package import AWSClient
package import Platform

/// DynamoDB Streams as the Pipes runner sees it.
///
/// `DynamoDBStreamsClient` is the real one.
package protocol DynamoDBStreamsOperations: Sendable {
    /// The stream with all its shards, over as many pages as it takes.
    func describeStream(streamARN: String, deadline: UTCInstant?) async throws(AWSError) -> DynamoDBStreamDescription

    /// A place to read from; valid for 15 minutes.
    func getShardIterator(
        streamARN: String,
        shardID: String,
        position: ShardIteratorPosition,
        deadline: UTCInstant?
    ) async throws(AWSError) -> String

    /// The next records (at most 1,000), possibly none although more follow.
    func getRecords(
        shardIterator: String,
        limit: Int?,
        deadline: UTCInstant?
    ) async throws(AWSError) -> DynamoDBStreamsRecordsPage
}

/// What `describeStream` says.
package struct DynamoDBStreamDescription: Sendable, Equatable {
    /// `ENABLING`, `ENABLED`, `DISABLING`, `DISABLED`.
    package var streamStatus: String
    /// All shards, closed ones included.
    package var shards: [StreamShard]

    /// A stream with these shards.
    package init(streamStatus: String, shards: [StreamShard]) {
        self.streamStatus = streamStatus
        self.shards = shards
    }
}

/// One record of a stream.
package struct DynamoDBStreamsRecord: Sendable, Equatable {
    /// The record's id, which stays the same when the record is delivered again.
    package var eventID: String
    /// The record's place in its shard.
    package var sequenceNumber: String
    /// Seconds since 1970, as the service writes them.
    package var approximateCreationDateTime: String?
    /// The whole record as it came, a JSON object with `eventID`, `eventName`, `dynamodb` and so on.
    ///
    /// It lacks the `eventSourceARN` that a Pipe or a mapping adds.
    package var json: [UInt8]

    /// A record of a stream.
    package init(eventID: String, sequenceNumber: String, approximateCreationDateTime: String?, json: [UInt8]) {
        self.eventID = eventID
        self.sequenceNumber = sequenceNumber
        self.approximateCreationDateTime = approximateCreationDateTime
        self.json = json
    }
}

/// What one `getRecords` gave.
package struct DynamoDBStreamsRecordsPage: Sendable, Equatable {
    /// The records, possibly none although more follow.
    package var records: [DynamoDBStreamsRecord]
    /// nil at the end of a closed shard.
    package var nextShardIterator: String?

    /// Records that `GetRecords` gives at most.
    private static let maximumCount = 1_000
    /// Bytes of JSON from which a page counts as full, too.
    ///
    /// `GetRecords` gives 1 MB at most, and the next record may have been too large for what was left of it.
    private static let fullBytes = 500_000

    /// Whether the page holds what `GetRecords` gives at most, so that more is likely behind it.
    package var isFull: Bool {
        self.records.count >= Self.maximumCount || self.records.reduce(0) { $0 + $1.json.count } >= Self.fullBytes
    }

    /// What one read gave.
    package init(records: [DynamoDBStreamsRecord], nextShardIterator: String?) {
        self.records = records
        self.nextShardIterator = nextShardIterator
    }
}
