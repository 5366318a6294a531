internal import JSONText
package import Platform

extension AWSService {
    /// SQS.
    package static let sqs = AWSService(
        name: "SQS",
        environmentName: "SQS",
        hostPrefix: "sqs",
        wireProtocol: .json(version: "1.0", targetPrefix: "AmazonSQS"),
        govCloudFIPS: .singleStack
    )
}

/// SQS as functions see it.
///
/// `SQSClient` is the real one, `RecordingSQS` of `TestSupport` the fake.
package protocol SQSOperations: Sendable {
    /// Sends the message.
    ///
    /// The queue URL names the queue; with an endpoint override its host is not contacted.
    func sendMessage(_ input: SendMessageInput, until limit: CallLimit) async throws(AWSError)
}

/// SQS over the network.
///
/// Requests go to the region's endpoint (or its override); the queue URL in the body names the queue, its host is never
/// contacted.
package struct SQSClient: SQSOperations {
    /// What calls go through.
    package let session: AWSSession

    /// SQS by the session's endpoint and credentials.
    package init(session: AWSSession) {
        self.session = session
    }

    /// Sends the message, which it is once the answer has the id that SQS made for it.
    package func sendMessage(_ input: SendMessageInput, until limit: CallLimit) async throws(AWSError) {
        let write = { (writer: inout JSONWriter) in
            writer.member("QueueUrl", input.queueURL)
            writer.member("MessageBody", input.messageBody)
            if !input.messageAttributes.isEmpty { Self.write(input.messageAttributes, to: &writer) }
        }
        try await self.session.call(.sqs, "SendMessage", until: limit, write: write) { reader in
            _ = try reader.readRequiredMember("MessageId") { try $0.readString() }
        }
    }

    private static func write(_ attributes: [String: String], to writer: inout JSONWriter) {
        writer.key("MessageAttributes")
        writer.object { writer in
            for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                writer.object { writer in
                    writer.member("DataType", "String")
                    writer.member("StringValue", value)
                }
            }
        }
    }
}

/// SQS for the work on one invocation: each call is tried until it succeeds, cannot succeed, or work has to end.
package struct BoundSQS: Sendable {
    private let client: any SQSOperations
    private let limit: CallLimit

    /// The calls of `client`, each tried until `deadline`.
    package init(_ client: any SQSOperations, until deadline: WorkDeadline) {
        self.client = client
        self.limit = .work(until: deadline)
    }

    /// Sends the message.
    package func sendMessage(_ input: SendMessageInput) async throws(AWSError) {
        try await self.client.sendMessage(input, until: self.limit)
    }
}

/// One message to send: at most 1 MiB, attributes included.
package struct SendMessageInput: Sendable, Equatable {
    /// The queue.
    package var queueURL: String
    /// The message's text.
    package var messageBody: String
    /// Attributes of data type `String`.
    package var messageAttributes: [String: String]

    /// A message to the queue, by default without attributes.
    package init(queueURL: String, messageBody: String, messageAttributes: [String: String] = [:]) {
        self.queueURL = queueURL
        self.messageBody = messageBody
        self.messageAttributes = messageAttributes
    }
}
