package import AWSClient
internal import Synchronization

/// A topic that keeps what is published to it.
package final class RecordingSNS: SNSOperations {
    /// One notification, whatever request it came in.
    package struct Message: Sendable, Equatable {
        package let topicARN: String
        package let message: String
        package let messageAttributes: [String: String]
    }

    private let messages = Mutex<[Message]>([])
    private let faults: FaultInjector
    private let before: @Sendable (Message) async -> Void
    private let refusal = Mutex<@Sendable (PublishBatchInput.Entry) -> AWSError?>({ _ in nil })

    /// `before` runs before each request has any effect: a slow topic is one that moves the clock there.
    package init(
        faults: FaultInjector = FaultInjector(),
        before: @escaping @Sendable (Message) async -> Void = { _ in }
    ) {
        self.faults = faults
        self.before = before
    }

    /// In the order they were published.
    package var published: [Message] { self.messages.withLock { $0 } }

    /// From now on entries of batches are refused for which there is an error.
    package func refuse(_ refusal: @escaping @Sendable (PublishBatchInput.Entry) -> AWSError?) {
        self.refusal.withLock { $0 = refusal }
    }

    package func publishBatch(_ input: PublishBatchInput, until limit: CallLimit) async throws(AWSError) -> [AWSError?]
    {
        precondition(
            (1...PublishBatchInput.maximumEntries).contains(input.entries.count),
            "SNS answers TooManyEntriesInBatchRequest or EmptyBatchRequest"
        )
        let messages = input.entries.map { entry in
            Message(
                topicARN: input.topicARN,
                message: entry.message,
                messageAttributes: entry.messageAttributes
            )
        }
        for message in messages { await self.before(message) }
        let refusals = self.refusal.withLock { refusal in input.entries.map { refusal($0) } }
        return try await self.faults.perform("SNS.PublishBatch", until: limit) { () throws(AWSError) in
            self.messages.withLock { published in
                for (message, refusal) in zip(messages, refusals) where refusal == nil { published.append(message) }
            }
            return refusals
        }
    }
}
