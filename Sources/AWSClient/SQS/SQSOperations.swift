package import Platform

/// SQS as handlers and the tool see it.
///
/// `SQSClient` is the real one, `RecordingSQS` of `TestSupport` the fake.
package protocol SQSOperations: Sendable {
    /// The message's id.
    ///
    /// The queue URL names the queue; with an endpoint override its host is not contacted.
    @discardableResult
    func sendMessage(_ input: SendMessageInput, deadline: UTCInstant?) async throws(AWSError) -> String

    /// At most 10 messages; none after the wait is an empty array.
    func receiveMessage(_ input: ReceiveMessageInput, deadline: UTCInstant?) async throws(AWSError) -> [SQSMessage]

    /// Deletes what was received, by its receipt handle.
    func deleteMessage(queueURL: String, receiptHandle: String, deadline: UTCInstant?) async throws(AWSError)

    /// When a received message may be received again, in seconds from now; 0 for at once.
    func changeMessageVisibility(
        queueURL: String,
        receiptHandle: String,
        timeout: Int,
        deadline: UTCInstant?
    ) async throws(AWSError)

    /// Names such as `ApproximateNumberOfMessages` or `All`.
    func getQueueAttributes(
        queueURL: String,
        names: [String],
        deadline: UTCInstant?
    ) async throws(AWSError) -> [String: String]

    /// Starts to move a dead-letter queue's messages back to where they came from, or to `destinationARN`; gives the
    /// task's handle.
    func startMessageMoveTask(
        sourceARN: String,
        destinationARN: String?,
        deadline: UTCInstant?
    ) async throws(AWSError) -> String
}

/// One message to send: at most 256 KiB, attributes included.
package struct SendMessageInput: Sendable, Equatable {
    package var queueURL: String
    package var messageBody: String
    /// Attributes of data type `String`.
    package var messageAttributes: [String: String]
    package var delaySeconds: Int?

    package init(
        queueURL: String,
        messageBody: String,
        messageAttributes: [String: String] = [:],
        delaySeconds: Int? = nil
    ) {
        self.queueURL = queueURL
        self.messageBody = messageBody
        self.messageAttributes = messageAttributes
        self.delaySeconds = delaySeconds
    }
}

/// Asks for messages, waiting up to 20 s for the first.
package struct ReceiveMessageInput: Sendable, Equatable {
    package var queueURL: String
    package var maxNumberOfMessages: Int
    package var waitTimeSeconds: Int
    /// nil for the queue's own.
    package var visibilityTimeout: Int?

    package init(
        queueURL: String,
        maxNumberOfMessages: Int = 10,
        waitTimeSeconds: Int = 0,
        visibilityTimeout: Int? = nil
    ) {
        self.queueURL = queueURL
        self.maxNumberOfMessages = maxNumberOfMessages
        self.waitTimeSeconds = waitTimeSeconds
        self.visibilityTimeout = visibilityTimeout
    }
}

/// One received message.
package struct SQSMessage: Sendable, Equatable {
    package var messageID: String
    package var receiptHandle: String
    package var body: String
    /// `ApproximateReceiveCount`, `SentTimestamp` and so on.
    package var attributes: [String: String]
    /// Those of data type `String` (and numbers as text).
    package var messageAttributes: [String: String]

    package init(
        messageID: String,
        receiptHandle: String,
        body: String,
        attributes: [String: String] = [:],
        messageAttributes: [String: String] = [:]
    ) {
        self.messageID = messageID
        self.receiptHandle = receiptHandle
        self.body = body
        self.attributes = attributes
        self.messageAttributes = messageAttributes
    }
}
