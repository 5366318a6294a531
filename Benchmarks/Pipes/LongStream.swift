import AWSClient
import AWSOperations
import EventPatterns
import PipesRunner
import Platform
import Synchronization

/// A closed shard of a DynamoDB stream that makes its records as they are read, and a Pipe that delivers them.
final class LongStream: DynamoDBStreamsOperations, PipeTarget, TimeSource {
    /// DynamoDB's page.
    private static let pageSize = 1_000

    private let length: Int
    private let source: RecordSource
    private let filters: FilterCriteria
    /// Peak memory when half was read, in MB.
    private let halfway = Mutex(0.0)

    init(length: Int, source: RecordSource, filters: FilterCriteria) {
        self.length = length
        self.source = source
        self.filters = filters
    }

    /// Runs it to its end; gives its speed, and its peak memory at half and at the end, as JSON.
    func run() async throws -> String {
        let stop = StopFlag()
        let runner = StreamRunner(
            // Pages never end with a batch, and with a window the rest waits for the next page.
            settings: StreamRunner.Settings(
                limits: BatchLimits(size: 77, window: .seconds(60)),
                policy: DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: 5)
            ),
            stream: DynamoDBStreamSource(
                client: self,
                streamARN: RecordSource.streamARN,
                filters: self.filters,
                time: self
            ),
            target: self,
            deadLetters: nil,
            time: self,
            stop: stop,
            tell: { if case .shardFinished = $0 { stop.set() } }
        )
        let start = ContinuousClock.now
        try await runner.run()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let summary = await runner.summary
        guard summary.read == self.length, summary.pending == 0 else {
            fail("the stream was not delivered: \(summary)")
        }
        let halfway = self.halfway.withLock { $0 }
        return "{\"records_per_second\": \(Double(self.length) / seconds), \"half_mb\": \(halfway), "
            + "\"end_mb\": \(memory("VmHWM"))}"
    }

    func describeStream(
        streamARN: String,
        deadline: UTCInstant?
    ) async throws(AWSError) -> DynamoDBStreamDescription {
        DynamoDBStreamDescription(
            streamStatus: "ENABLED",
            shards: [StreamShard(shardID: "s", endingSequenceNumber: "\(self.length)")]
        )
    }

    func getShardIterator(
        streamARN: String,
        shardID: String,
        position: ShardIteratorPosition,
        deadline: UTCInstant?
    ) async throws(AWSError) -> String { "0" }

    func getRecords(
        shardIterator: String,
        limit: Int?,
        deadline: UTCInstant?
    ) async throws(AWSError) -> DynamoDBStreamsRecordsPage {
        let start = Int(shardIterator) ?? 0
        let end = min(self.length, start + Self.pageSize)
        if start >= self.length / 2, start < self.length / 2 + Self.pageSize {
            let peak = memory("VmHWM")
            self.halfway.withLock { $0 = peak }
        }
        return DynamoDBStreamsRecordsPage(
            records: (start..<end).map(self.source.record),
            nextShardIterator: end == self.length ? nil : "\(end)"
        )
    }

    func invoke(payload: [UInt8]) async -> TargetOutcome { .answered([]) }

    var now: UTCInstant { SystemClock.now }

    var uptime: Duration { SystemClock.uptime }

    func sleep(for duration: Duration) async throws { await Task.yield() }
}
