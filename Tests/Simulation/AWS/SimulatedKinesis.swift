internal import AWSClient
internal import JSONText

/// Kinesis as far as the pipeline and its tool use it: records that are put, in part or all of them; shards and iterators
/// that are read from; shards that are split and merged.
package struct SimulatedKinesis: Sendable {
    /// A record that was put, and the number of its shard.
    package struct NewRecord: Sendable {
        package let shard: Int
        package let record: KinesisStream.Record
    }

    private var streams: [String: KinesisStream]
    private var newRecords: [NewRecord] = []
    /// For the records of the next `PutRecords` the codes that they are refused with, or nil.
    package var recordRefusals: [String?] = []
    /// What is broken on purpose.
    package var weakness: Weakness?

    /// An account with those streams.
    package init(streams: [KinesisStream] = []) {
        self.streams = Dictionary(uniqueKeysWithValues: streams.map { ($0.name, $0) })
    }

    /// A stream by its name.
    package subscript(_ name: String) -> KinesisStream? {
        get { self.streams[name] }
        set { self.streams[name] = newValue }
    }

    /// The records that were put since this was last asked, in their order.
    package mutating func takeNewRecords() -> [NewRecord] {
        defer { self.newRecords = [] }
        return self.newRecords
    }

    /// Carries out a request at `now`, in nanoseconds of the run.
    package mutating func perform(_ operation: String, _ body: [UInt8], at now: Int64) throws -> [UInt8] {
        let request = try JSONReader.read(body) { try KinesisRequest(&$0) }
        switch operation {
        case "PutRecords": return try self.putRecords(request, at: now)
        case "ListShards": return try self.listShards(request)
        case "GetShardIterator": return try self.shardIterator(request, at: now)
        case "GetRecords": return try self.getRecords(request, at: now)
        case "DescribeStreamSummary": return try self.describe(request)
        case "SplitShard":
            let key = try Self.hashKey(request.newStartingHashKey)
            try self.change(request) { try $0.split(try Self.number(request.shardToSplit), at: key) }
            return []
        case "MergeShards":
            try self.change(request) {
                try $0.merge(try Self.number(request.shardToMerge), try Self.number(request.adjacentShard))
            }
            return []
        default: throw ServiceError(400, "UnknownOperationException", operation)
        }
    }

    private func stream(_ request: KinesisRequest) throws -> KinesisStream {
        guard let stream = self.streams[request.streamName] else {
            throw ServiceError(400, "ResourceNotFoundException", "Stream \(request.streamName) not found.")
        }
        return stream
    }

    private mutating func change(_ request: KinesisRequest, _ change: (inout KinesisStream) throws -> Void) throws {
        var stream = try self.stream(request)
        try change(&stream)
        self.streams[stream.name] = stream
    }

    // MARK: Records that are put

    private mutating func putRecords(_ request: KinesisRequest, at now: Int64) throws -> [UInt8] {
        try request.checkRecords()
        let stream = try self.stream(request)
        var failures = 0
        var writer = JSONWriter(reservingCapacity: 64 + request.records.count * 128)
        let hashKeys = try request.records.map {
            try Self.hashKey($0.explicitHashKey) ?? KinesisStream.hashKey(ofPartitionKey: $0.partitionKey)
        }
        writer.object { writer in
            writer.key("Records")
            writer.array { writer in
                for (place, record) in request.records.enumerated() {
                    writer.object { writer in
                        let refusal = place < self.recordRefusals.count ? self.recordRefusals[place] : nil
                        if let refusal, self.weakness != .storedRecords {
                            failures += 1
                            writer.member("ErrorCode", refusal)
                            writer.member("ErrorMessage", "The record was refused.")
                            return
                        }
                        let shard = stream.shard(forHashKey: hashKeys[place])
                        let number = self.streams[stream.name]?.takeSequenceNumber() ?? ""
                        if refusal == nil { self.store(record, number, in: stream.name, shard, at: now) }
                        writer.member("SequenceNumber", number)
                        writer.member("ShardId", KinesisStream.shardID(shard))
                    }
                }
            }
            writer.key("FailedRecordCount")
            writer.integer(failures)
        }
        return writer.bytes
    }

    private mutating func store(
        _ record: KinesisRequest.Record,
        _ sequenceNumber: String,
        in stream: String,
        _ shard: Int,
        at now: Int64
    ) {
        let stored = KinesisStream.Record(
            sequenceNumber: sequenceNumber,
            partitionKey: record.partitionKey,
            data: record.data,
            arrival: now / 1_000_000 * 1_000_000
        )
        self.streams[stream]?.append(stored, to: shard)
        self.newRecords.append(NewRecord(shard: shard, record: stored))
    }

    // MARK: Shards that are read

    private func describe(_ request: KinesisRequest) throws -> [UInt8] {
        let stream = try self.stream(request)
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("StreamDescriptionSummary")
            writer.object { writer in
                writer.member("StreamName", stream.name)
                writer.member("StreamStatus", "ACTIVE")
                writer.key("RetentionPeriodHours")
                writer.integer(Int(stream.retention / 3_600_000_000_000))
                writer.key("OpenShardCount")
                writer.integer(stream.shards.count { $0.isOpen })
            }
        }
        return writer.bytes
    }

    private func listShards(_ request: KinesisRequest) throws -> [UInt8] {
        let stream = try self.stream(request)
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("Shards")
            writer.array { writer in
                for shard in stream.shards { writer.object { Self.write(shard, to: &$0) } }
            }
        }
        return writer.bytes
    }

    private static func write(_ shard: KinesisStream.Shard, to writer: inout JSONWriter) {
        writer.member("ShardId", shard.id)
        for (name, parent) in zip(["ParentShardId", "AdjacentParentShardId"], shard.parents) {
            writer.member(name, KinesisStream.shardID(parent))
        }
        writer.key("HashKeyRange")
        writer.object { writer in
            writer.member("StartingHashKey", String(shard.hashKeys.lowerBound))
            writer.member("EndingHashKey", String(shard.hashKeys.upperBound))
        }
        writer.key("SequenceNumberRange")
        writer.object { writer in
            writer.member("StartingSequenceNumber", shard.firstSequenceNumber)
            if let last = shard.lastSequenceNumber { writer.member("EndingSequenceNumber", last) }
        }
    }

    private func shardIterator(_ request: KinesisRequest, at now: Int64) throws -> [UInt8] {
        let stream = try self.stream(request)
        guard let shard = stream.shards.first(where: { $0.id == request.shardID }) else {
            throw ServiceError(400, "ResourceNotFoundException", "There is no shard \(request.shardID).")
        }
        let place: Int
        switch request.iteratorType {
        case "TRIM_HORIZON": place = stream.oldest(in: shard, at: now)
        case "LATEST": place = shard.records.count
        case "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER":
            guard let number = request.startingSequenceNumber, !number.isEmpty else {
                throw ServiceError(400, "InvalidArgumentException", "StartingSequenceNumber is missing.")
            }
            let isAt = request.iteratorType == "AT_SEQUENCE_NUMBER"
            place = Self.place(shard) { record in
                isAt
                    ? !KinesisStream.precedes(record.sequenceNumber, number)
                    : KinesisStream.precedes(number, record.sequenceNumber)
            }
        case "AT_TIMESTAMP":
            guard let seconds = request.timestamp else {
                throw ServiceError(400, "InvalidArgumentException", "Timestamp is missing.")
            }
            place = Self.place(shard) { $0.arrival >= Int64(seconds * 1e9) }
        default:
            throw ServiceError(400, "ValidationException", "ShardIteratorType is not one of the five that there are.")
        }
        var writer = JSONWriter()
        writer.object { $0.member("ShardIterator", "\(stream.name)/\(shard.number)/\(place)") }
        return writer.bytes
    }

    private static func place(_ shard: KinesisStream.Shard, _ isThere: (KinesisStream.Record) -> Bool) -> Int {
        shard.records.firstIndex(where: isThere) ?? shard.records.count
    }

    /// Records of a request without a limit of its own, by "GetRecords".
    private static let greatestLimit = 10_000

    private func getRecords(_ request: KinesisRequest, at now: Int64) throws -> [UInt8] {
        let parts = request.iterator.split(separator: "/").map(String.init)
        guard parts.count == 3, let stream = self.streams[parts[0]], let number = Int(parts[1]),
            let shard = stream.shard(number), let place = Int(parts[2])
        else { throw ServiceError(400, "InvalidArgumentException", "The ShardIterator is none.") }
        guard (1...Self.greatestLimit).contains(request.limit ?? 1) else {
            throw ServiceError(400, "ValidationException", "Limit is not between 1 and \(Self.greatestLimit).")
        }
        let start = max(place, stream.oldest(in: shard, at: now))
        let records = shard.records[start...].prefix(request.limit ?? Self.greatestLimit)
        let isEnd = !shard.isOpen && records.endIndex == shard.records.count
        let next = records.endIndex < shard.records.count ? shard.records[records.endIndex] : nil
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.object { writer in
            writer.key("Records")
            writer.array { writer in
                for record in records { writer.object { Self.write(record, to: &$0) } }
            }
            if !isEnd { writer.member("NextShardIterator", "\(stream.name)/\(number)/\(records.endIndex)") }
            writer.key("MillisBehindLatest")
            writer.integer(next.map { Int(max(0, now - $0.arrival) / 1_000_000) } ?? 0)
        }
        return writer.bytes
    }

    private static func write(_ record: KinesisStream.Record, to writer: inout JSONWriter) {
        writer.member("SequenceNumber", record.sequenceNumber)
        writer.member("PartitionKey", record.partitionKey)
        writer.member("Data", Base64.encode(record.data))
        writer.key("ApproximateArrivalTimestamp")
        let milliseconds = record.arrival / 1_000_000
        writer.raw("\(milliseconds / 1_000).\(String(milliseconds % 1_000 + 1_000).dropFirst())".utf8)
    }

    private static func number(_ shardID: String) throws -> Int {
        guard let number = Int(shardID.drop { $0 < "0" || $0 > "9" }) else {
            throw ServiceError(400, "ResourceNotFoundException", "There is no shard \(shardID).")
        }
        return number
    }

    private static func hashKey(_ text: String?) throws -> UInt128? {
        guard let text else { return nil }
        guard let key = UInt128(text) else {
            throw ServiceError(400, "InvalidArgumentException", "A hash key is a number below 2^128.")
        }
        return key
    }
}

