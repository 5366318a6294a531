internal import JSONText
package import Platform

/// Kinesis Data Streams over the network.
package struct KinesisClient: KinesisOperations {
    private let session: AWSSession
    private static let json = JSONProtocol(service: .kinesis, targetPrefix: "Kinesis_20131202", version: "1.1")

    package init(session: AWSSession) {
        self.session = session
    }

    package func putRecords(
        streamName: String,
        records: [KinesisPutRecord],
        deadline: UTCInstant?
    ) async throws(AWSError) -> [KinesisPutResult] {
        let write = { (writer: inout JSONWriter) in
            writer.member("StreamName", streamName)
            writer.key("Records")
            writer.array { writer in
                for record in records {
                    writer.object { writer in
                        writer.member("Data", Base64.encode(record.data))
                        writer.member("PartitionKey", record.partitionKey)
                    }
                }
            }
        }
        return try await self.session.call(Self.json, "PutRecords", deadline: deadline, write: write) { reader in
            let results = try reader.readMember("Records") { reader in
                var results: [KinesisPutResult] = []
                try reader.readArray { _, reader in results.append(try KinesisPutResult(from: &reader)) }
                return results
            }
            guard let results, results.count == records.count else {
                throw reader.error(.invalidValue, "expected one result per record")
            }
            return results
        }
    }

    package func listShards(streamName: String, deadline: UTCInstant?) async throws(AWSError) -> [StreamShard] {
        var shards: [StreamShard] = []
        try await AWSSession.forEachPage(of: "Kinesis.ListShards") { token throws(AWSError) in
            let write = { (writer: inout JSONWriter) in
                // A token names the stream already; both together are refused.
                if let token { writer.member("NextToken", token) } else { writer.member("StreamName", streamName) }
            }
            let page = try await self.session.call(Self.json, "ListShards", deadline: deadline, write: write) {
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
        return try await self.session.call(Self.json, "GetShardIterator", deadline: deadline, write: write) {
            try $0.readShardIterator()
        }
    }

    package func getRecords(
        shardIterator: String,
        limit: Int?,
        deadline: UTCInstant?
    ) async throws(AWSError) -> KinesisRecordsPage {
        let write = { (writer: inout JSONWriter) in
            writer.member("ShardIterator", shardIterator)
            writer.optional("Limit", limit)
        }
        let page = try await self.session.call(Self.json, "GetRecords", deadline: deadline, write: write) { reader in
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
