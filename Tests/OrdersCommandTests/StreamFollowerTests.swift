import AWSClient
import OrdersCommand
import PipesRunner
import Platform
import Synchronization
import TestSupport
import Testing

@Suite struct StreamFollowerTests {
    /// One open shard whose pages are written down; the last of them sets the stop.
    private final class PagedShard: StreamReader {
        private let pages: [StreamPage]
        private let time: ManualTime
        private let stop: StopFlag
        /// When each page was read.
        private let reads = Mutex<[Duration]>([])

        init(_ pages: [StreamPage], _ time: ManualTime, _ stop: StopFlag) {
            self.pages = pages
            self.time = time
            self.stop = stop
        }

        /// The times between the reads.
        var intervals: [Duration] {
            let reads = self.reads.withLock { $0 }
            return zip(reads.dropFirst(), reads).map { $0 - $1 }
        }

        func shards() async throws -> [ShardDescription] { [ShardDescription(id: "s")] }

        func iterator(shardID: String, position: ShardPosition) async throws -> String { "0" }

        func records(shardID: String, iterator: String) async throws -> StreamPage {
            let uptime = self.time.uptime
            let count = self.reads.withLock { reads in
                reads.append(uptime)
                return reads.count
            }
            if count >= self.pages.count { self.stop.set() }
            return self.pages[count - 1]
        }
    }

    /// A shard that is gone behind its first page, and its child.
    private struct SplitShard: StreamReader {
        let stop: StopFlag

        func shards() async throws -> [ShardDescription] {
            [ShardDescription(id: "child", parentIDs: ["parent"]), ShardDescription(id: "parent")]
        }

        func iterator(shardID: String, position: ShardPosition) async throws -> String { "start" }

        func records(shardID: String, iterator: String) async throws -> StreamPage {
            if shardID == "child" {
                self.stop.set()
                return StreamFollowerTests.page(2, isLatest: true)
            }
            guard iterator == "start" else { throw StreamReaderError.shardGone }
            return StreamFollowerTests.page(1, isLatest: false)
        }
    }

    /// A stream whose requests are cancelled; whoever makes a second one is stopped.
    private final class CancelledStream: StreamReader {
        private let isDescribed: Bool
        private let stop: StopFlag
        private let requests = Mutex(0)

        init(isDescribed: Bool, _ stop: StopFlag) {
            self.isDescribed = isDescribed
            self.stop = stop
        }

        func shards() async throws -> [ShardDescription] {
            guard self.isDescribed else { throw self.cancellation() }
            return [ShardDescription(id: "s")]
        }

        func iterator(shardID: String, position: ShardPosition) async throws -> String { throw self.cancellation() }

        func records(shardID: String, iterator: String) async throws -> StreamPage { throw self.cancellation() }

        private func cancellation() -> AWSError {
            let count = self.requests.withLock { requests in
                requests += 1
                return requests
            }
            if count > 1 { self.stop.set() }
            return AWSError(code: .cancelled, message: "the task was cancelled", operation: "Kinesis")
        }
    }

    private static let start = UTCInstant(secondsSince1970: 0)

    private static func record(_ number: Int) -> PolledRecord {
        PolledRecord(
            identifier: "\(number)",
            sequenceNumber: "\(number)",
            arrival: nil,
            orderingKey: "k",
            json: Array("\(number)".utf8)
        )
    }

    /// A page of one record.
    private static func page(_ number: Int, isLatest: Bool?) -> StreamPage {
        StreamPage(
            records: [self.record(number)],
            readCount: 1,
            lastSequenceNumber: "\(number)",
            nextIterator: "\(number)",
            isLatest: isLatest
        )
    }

    /// The times between the reads, after which each record was handed over once.
    private static func intervals(_ pages: [StreamPage]) async throws -> [Duration] {
        let (time, stop) = (ManualTime(), StopFlag())
        let shard = PagedShard(pages, time, stop)
        let taken = Mutex<[String]>([])
        try await StreamFollower(name: "s", stream: shard, since: Self.start, time: time, stop: stop).run { record in
            taken.withLock { $0.append(record.identifier) }
        }
        let identifiers = taken.withLock { $0 }
        #expect(identifiers == pages.flatMap(\.records).map(\.identifier))
        return shard.intervals
    }

    @Test func `a shard to which records keep coming is read once a second`() async throws {
        let pages = (1...8).map { Self.page($0, isLatest: true) }
        let intervals = try await Self.intervals(pages)
        #expect(intervals == [Duration](repeating: .seconds(1), count: 7))
    }

    @Test(arguments: [false, nil] as [Bool?])
    func `what came long ago is read four times a second`(isLatest: Bool?) async throws {
        let pages = (1...8).map { Self.page($0, isLatest: isLatest) }
        let intervals = try await Self.intervals(pages)
        #expect(intervals == [Duration](repeating: .milliseconds(250), count: 7))
    }

    @Test func `the children of a shard that is gone are read`() async throws {
        let (time, stop) = (ManualTime(), StopFlag())
        let taken = Mutex<[String]>([])
        let follower = StreamFollower(
            name: "s",
            stream: SplitShard(stop: stop),
            since: Self.start,
            time: time,
            stop: stop
        )
        try await follower.run { record in taken.withLock { $0.append(record.identifier) } }
        let identifiers = taken.withLock { $0 }
        #expect(identifiers == ["1", "2"])
    }

    @Test(arguments: [false, true])
    func `a request that was cancelled is not made again`(isDescribed: Bool) async throws {
        let (time, stop) = (ManualTime(), StopFlag())
        let stream = CancelledStream(isDescribed: isDescribed, stop)
        let follower = StreamFollower(name: "s", stream: stream, since: nil, time: time, stop: stop)
        let error = await #expect(throws: AWSError.self) { try await follower.run { _ in } }
        #expect(error?.code == .cancelled)
    }
}