/// The members of a request that the simulated Kinesis knows.
private struct KinesisRequest {
    struct Record {
        var data: [UInt8] = []
        var partitionKey = ""
        var explicitHashKey: String?
    }

    var streamName = ""
    var records: [Record] = []
    var shardID = ""
    var iteratorType = ""
    var startingSequenceNumber: String?
    var timestamp: Double?
    var iterator = ""
    var limit: Int?
    var shardToSplit = ""
    var newStartingHashKey: String?
    var shardToMerge = ""
    var adjacentShard = ""

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { key, reader in
            switch key {
            case "StreamName": self.streamName = try reader.readString()
            case "Records": try reader.readArray { _, reader in self.records.append(try Record(&reader)) }
            case "ShardId": self.shardID = try reader.readString()
            case "ShardIteratorType": self.iteratorType = try reader.readString()
            case "StartingSequenceNumber": self.startingSequenceNumber = try reader.readString()
            case "Timestamp": self.timestamp = Double(try reader.readNumber().text)
            case "ShardIterator": self.iterator = try reader.readString()
            case "Limit": self.limit = Int(try reader.readInteger())
            case "ShardToSplit": self.shardToSplit = try reader.readString()
            case "NewStartingHashKey": self.newStartingHashKey = try reader.readString()
            case "ShardToMerge": self.shardToMerge = try reader.readString()
            case "AdjacentShardToMerge": self.adjacentShard = try reader.readString()
            default: try reader.skip()
            }
        }
    }

    /// What the stream takes, by "PutRecords" and "Quotas and limits".
    private static let (greatestCount, greatestRecord, greatestRequest) = (500, 1_048_576, 10_485_760)

    func checkRecords() throws {
        func refuse(_ problem: String) throws -> Never { throw ServiceError(400, "ValidationException", problem) }
        guard (1...Self.greatestCount).contains(self.records.count) else {
            try refuse("records has 1 to \(Self.greatestCount) members.")
        }
        for record in self.records {
            guard (1...256).contains(record.partitionKey.unicodeScalars.count) else {
                try refuse("partitionKey has 1 to 256 characters.")
            }
            guard record.data.count <= Self.greatestRecord else {
                try refuse("data has at most \(Self.greatestRecord) bytes.")
            }
        }
        let size = self.records.reduce(0) { $0 + $1.data.count + $1.partitionKey.utf8.count }
        guard size <= Self.greatestRequest else {
            throw ServiceError(400, "InvalidArgumentException", "The records have more than 10 MiB.")
        }
    }
}

extension KinesisRequest.Record {
    fileprivate init(_ reader: inout JSONReader) throws {
        self.init()
        try reader.readObject { key, reader in
            switch key {
            case "Data":
                guard let data = Base64.decode(try reader.readStringToken().utf8) else {
                    throw ServiceError(400, "SerializationException", "Data is no base64.")
                }
                self.data = data
            case "PartitionKey": self.partitionKey = try reader.readString()
            case "ExplicitHashKey": self.explicitHashKey = try reader.readString()
            default: try reader.skip()
            }
        }
    }
}
