package import Platform

/// SNS over the network.
package struct SNSClient: SNSOperations {
    private let session: AWSSession

    package init(session: AWSSession) {
        self.session = session
    }

    @discardableResult
    package func publish(_ input: PublishInput, deadline: UTCInstant?) async throws(AWSError) -> String {
        var parameters = [(name: "TopicArn", value: input.topicARN), (name: "Message", value: input.message)]
        if let subject = input.subject { parameters.append((name: "Subject", value: subject)) }
        let attributes = input.messageAttributes.sorted { $0.key < $1.key }
        for (index, attribute) in attributes.enumerated() {
            let entry = "MessageAttributes.entry.\(index + 1)"
            parameters.append((name: "\(entry).Name", value: attribute.key))
            parameters.append((name: "\(entry).Value.DataType", value: "String"))
            parameters.append((name: "\(entry).Value.StringValue", value: attribute.value))
        }
        return try await self.session.callQuery(
            .sns,
            "Publish",
            version: "2010-03-31",
            parameters: parameters,
            deadline: deadline
        ) { result in
            result.text(of: "MessageId") ?? ""
        }
    }
}
