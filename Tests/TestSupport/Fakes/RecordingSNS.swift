package import AWSClient
package import Platform
internal import Synchronization

/// A topic that keeps what is published to it.
package final class RecordingSNS: SNSOperations {
    private let messages = Mutex<[PublishInput]>([])
    private let faults: FaultInjector
    private let before: @Sendable (PublishInput) async -> Void

    /// `before` runs before each request has any effect: a slow topic is one that moves the clock there.
    package init(
        faults: FaultInjector = FaultInjector(),
        before: @escaping @Sendable (PublishInput) async -> Void = { _ in }
    ) {
        self.faults = faults
        self.before = before
    }

    /// In the order they were published.
    package var published: [PublishInput] { self.messages.withLock { $0 } }

    @discardableResult
    package func publish(_ input: PublishInput, deadline: UTCInstant?) async throws(AWSError) -> String {
        await self.before(input)
        return try self.faults.perform("SNS.Publish") { () throws(AWSError) in
            self.messages.withLock { messages in
                messages.append(input)
                return "notification-\(messages.count)"
            }
        }
    }
}
