package import Platform

/// SNS as handlers see it.
///
/// `SNSClient` is the real one, `RecordingSNS` of `TestSupport` the fake.
package protocol SNSOperations: Sendable {
    /// The message's id.
    @discardableResult
    func publish(_ input: PublishInput, deadline: UTCInstant?) async throws(AWSError) -> String
}

/// One notification: at most 256 KiB, attributes included.
package struct PublishInput: Sendable, Equatable {
    package var topicARN: String
    package var message: String
    /// Only e-mail subscribers see it.
    package var subject: String?
    /// Attributes of data type `String`; raw delivery drops messages with more than 10.
    package var messageAttributes: [String: String]

    package init(
        topicARN: String,
        message: String,
        subject: String? = nil,
        messageAttributes: [String: String] = [:]
    ) {
        self.topicARN = topicARN
        self.message = message
        self.subject = subject
        self.messageAttributes = messageAttributes
    }
}
