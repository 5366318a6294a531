import PipesRunner
import Synchronization
import TestSupport

/// A stream whose shards, records and faults a test writes down.
final class ScriptedStream: StreamReader {
    struct Shard: Sendable {
        let id: String
        var parentIDs: [String] = []
        var records: [PolledRecord]
        /// Described from that many descriptions on; until then it is not there.
        var appearsAfter = 0
        /// Closed shards end behind their last record.
        var isClosed = true
        /// Whether it leaves the stream as soon as its last record was read.
        var isGone = false
    }

    struct Outage: Error {}

    private struct State {
        var descriptions = 0
        var generator: SeededGenerator
        var iterators: [String: (shardID: String, index: Int)] = [:]
        var servedCount = 0
    }

    private let shards: [Shard]
    private let pageSize: Int
    /// In percent of the reads: outages, and iterators that expire.
    private let faults: Int
    private let state: Mutex<State>

    init(shards: [Shard], pageSize: Int = 10, faults: Int = 0, seed: UInt64 = 0) {
        self.shards = shards
        self.pageSize = pageSize
        self.faults = faults
        self.state = Mutex(State(generator: SeededGenerator(seed: seed)))
    }

    /// Records given out so far.
    var servedCount: Int { self.state.withLock { $0.servedCount } }

    func shards() async throws -> [ShardDescription] {
        await Task.yield()
        return try self.state.withLock { state in
            state.descriptions += 1
            if self.fails(&state) { throw Outage() }
            let now = state.descriptions
            let ids = Set(self.shards.filter { $0.appearsAfter < now }.map(\.id))
            return self.shards.filter { ids.contains($0.id) }.map {
                ShardDescription(id: $0.id, parentIDs: $0.parentIDs, isClosed: $0.isClosed)
            }
        }
    }

    func iterator(shardID: String, position: ShardPosition) async throws -> String {
        await Task.yield()
        return try self.state.withLock { state in
            if self.fails(&state) { throw Outage() }
            let records = self.shards.first { $0.id == shardID }?.records ?? []
            let index =
                switch position {
                case .trimHorizon: 0
                case .latest: records.count
                case .since(let instant): records.firstIndex { $0.arrival ?? instant >= instant } ?? records.count
                case .after(let number): (records.firstIndex { $0.sequenceNumber == number } ?? -1) + 1
                }
            return self.issue(shardID, index, &state)
        }
    }

    func records(shardID: String, iterator: String) async throws -> StreamPage {
        await Task.yield()
        return try self.state.withLock { state in
            if self.fails(&state) { throw Outage() }
            guard let (shardID, index) = state.iterators[iterator] else { throw StreamReaderError.expired }
            if self.fails(&state) {
                state.iterators[iterator] = nil
                throw StreamReaderError.expired
            }
            guard let shard = self.shards.first(where: { $0.id == shardID }) else { throw Outage() }
            if shard.isGone, index == shard.records.count { throw StreamReaderError.shardGone }
            // Streams give empty pages although more follows.
            let count = Int.random(in: 0...self.pageSize, using: &state.generator)
            let end = min(shard.records.count, index + count)
            let records = Array(shard.records[index..<end])
            state.servedCount += records.count
            let isAtEnd = shard.isClosed && !shard.isGone && end == shard.records.count
            return StreamPage(
                records: records,
                readCount: records.count,
                lastSequenceNumber: records.last?.sequenceNumber,
                nextIterator: isAtEnd ? nil : self.issue(shardID, end, &state)
            )
        }
    }

    private func issue(_ shardID: String, _ index: Int, _ state: inout State) -> String {
        let iterator = "\(shardID)/\(index)/\(state.iterators.count)/\(state.generator.next())"
        state.iterators[iterator] = (shardID, index)
        return iterator
    }

    private func fails(_ state: inout State) -> Bool {
        Int.random(in: 0..<100, using: &state.generator) < self.faults
    }
}
