package import AWSClient
internal import JSONText
package import Platform

extension AWSService {
    /// DynamoDB Streams, a part of DynamoDB where requests are signed.
    package static let dynamoDBStreams = AWSService(
        name: "DynamoDBStreams",
        environmentName: "DYNAMODB_STREAMS",
        hostPrefix: "streams.dynamodb",
        signingName: "dynamodb",
        wireProtocol: .json(version: "1.0", targetPrefix: "DynamoDBStreams_20120810"),
        dualStackHost: .otherLabels("streams-dynamodb", partitions: [.aws, .china, .govCloud]),
        govCloudFIPS: .singleStack
    )
}

/// DynamoDB Streams over the network.
package struct DynamoDBStreamsClient: DynamoDBStreamsOperations {
    private let session: AWSSession

    /// DynamoDB Streams by the session's endpoint and credentials.
    package init(session: AWSSession) {
        self.session = session
    }

    /// The stream with all its shards, over as many pages as it takes.
    package func describeStream(
        streamARN: String,
        deadline: UTCInstant?
    ) async throws(AWSError) -> DynamoDBStreamDescription {
        var description = DynamoDBStreamDescription(streamStatus: "", shards: [])
        try await AWSSession.forEachPage(of: "DynamoDBStreams.DescribeStream") { start throws(AWSError) in
            let write = { (writer: inout JSONWriter) in
                writer.member("StreamArn", streamARN)
                writer.optional("ExclusiveStartShardId", start)
            }
            let page = try await self.session.call(.dynamoDBStreams, "DescribeStream", deadline: deadline, write: write)
            {
                try Self.readDescription(&$0)
            }
            description.streamStatus = page.streamStatus
            description.shards += page.shards
            return page.lastShardID
        }
        return description
    }

    /// A place to read from; valid for 15 minutes.
    package func getShardIterator(
        streamARN: String,
        shardID: String,
        position: ShardIteratorPosition,
        deadline: UTCInstant?
    ) async throws(AWSError) -> String {
        let write = { (writer: inout JSONWriter) in
            writer.member("StreamArn", streamARN)
            writer.member("ShardId", shardID)
            writer.position(position, sequenceNumberKey: "SequenceNumber")
        }
        return try await self.session.call(.dynamoDBStreams, "GetShardIterator", deadline: deadline, write: write) {
            try $0.readShardIterator()
        }
    }

    /// The next records (at most 1,000), possibly none although more follow.
    package func getRecords(
        shardIterator: String,
        limit: Int?,
        deadline: UTCInstant?
    ) async throws(AWSError) -> DynamoDBStreamsRecordsPage {
        let write = { (writer: inout JSONWriter) in
            writer.member("ShardIterator", shardIterator)
            writer.optional("Limit", limit)
        }
        let page = try await self.session.call(.dynamoDBStreams, "GetRecords", deadline: deadline, write: write) {
            reader in
            var records: [DynamoDBStreamsRecord]?
            var next: String?
            try reader.readObject { key, reader in
                switch key {
                case "Records":
                    var read: [DynamoDBStreamsRecord] = []
                    try reader.readArray { _, reader in read.append(try DynamoDBStreamsRecord(from: &reader)) }
                    records = read
                case "NextShardIterator": next = try reader.readOptionalString()
                default: try reader.skip()
                }
            }
            // Without an iterator either, it would be the end of the shard.
            guard let records else { throw reader.error(.missingMember, "answer without Records") }
            return DynamoDBStreamsRecordsPage(records: records, nextShardIterator: next)
        }
        // An empty page may well be asked for again.
        guard page.records.isEmpty || page.nextShardIterator != shardIterator else {
            throw AWSSession.repeatedPage(of: "DynamoDBStreams.GetRecords")
        }
        return page
    }

    private struct DescriptionPage {
        var streamStatus = ""
        var shards: [StreamShard] = []
        var lastShardID: String?
    }

    private static func readDescription(_ reader: inout JSONReader) throws -> DescriptionPage {
        try reader.readRequiredMember("StreamDescription") { reader in
            var page = DescriptionPage()
            try reader.readObject { key, reader in
                switch key {
                case "StreamStatus": page.streamStatus = try reader.readString()
                case "Shards":
                    try reader.readArray { _, reader in page.shards.append(try StreamShard(from: &reader)) }
                case "LastEvaluatedShardId": page.lastShardID = try reader.readOptionalString()
                default: try reader.skip()
                }
            }
            return page
        }
    }
}

extension DynamoDBStreamsRecord {
    /// The record is read for what reading the stream needs, and kept as it is for whoever handles it.
    fileprivate init(from reader: inout JSONReader) throws {
        self.init(eventID: "", sequenceNumber: "", approximateCreationDateTime: nil, json: [])
        _ = try reader.peek()
        let start = reader.offset
        try reader.readObject { key, reader in
            switch key {
            case "eventID": self.eventID = try reader.readString()
            case "dynamodb":
                try reader.readObject { key, reader in
                    switch key {
                    case "SequenceNumber": self.sequenceNumber = try reader.readString()
                    case "ApproximateCreationDateTime":
                        self.approximateCreationDateTime = try reader.readNumber().text
                    default: try reader.skip()
                    }
                }
            default: try reader.skip()
            }
        }
        self.json = Array(reader.slice(start..<reader.offset))
    }
}
