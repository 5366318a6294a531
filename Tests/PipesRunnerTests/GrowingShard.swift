import AWSClient
import AWSOperations
import Platform
import Synchronization
import TestSupport

/// One open shard that records come into as time goes by, whose iterators expire, and that cannot be read at times.
///
/// Behind both stream services: a record is named by its number, from 1, which is its sequence number too.
final class GrowingShard: Sendable {
    private struct State {
        var generator: SeededGenerator
        var iterators: [String: (index: Int, issued: UTCInstant)] = [:]
        /// When the first iterator of LATEST was given.
        var latest: UTCInstant?
    }

    let time: ManualTime
    /// Ascending.
    let arrivals: [UTCInstant]
    private let lifetime: Duration
    /// Times at which `GetRecords` fails.
    private let outages: [Range<UTCInstant>]
    private let state: Mutex<State>

    /// `lifetime` is an iterator's.
    init(
        time: ManualTime,
        arrivals: [UTCInstant],
        lifetime: Duration,
        outages: [Range<UTCInstant>],
        seed: UInt64
    ) {
        self.time = time
        self.arrivals = arrivals
        self.lifetime = lifetime
        self.outages = outages
        self.state = Mutex(State(generator: SeededGenerator(seed: seed)))
    }

    var latest: UTCInstant? { self.state.withLock { $0.latest } }

    private var tip: Int { self.arrivals.prefix { $0 <= self.time.now }.count }

    func iterator(_ position: ShardIteratorPosition) -> String {
        let now = self.time.now
        return self.state.withLock { state in
            let index =
                switch position {
                case .trimHorizon: 0
                case .latest: self.tip
                case .atSequenceNumber(let number): (Int(number) ?? 1) - 1
                case .afterSequenceNumber(let number): Int(number) ?? 0
                case .atTimestamp(let seconds):
                    self.arrivals.prefix { $0 < UTCInstant(secondsSince1970: seconds) }.count
                }
            if position == .latest, state.latest == nil { state.latest = now }
            return self.issue(index, now, &state)
        }
    }

    /// Numbers of the next records, and the next iterator.
    func read(_ iterator: String) throws(AWSError) -> (numbers: Range<Int>, next: String) {
        let now = self.time.now
        let tip = self.tip
        let page: (numbers: Range<Int>, next: String)? = self.state.withLock { state in
            guard let (index, issued) = state.iterators[iterator], now - issued < self.lifetime else { return nil }
            // Pages may be empty although more follows.
            let count = Int.random(in: 0...4, using: &state.generator)
            let end = min(max(tip, index), index + count)
            return (index + 1..<end + 1, self.issue(end, now, &state))
        }
        guard !self.outages.contains(where: { $0.contains(now) }) else {
            throw AWSError(code: .init(rawValue: "InternalServerError"), message: "outage", operation: "GetRecords")
        }
        guard let page else { throw AWSError(code: .expiredIterator, message: "old", operation: "GetRecords") }
        return page
    }

    private func issue(_ index: Int, _ now: UTCInstant, _ state: inout State) -> String {
        let iterator = "\(index)/\(state.iterators.count)"
        state.iterators[iterator] = (index, now)
        return iterator
    }
}

/// The shard as a stream of DynamoDB, whose records tell their second.
struct GrowingDynamoDBStream: DynamoDBStreamsOperations {
    let shard: GrowingShard

    func describeStream(streamARN: String, deadline: UTCInstant?) async throws(AWSError) -> DynamoDBStreamDescription {
        DynamoDBStreamDescription(streamStatus: "ENABLED", shards: [StreamShard(shardID: "s")])
    }

    func getShardIterator(
        streamARN: String,
        shardID: String,
        position: ShardIteratorPosition,
        deadline: UTCInstant?
    ) async throws(AWSError) -> String {
        await Task.yield()
        if case .atTimestamp = position {
            throw AWSError(code: .validation, message: "no such type", operation: "GetShardIterator")
        }
        return self.shard.iterator(position)
    }

    func getRecords(
        shardIterator: String,
        limit: Int?,
        deadline: UTCInstant?
    ) async throws(AWSError) -> DynamoDBStreamsRecordsPage {
        await Task.yield()
        let page = try self.shard.read(shardIterator)
        let records = page.numbers.map { number in
            let second = "\(self.shard.arrivals[number - 1].secondsSince1970)"
            let json = #"{"eventID":"\#(number)","eventName":"INSERT","dynamodb":{"SequenceNumber":"\#(number)"}}"#
            return DynamoDBStreamsRecord(
                eventID: "\(number)",
                sequenceNumber: "\(number)",
                approximateCreationDateTime: second,
                json: Array(json.utf8)
            )
        }
        return DynamoDBStreamsRecordsPage(records: records, nextShardIterator: page.next)
    }
}

/// The shard as a stream of Kinesis.
struct GrowingKinesisStream: KinesisReading {
    let shard: GrowingShard

    func listShards(streamName: String, deadline: UTCInstant?) async throws(AWSError) -> [StreamShard] {
        [StreamShard(shardID: "s")]
    }

    func getShardIterator(
        streamName: String,
        shardID: String,
        position: ShardIteratorPosition,
        deadline: UTCInstant?
    ) async throws(AWSError) -> String {
        await Task.yield()
        return self.shard.iterator(position)
    }

    func getRecords(
        shardIterator: String,
        limit: Int?,
        deadline: UTCInstant?
    ) async throws(AWSError) -> KinesisRecordsPage {
        await Task.yield()
        let page = try self.shard.read(shardIterator)
        let records = page.numbers.map { number in
            KinesisRecord(
                sequenceNumber: "\(number)",
                partitionKey: "p",
                data: [],
                approximateArrivalTimestamp: "\(self.shard.arrivals[number - 1].secondsSince1970).000"
            )
        }
        return KinesisRecordsPage(records: records, nextShardIterator: page.next)
    }
}
