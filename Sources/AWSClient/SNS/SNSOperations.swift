package import Platform

/// SNS as handlers see it.
///
/// `SNSClient` is the real one, `RecordingSNS` of `TestSupport` the fake.
package protocol SNSOperations: Sendable {
    /// The message's id.
    @discardableResult
    func publish(_ input: PublishInput, deadline: UTCInstant?) async throws(AWSError) -> String

    /// For each entry, in their order, why it was refused; nil where it was taken.
    ///
    /// Throws where the request as a whole failed.
    func publishBatch(_ input: PublishBatchInput, deadline: UTCInstant?) async throws(AWSError) -> [AWSError?]
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

/// Notifications to one topic in one request, which is billed as one: 1 to 10, together at most 256 KiB.
package struct PublishBatchInput: Sendable, Equatable {
    /// One of them.
    package struct Entry: Sendable, Equatable {
        package var message: String
        /// Attributes of data type `String`; raw delivery drops messages with more than 10.
        package var messageAttributes: [String: String]

        package init(message: String, messageAttributes: [String: String] = [:]) {
            self.message = message
            self.messageAttributes = messageAttributes
        }
    }

    /// How many a request may have.
    package static let maximumEntries = 10

    package var topicARN: String
    package var entries: [Entry]

    package init(topicARN: String, entries: [Entry]) {
        self.topicARN = topicARN
        self.entries = entries
    }
}
