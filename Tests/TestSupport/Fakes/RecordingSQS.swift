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

    package func receiveMessage(
        _ input: ReceiveMessageInput,
        deadline: UTCInstant?
    ) async throws(AWSError) -> [SQSMessage] {
        throw Self.unsupported("SQS.ReceiveMessage")
    }

    package func deleteMessage(queueURL: String, receiptHandle: String, deadline: UTCInstant?) async throws(AWSError) {
        throw Self.unsupported("SQS.DeleteMessage")
    }

    package func changeMessageVisibility(
        queueURL: String,
        receiptHandle: String,
        timeout: Int,
        deadline: UTCInstant?
    ) async throws(AWSError) {
        throw Self.unsupported("SQS.ChangeMessageVisibility")
    }

    package func getQueueAttributes(
        queueURL: String,
        names: [String],
        deadline: UTCInstant?
    ) async throws(AWSError) -> [String: String] {
        throw Self.unsupported("SQS.GetQueueAttributes")
    }

    package func startMessageMoveTask(
        sourceARN: String,
        destinationARN: String?,
        deadline: UTCInstant?
    ) async throws(AWSError) -> String {
        throw Self.unsupported("SQS.StartMessageMoveTask")
    }

    private static func unsupported(_ operation: String) -> AWSError {
        AWSError(code: .misconfigured, message: "RecordingSQS only records what is sent", operation: operation)
    }
}
