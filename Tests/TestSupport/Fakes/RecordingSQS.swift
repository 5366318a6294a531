package import AWSClient
package import Platform
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

    @discardableResult
    package func sendMessage(_ input: SendMessageInput, deadline: UTCInstant?) async throws(AWSError) -> String {
        try self.faults.perform("SQS.SendMessage") { () throws(AWSError) in
            self.messages.withLock { messages in
                messages.append(input)
                return "message-\(messages.count)"
            }
        }
    }
}
