package import AWSClient
internal import JSONText
package import Platform

/// Reading Kinesis Data Streams, as mappings of Lambda do.
///
/// `KinesisClient` is the real one.
package protocol KinesisReading: Sendable {
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

extension KinesisClient: KinesisReading {
    /// How many shards and streams on demand the account has in this region, and may have.
    package func describeLimits(deadline: UTCInstant?) async throws(AWSError) -> KinesisLimits {
        try await self.session.call(.kinesis, "DescribeLimits", deadline: deadline, write: { _ in }) { reader in
            var limits = KinesisLimits()
            try reader.readObject { key, reader in
                switch key {
                case "ShardLimit": limits.shardLimit = Int(try reader.readInteger())
                case "OpenShardCount": limits.openShards = Int(try reader.readInteger())
                case "OnDemandStreamCount": limits.onDemandStreams = Int(try reader.readInteger())
                case "OnDemandStreamCountLimit": limits.onDemandStreamLimit = Int(try reader.readInteger())
                default: try reader.skip()
                }
            }
            guard limits.shardLimit > 0 else { throw reader.error(.missingMember, "answer without ShardLimit") }
            return limits
        }
    }

    /// `ACTIVE`, `UPDATING` and so on.
    package func streamStatus(streamName: String, deadline: UTCInstant?) async throws(AWSError) -> String {
        try await self.session.call(
            .kinesis,
            "DescribeStreamSummary",
            deadline: deadline,
            write: { $0.member("StreamName", streamName) },
            read: { reader in
                try reader.readRequiredMember("StreamDescriptionSummary") { reader in
                    try reader.readMember("StreamStatus") { try $0.readString() } ?? ""
                }
            }
        )
    }

    /// All shards of the stream, closed ones included, over as many pages as it takes.
    package func listShards(streamName: String, deadline: UTCInstant?) async throws(AWSError) -> [StreamShard] {
        var shards: [StreamShard] = []
        try await AWSSession.forEachPage(of: "Kinesis.ListShards") { token throws(AWSError) in
            let write = { (writer: inout JSONWriter) in
                // A token names the stream already; both together are refused.
                if let token { writer.member("NextToken", token) } else { writer.member("StreamName", streamName) }
            }
            let page = try await self.session.call(.kinesis, "ListShards", deadline: deadline, write: write) {
                reader in
                var page = (shards: [StreamShard]?.none, next: String?.none)
                try reader.readObject { key, reader in
                    switch key {
                    case "Shards":
                        var read: [StreamShard] = []
                        try reader.readArray { _, reader in read.append(try StreamShard(from: &reader)) }
                        page.shards = read
                    case "NextToken": page.next = try reader.readOptionalString()
                    default: try reader.skip()
                    }
                }
                guard let found = page.shards else { throw reader.error(.missingMember, "answer without Shards") }
                return (shards: found, next: page.next)
            }
            shards += page.shards
            return page.next
        }
        return shards
    }

    /// A place to read from; valid for 5 minutes.
    package func getShardIterator(
        streamName: String,
        shardID: String,
        position: ShardIteratorPosition,
        deadline: UTCInstant?
    ) async throws(AWSError) -> String {
        let write = { (writer: inout JSONWriter) in
            writer.member("StreamName", streamName)
            writer.member("ShardId", shardID)
            writer.position(position, sequenceNumberKey: "StartingSequenceNumber")
        }
        return try await self.session.call(.kinesis, "GetShardIterator", deadline: deadline, write: write) {
            try $0.readShardIterator()
        }
    }

    /// The next records, possibly none although more follow.
    package func getRecords(
        shardIterator: String,
        limit: Int?,
        deadline: UTCInstant?
    ) async throws(AWSError) -> KinesisRecordsPage {
        let write = { (writer: inout JSONWriter) in
            writer.member("ShardIterator", shardIterator)
            writer.optional("Limit", limit)
        }
        let page = try await self.session.call(.kinesis, "GetRecords", deadline: deadline, write: write) { reader in
            var page = KinesisRecordsPage(records: [], nextShardIterator: nil)
            var hasRecords = false
            try reader.readObject { key, reader in
                switch key {
                case "Records":
                    hasRecords = true
                    try reader.readArray { _, reader in page.records.append(try KinesisRecord(from: &reader)) }
                case "NextShardIterator": page.nextShardIterator = try reader.readOptionalString()
                case "MillisBehindLatest": page.millisBehindLatest = try reader.readInteger()
                default: try reader.skip()
                }
            }
            // Without an iterator either, it would be the end of the shard.
            guard hasRecords else { throw reader.error(.missingMember, "answer without Records") }
            return page
        }
        // An empty page may well be asked for again.
        guard page.records.isEmpty || page.nextShardIterator != shardIterator else {
            throw AWSSession.repeatedPage(of: "Kinesis.GetRecords")
        }
        return page
    }
}

/// One record as read from a shard.
package struct KinesisRecord: Sendable, Equatable {
    /// The record's place in its shard.
    package var sequenceNumber: String
    /// What led the record to its shard.
    package var partitionKey: String
    /// The record's content, without the base64 of the API.
    package var data: [UInt8]
    /// Seconds since 1970, as the service writes them: `1607497475.000`.
    package var approximateArrivalTimestamp: String

    /// A record as read from a shard.
    package init(sequenceNumber: String, partitionKey: String, data: [UInt8], approximateArrivalTimestamp: String) {
        self.sequenceNumber = sequenceNumber
        self.partitionKey = partitionKey
        self.data = data
        self.approximateArrivalTimestamp = approximateArrivalTimestamp
    }
}

/// What one `getRecords` gave.
package struct KinesisRecordsPage: Sendable, Equatable {
    /// The records, possibly none although more follow.
    package var records: [KinesisRecord]
    /// nil at the end of a closed shard.
    package var nextShardIterator: String?
    /// How far behind the newest record the page is, in milliseconds.
    package var millisBehindLatest: Int64?

    /// What one read gave.
    package init(records: [KinesisRecord], nextShardIterator: String?, millisBehindLatest: Int64? = nil) {
        self.records = records
        self.nextShardIterator = nextShardIterator
        self.millisBehindLatest = millisBehindLatest
    }
}

extension KinesisRecord {
    fileprivate init(from reader: inout JSONReader) throws {
        self.init(sequenceNumber: "", partitionKey: "", data: [], approximateArrivalTimestamp: "0")
        try reader.readObject { key, reader in
            switch key {
            case "SequenceNumber": self.sequenceNumber = try reader.readString()
            case "PartitionKey": self.partitionKey = try reader.readString()
            case "ApproximateArrivalTimestamp": self.approximateArrivalTimestamp = try reader.readNumber().text
            case "Data":
                guard let data = Base64.decode(try reader.readStringToken().utf8) else {
                    throw reader.error(.invalidValue, "expected base64")
                }
                self.data = data
            default: try reader.skip()
            }
        }
    }
}

/// Limits of Kinesis for one account in one region.
package struct KinesisLimits: Sendable, Equatable {
    /// Shards of streams that are not on demand.
    package var openShards = 0
    /// How many such shards there may be.
    package var shardLimit = 0
    /// Streams on demand.
    package var onDemandStreams = 0
    /// How many streams on demand there may be.
    package var onDemandStreamLimit = 0

    /// Limits of nothing.
    package init() {}
}
