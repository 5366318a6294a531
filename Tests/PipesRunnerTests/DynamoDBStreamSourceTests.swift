import AWSClient
import AWSOperations
import EventPatterns
import PipesRunner
import Platform
import Synchronization
import TestSupport
import Testing

@Suite struct DynamoDBStreamSourceTests {
    /// Answers each request that nothing is there by that name, as both a deleted stream and a deleted shard do.
    private struct Nothing: DynamoDBStreamsOperations {
        private static func error(_ operation: String) -> AWSError {
            AWSError(code: .resourceNotFound, message: "m", operation: "DynamoDBStreams.\(operation)")
        }

        func describeStream(
            streamARN: String,
            deadline: UTCInstant?
        ) async throws(AWSError) -> DynamoDBStreamDescription {
            throw Self.error("DescribeStream")
        }

        func getShardIterator(
            streamARN: String,
            shardID: String,
            position: ShardIteratorPosition,
            deadline: UTCInstant?
        ) async throws(AWSError) -> String {
            throw Self.error("GetShardIterator")
        }

        func getRecords(
            shardIterator: String,
            limit: Int?,
            deadline: UTCInstant?
        ) async throws(AWSError) -> DynamoDBStreamsRecordsPage {
            throw Self.error("GetRecords")
        }
    }

    /// A shard of ten records, one a second from 1 on, of which a page has two; some reads fail, from 1.
    private final class TenRecords: DynamoDBStreamsOperations {
        private struct State {
            var positions: [ShardIteratorPosition] = []
            var reads = 0
        }

        private let failures: [Int: AWSError.Code]
        /// Whether a place behind the oldest record has left the shard.
        private let isTrimmed: Bool
        /// The read that cancels its task.
        private let cancellingRead: Int?
        private let state = Mutex(State())

        init(failures: [Int: AWSError.Code] = [:], isTrimmed: Bool = false, cancellingRead: Int? = nil) {
            self.failures = failures
            self.isTrimmed = isTrimmed
            self.cancellingRead = cancellingRead
        }

        var positions: [ShardIteratorPosition] { self.state.withLock { $0.positions } }
        var reads: Int { self.state.withLock { $0.reads } }

        private static func cancelTask() {
            withUnsafeCurrentTask { $0?.cancel() }
        }

        func describeStream(
            streamARN: String,
            deadline: UTCInstant?
        ) async throws(AWSError) -> DynamoDBStreamDescription {
            DynamoDBStreamDescription(streamStatus: "ENABLED", shards: [StreamShard(shardID: "s")])
        }

        func getShardIterator(
            streamARN: String,
            shardID: String,
            position: ShardIteratorPosition,
            deadline: UTCInstant?
        ) async throws(AWSError) -> String {
            self.state.withLock { $0.positions.append(position) }
            guard case .afterSequenceNumber(let number) = position else { return "0" }
            if self.isTrimmed {
                throw AWSError(code: .trimmedDataAccess, message: "m", operation: "DynamoDBStreams.GetShardIterator")
            }
            return number
        }

        func getRecords(
            shardIterator: String,
            limit: Int?,
            deadline: UTCInstant?
        ) async throws(AWSError) -> DynamoDBStreamsRecordsPage {
            let read = self.state.withLock { state in
                state.reads += 1
                return state.reads
            }
            if read == self.cancellingRead { Self.cancelTask() }
            if let code = self.failures[read] {
                throw AWSError(code: code, message: "m", operation: "DynamoDBStreams.GetRecords")
            }
            let start = Int(shardIterator) ?? 0
            let end = min(start + 2, 10)
            let records = (start..<end).map { index in
                let number = "\(index + 1)"
                return DynamoDBStreamsRecord(
                    eventID: number,
                    sequenceNumber: number,
                    approximateCreationDateTime: number,
                    json: []
                )
            }
            return DynamoDBStreamsRecordsPage(records: records, nextShardIterator: "\(end)")
        }
    }

    private static func source(_ client: TenRecords) -> DynamoDBStreamSource {
        DynamoDBStreamSource(client: client, streamARN: "arn", filters: .all, time: ManualTime())
    }

    private static let throttling = AWSError.Code(rawValue: "ThrottlingException")

    @Test func `the way to an instant goes on where a read failed`() async throws {
        let shard = TenRecords(failures: [3: Self.throttling, 5: Self.throttling])
        let source = Self.source(shard)
        for _ in 1...2 {
            await #expect(throws: AWSError.self) {
                try await source.iterator(shardID: "s", position: .since(.seconds(9)))
            }
        }
        // The ninth record is the first of its page.
        #expect(try await source.iterator(shardID: "s", position: .since(.seconds(9))) == "8")
        #expect(shard.positions == [.trimHorizon, .afterSequenceNumber("4"), .afterSequenceNumber("6")])
        #expect(shard.reads == 7)
    }

    @Test func `another instant is looked for from the oldest record on`() async throws {
        let shard = TenRecords(failures: [3: Self.throttling])
        let source = Self.source(shard)
        await #expect(throws: AWSError.self) {
            try await source.iterator(shardID: "s", position: .since(.seconds(9)))
        }
        #expect(try await source.iterator(shardID: "s", position: .since(.seconds(3))) == "2")
        #expect(shard.positions == [.trimHorizon, .trimHorizon])
    }

    @Test func `a way whose last place has left the shard begins at the oldest record again`() async throws {
        let shard = TenRecords(failures: [3: Self.throttling], isTrimmed: true)
        let source = Self.source(shard)
        await #expect(throws: AWSError.self) {
            try await source.iterator(shardID: "s", position: .since(.seconds(9)))
        }
        #expect(try await source.iterator(shardID: "s", position: .since(.seconds(9))) == "8")
        #expect(shard.positions == [.trimHorizon, .afterSequenceNumber("4"), .trimHorizon])
    }

    @Test func `the way to an instant ends where its task is cancelled`() async {
        let shard = TenRecords(cancellingRead: 2)
        let source = Self.source(shard)
        let walk = Task { try await source.iterator(shardID: "s", position: .since(.seconds(9))) }
        await #expect(throws: CancellationError.self) { try await walk.value }
        #expect(shard.reads == 2)
    }

    @Test(arguments: ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"])
    func `credentials that have ended or are wrong end the run, with what to do`(code: String) async {
        let shard = TenRecords(failures: [1: AWSError.Code(rawValue: code)])
        let error = await #expect(throws: StreamReaderError.self) {
            try await Self.source(shard).records(shardID: "s", iterator: "0")
        }
        guard case .unusable(let reason)? = error else {
            Issue.record("\(code) should end the run")
            return
        }
        #expect(reason.hasPrefix("DynamoDBStreams.GetRecords failed: \(code): m; the credentials have ended"))
    }

    private static let goneSource = DynamoDBStreamSource(
        client: Nothing(),
        streamARN: "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/1",
        filters: .all,
        time: ManualTime()
    )

    @Test(arguments: [ShardPosition.trimHorizon, .since(.seconds(0))])
    func `a shard that is gone is told from a stream that is`(position: ShardPosition) async {
        await #expect(throws: StreamReaderError.shardGone) {
            try await Self.goneSource.iterator(shardID: "s", position: position)
        }
        await #expect(throws: StreamReaderError.shardGone) {
            try await Self.goneSource.records(shardID: "s", iterator: "i")
        }
        let error = await #expect(throws: StreamReaderError.self) { try await Self.goneSource.shards() }
        guard case .unusable? = error else {
            Issue.record("a stream that is gone should end the run")
            return
        }
    }
}
