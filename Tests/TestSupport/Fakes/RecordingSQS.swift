package import AWSClient
internal import Synchronization

/// A queue that keeps what is sent to it.
package final class RecordingSQS: SQSOperations {
    private let messages = Mutex<[SendMessageInput]>([])
    private let faults: FaultInjector

    package init(faults: FaultInjector = FaultInjector()) {
        self.faults = faults
    }

    /// In the order they were sent.
    package var sent: [SendMessageInput] { self.messages.withLock { $0 } }

    package func sendMessage(_ input: SendMessageInput, until limit: CallLimit) async throws(AWSError) {
        try await self.faults.perform("SQS.SendMessage", until: limit) { () throws(AWSError) in
            self.messages.withLock { $0.append(input) }
        }
    }
}
