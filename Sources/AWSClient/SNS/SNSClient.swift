package import Platform

extension AWSService {
    /// SNS.
    package static let sns = AWSService(
        name: "SNS",
        environmentName: "SNS",
        hostPrefix: "sns",
        wireProtocol: .query(version: "2010-03-31"),
        govCloudFIPS: .singleStackOfKnownRegions
    )
}

/// SNS as functions see it.
///
/// `SNSClient` is the real one, `RecordingSNS` of `TestSupport` the fake.
package protocol SNSOperations: Sendable {
    /// For each entry, in their order, why it was refused; nil where it was taken.
    ///
    /// Throws where the request as a whole failed.
    func publishBatch(_ input: PublishBatchInput, until limit: CallLimit) async throws(AWSError) -> [AWSError?]
}

/// SNS over the network.
package struct SNSClient: SNSOperations {
    /// What calls go through.
    package let session: AWSSession

    /// SNS by the session's endpoint and credentials.
    package init(session: AWSSession) {
        self.session = session
    }

    /// Publishes the notifications, and gives for each the error that it was refused with, or nil.
    package func publishBatch(_ input: PublishBatchInput, until limit: CallLimit) async throws(AWSError) -> [AWSError?]
    {
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
            parameters: parameters,
            until: limit
        ) { result in
            Self.outcomes(of: result, count: input.entries.count)
        }
    }

    /// The attributes of a message, whose parameters start with `prefix`.
    package static func parameters(
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

/// SNS for the work on one invocation: each call is tried until it succeeds, cannot succeed, or work has to end.
package struct BoundSNS: Sendable {
    private let client: any SNSOperations
    private let limit: CallLimit

    /// The calls of `client`, each tried until `deadline`.
    package init(_ client: any SNSOperations, until deadline: WorkDeadline) {
        self.client = client
        self.limit = .work(until: deadline)
    }

    /// For each entry, in their order, why it was refused; nil where it was taken.
    ///
    /// Throws where the request as a whole failed.
    package func publishBatch(_ input: PublishBatchInput) async throws(AWSError) -> [AWSError?] {
        try await self.client.publishBatch(input, until: self.limit)
    }
}

/// Notifications to one topic in one request, which is billed as one: 1 to 10, together at most 256 KiB.
package struct PublishBatchInput: Sendable, Equatable {
    /// One of them.
    package struct Entry: Sendable, Equatable {
        /// The notification's text.
        package var message: String
        /// Attributes of data type `String`; raw delivery drops messages with more than 10.
        package var messageAttributes: [String: String]

        /// A notification, by default without attributes.
        package init(message: String, messageAttributes: [String: String] = [:]) {
            self.message = message
            self.messageAttributes = messageAttributes
        }
    }

    /// How many a request may have.
    package static let maximumEntries = 10

    /// The topic.
    package var topicARN: String
    /// The notifications, of which the answer's errors have the order.
    package var entries: [Entry]

    /// A request to publish the entries.
    package init(topicARN: String, entries: [Entry]) {
        self.topicARN = topicARN
        self.entries = entries
    }
}
