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
        parameters += Self.parameters(of: input.messageAttributes, prefix: "")
        return try await self.session.callQuery(
            .sns,
            "Publish",
            version: "2010-03-31",
            parameters: parameters,
            deadline: deadline
        ) { result in
            guard let id = result.text(of: "MessageId") else { throw UnexpectedAnswer.without("MessageId") }
            return id
        }
    }

    package func publishBatch(_ input: PublishBatchInput, deadline: UTCInstant?) async throws(AWSError) -> [AWSError?] {
        var parameters = [(name: "TopicArn", value: input.topicARN)]
        for (index, entry) in input.entries.enumerated() {
            let prefix = "PublishBatchRequestEntries.member.\(index + 1)."
            // The id only has to tell an entry from the others.
            parameters.append((name: prefix + "Id", value: String(index)))
            parameters.append((name: prefix + "Message", value: entry.message))
            parameters += Self.parameters(of: entry.messageAttributes, prefix: prefix)
        }
        return try await self.session.callQuery(
            .sns,
            "PublishBatch",
            version: "2010-03-31",
            parameters: parameters,
            deadline: deadline
        ) { result in
            Self.outcomes(of: result, count: input.entries.count)
        }
    }

    private static func parameters(
        of attributes: [String: String],
        prefix: String
    ) -> [(name: String, value: String)] {
        attributes.sorted { $0.key < $1.key }.enumerated().flatMap { index, attribute in
            let entry = prefix + "MessageAttributes.entry.\(index + 1)"
            return [
                (name: entry + ".Name", value: attribute.key), (name: entry + ".Value.DataType", value: "String"),
                (name: entry + ".Value.StringValue", value: attribute.value),
            ]
        }
    }

    /// `<Successful>` and `<Failed>`; an entry that is in neither may have been published.
    private static func outcomes(of result: XMLElement, count: Int) -> [AWSError?] {
        var outcomes: [AWSError?] = (0..<count).map { _ in
            AWSError(
                code: .malformedResponse,
                message: "the answer does not say what became of the entry",
                operation: "SNS.PublishBatch",
                mayHaveBeenApplied: true
            )
        }
        for member in result.members(of: "Successful") {
            if let index = member.text(of: "Id").flatMap({ Int($0) }), outcomes.indices.contains(index) {
                outcomes[index] = nil
            }
        }
        for member in result.members(of: "Failed") {
            guard let index = member.text(of: "Id").flatMap({ Int($0) }), outcomes.indices.contains(index) else {
                continue
            }
            outcomes[index] = AWSError(
                code: AWSError.Code(rawValue: member.text(of: "Code") ?? "Unknown"),
                message: member.text(of: "Message") ?? "",
                operation: "SNS.PublishBatch",
                statusCode: member.text(of: "SenderFault") == "true" ? 400 : 500
            )
        }
        return outcomes
    }
}
