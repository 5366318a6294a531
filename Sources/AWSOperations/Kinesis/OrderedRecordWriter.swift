package import AWSClient
package import Platform

/// Puts records into a stream: those of one partition key in their order, and those that the stream refuses, as it does
/// when it is throttled, again.
///
/// It is for a tool, which waits as long as it takes and stops at the first record that cannot be stored. A function has
/// a deadline and says of each record what became of it, so it sends what `OrderedRecordQueue` gives by itself.
package struct OrderedRecordWriter: Sendable {
    /// The first record that could not be stored, and why.
    package struct Failure: Error, Sendable, Equatable {
        /// The record's place in the list that was to be stored, from 0.
        package let index: Int
        /// What the stream or the client said.
        package let reason: String
    }

    /// After that many tries of one record the stream is not just busy.
    package static let maximumAttempts = 8
    private static let requestTimeout = Duration.seconds(30)
    /// One writer has nobody to collide with, so that each wait is the longest.
    private static let backoff = Backoff(base: .milliseconds(200), cap: .seconds(20), jitter: .full)

    private let client: any KinesisWriting
    private let streamName: String
    private let time: any TimeSource

    /// A writer to the stream of that name.
    package init(client: any KinesisWriting, streamName: String, time: any TimeSource) {
        self.client = client
        self.streamName = streamName
        self.time = time
    }

    /// Stores all records, and tells after each request how many more are stored.
    ///
    /// Throws `Failure`, and then no record behind the one that failed, of the same key, was sent.
    package func put(_ records: [KinesisPutRecord], progress: @Sendable (Int) -> Void) async throws {
        var queue = OrderedRecordQueue(records)
        while case let request = queue.nextRequest(), !request.isEmpty {
            let results = try await self.send(request, of: records)
            var storedCount = 0
            var mostRefusals = 0
            var failure: Failure?
            for (index, result) in zip(request, results) {
                switch result {
                case .stored:
                    queue.stored(index)
                    storedCount += 1
                case .failed(let code, let message, _):
                    let refusals = queue.refused(index, maximum: Self.maximumAttempts)
                    mostRefusals = max(mostRefusals, refusals)
                    guard refusals == Self.maximumAttempts, failure == nil else { continue }
                    failure = Failure(index: index, reason: "\(code): \(message), \(refusals) times")
                }
            }
            progress(storedCount)
            if let failure { throw failure }
            if mostRefusals > 0 {
                try await self.time.sleep(for: Self.backoff.longestDelay(afterFailures: mostRefusals))
            }
        }
    }

    private func send(_ request: [Int], of records: [KinesisPutRecord]) async throws -> [KinesisPutResult] {
        do {
            return try await self.client.putRecords(
                streamName: self.streamName,
                records: request.map { records[$0] },
                deadline: self.time.now + Self.requestTimeout
            )
        } catch {
            throw Failure(index: request[0], reason: "\(error)")
        }
    }
}
