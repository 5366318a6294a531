package import PipesRunner
package import Platform

/// A stream whose reading a stop cuts short: a request that nothing answers would end by itself only after 30 s.
///
/// Of a read that is cut short nothing is lost, since a runner keeps no place in the stream beyond its end.
package struct StoppableStream: StreamReader {
    private let stream: any StreamReader
    private let stop: StopFlag
    private let time: any TimeSource

    /// The same stream, as long as the flag is not set.
    package init(_ stream: any StreamReader, stop: StopFlag, time: any TimeSource) {
        self.stream = stream
        self.stop = stop
        self.time = time
    }

    /// All shards that the stream has.
    package func shards() async throws -> [ShardDescription] {
        try await self.unlessStopped { try await self.stream.shards() }
    }

    /// A place to read from.
    package func iterator(shardID: String, position: ShardPosition) async throws -> String {
        try await self.unlessStopped { try await self.stream.iterator(shardID: shardID, position: position) }
    }

    /// The next records.
    package func records(shardID: String, iterator: String) async throws -> StreamPage {
        try await self.unlessStopped { try await self.stream.records(shardID: shardID, iterator: iterator) }
    }

    /// Throws `CancellationError` where the stop ended the request.
    private func unlessStopped<Answer: Sendable>(
        _ request: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        guard let answer = try await self.stop.cancelling(on: self.time, request) else { throw CancellationError() }
        return answer
    }
}
