package import AWSClient
package import Platform
internal import Synchronization

/// A stream that keeps what is put into it, and refuses single records where a test says so.
package final class RecordingKinesis: KinesisWriting {
    private struct State {
        var requests: [[KinesisPutRecord]] = []
        var stored: [KinesisPutRecord] = []
    }

    private let state = Mutex(State())
    private let refuses: @Sendable (KinesisPutRecord) -> Bool

    package init(refuses: @escaping @Sendable (KinesisPutRecord) -> Bool) {
        self.refuses = refuses
    }

    /// Every request's records, refused ones included.
    package var requests: [[KinesisPutRecord]] { self.state.withLock { $0.requests } }
    /// In the order they were stored.
    package var stored: [KinesisPutRecord] { self.state.withLock { $0.stored } }

    package func putRecords(
        streamName: String,
        records: [KinesisPutRecord],
        deadline: UTCInstant?
    ) async throws(AWSError) -> [KinesisPutResult] {
        self.state.withLock { state in
            state.requests.append(records)
            return records.map { record in
                guard !self.refuses(record) else {
                    return .failed(errorCode: "ProvisionedThroughputExceededException", message: "Rate exceeded")
                }
                state.stored.append(record)
                return .stored(shardID: "shardId-000000000000", sequenceNumber: "\(state.stored.count)")
            }
        }
    }
}
