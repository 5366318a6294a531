import AWSClient
import AWSOperations
import Platform
import Synchronization
import TestSupport

/// A stream whose shards give nothing for long: each read looks through a minute, unless it is refused.
final class IdleStream: KinesisReading {
    /// A read of a shard.
    struct Read {
        let shardID: String
        let at: Duration
        let isRefused: Bool
    }

    private struct State {
        var positions: [ShardIteratorPosition] = []
        var reads: [Read] = []
        /// How often each shard was read.
        var counts: [String: Int] = [:]
    }

    /// In milliseconds.
    private static let stretch: Int64 = 60_000

    private let shards: [StreamShard]
    private let idleMinutes: Int64
    private let records: [String: KinesisRecord]
    private let refused: [String: Range<Int>]
    private let failure: AWSError.Code
    private let time: ManualTime
    private let state = Mutex(State())

    /// Open shards, and one that is closed if it is named, in which nothing came for so many minutes behind any position.
    ///
    /// Then comes the shard's record, or the end. The reads of a shard with these numbers fail.
    init(
        _ shardIDs: [String],
        closed: String? = nil,
        idleMinutes: Int64,
        records: [String: KinesisRecord] = [:],
        refused: [String: Range<Int>] = [:],
        failure: AWSError.Code = AWSError.Code(rawValue: "ProvisionedThroughputExceededException"),
        time: ManualTime
    ) {
        self.shards = shardIDs.map { StreamShard(shardID: $0, endingSequenceNumber: $0 == closed ? "99" : nil) }
        self.idleMinutes = idleMinutes
        self.records = records
        self.refused = refused
        self.failure = failure
        self.time = time
    }

    /// Where iterators were asked for.
    var positions: [ShardIteratorPosition] { self.state.withLock { $0.positions } }

    /// What was read.
    var reads: [Read] { self.state.withLock { $0.reads } }

    func listShards(streamName: String, deadline: UTCInstant?) async throws(AWSError) -> [StreamShard] {
        self.shards
    }

    func getShardIterator(
        streamName: String,
        shardID: String,
        position: ShardIteratorPosition,
        deadline: UTCInstant?
    ) async throws(AWSError) -> String {
        self.state.withLock { $0.positions.append(position) }
        let number = self.records[shardID]?.sequenceNumber ?? ""
        let idle = position == .atSequenceNumber(number) ? 0 : self.idleMinutes * Self.stretch
        return "\(shardID) \(idle) \(position == .afterSequenceNumber(number) ? "behind" : "before")"
    }

    func getRecords(
        shardIterator: String,
        limit: Int?,
        deadline: UTCInstant?
    ) async throws(AWSError) -> KinesisRecordsPage {
        let parts = shardIterator.split(separator: " ").map { String($0) }
        let shardID = parts[0]
        let left = max(0, (Int64(parts[1]) ?? 0) - Self.stretch)
        let now = self.time.uptime
        let isRefused = self.state.withLock { state -> Bool in
            let number = state.counts[shardID, default: 0]
            state.counts[shardID] = number + 1
            let isRefused = self.refused[shardID]?.contains(number) ?? false
            state.reads.append(Read(shardID: shardID, at: now, isRefused: isRefused))
            return isRefused
        }
        if isRefused { throw AWSError(code: self.failure, message: "Rate exceeded", operation: "Kinesis.GetRecords") }
        let record = left == 0 && parts[2] == "before" ? self.records[shardID] : nil
        let place = record == nil ? parts[2] : "behind"
        let isClosed = self.shards.contains { $0.shardID == shardID && $0.endingSequenceNumber != nil }
        return KinesisRecordsPage(
            records: [record].compactMap { $0 },
            nextShardIterator: isClosed && left == 0 ? nil : "\(shardID) \(left) \(place)",
            millisBehindLatest: left
        )
    }
}

extension KinesisRecord {
    /// A record that came when `ManualTime` begins.
    static func ofBeginning(_ sequenceNumber: String, data: String = "{}") -> KinesisRecord {
        KinesisRecord(
            sequenceNumber: sequenceNumber,
            partitionKey: "p",
            data: Array(data.utf8),
            approximateArrivalTimestamp: "1756318080.000"
        )
    }
}
