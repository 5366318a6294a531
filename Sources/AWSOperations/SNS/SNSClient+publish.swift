package import AWSClient
package import Platform

extension SNSClient {
    /// Publishes one notification; gives its id.
    @discardableResult
    package func publish(_ input: PublishInput, deadline: UTCInstant?) async throws(AWSError) -> String {
        var parameters = [(name: "TopicArn", value: input.topicARN), (name: "Message", value: input.message)]
        if let subject = input.subject { parameters.append((name: "Subject", value: subject)) }
        parameters += Self.parameters(of: input.messageAttributes, prefix: "")
        return try await self.session.callQuery(
            .sns,
            "Publish",
            parameters: parameters,
            deadline: deadline
        ) { result in
            guard let id = result.text(of: "MessageId") else { throw UnexpectedAnswer.without("MessageId") }
            return id
        }
    }
}

/// One notification: at most 256 KiB, attributes included.
package struct PublishInput: Sendable, Equatable {
    /// The topic.
    package var topicARN: String
    /// The notification's text.
    package var message: String
    /// Only e-mail subscribers see it.
    package var subject: String?
    /// Attributes of data type `String`; raw delivery drops messages with more than 10.
    package var messageAttributes: [String: String]

    /// A notification, by default without attributes.
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
