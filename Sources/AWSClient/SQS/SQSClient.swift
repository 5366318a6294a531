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
    /// The message's id.
    ///
    /// The queue URL names the queue; with an endpoint override its host is not contacted.
    @discardableResult
    func sendMessage(_ input: SendMessageInput, until limit: CallLimit) async throws(AWSError) -> String
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

    /// Sends the message, and gives the id that SQS made for it.
    @discardableResult
    package func sendMessage(_ input: SendMessageInput, until limit: CallLimit) async throws(AWSError) -> String {
        let write = { (writer: inout JSONWriter) in
            writer.member("QueueUrl", input.queueURL)
            writer.member("MessageBody", input.messageBody)
            writer.optional("DelaySeconds", input.delaySeconds)
            if !input.messageAttributes.isEmpty { Self.write(input.messageAttributes, to: &writer) }
        }
        return try await self.session.call(.sqs, "SendMessage", until: limit, write: write) { reader in
            try reader.readRequiredMember("MessageId") { try $0.readString() }
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

    /// The message's id.
    @discardableResult
    package func sendMessage(_ input: SendMessageInput) async throws(AWSError) -> String {
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
    /// For how long nobody receives the message; nil: as the queue says.
    package var delaySeconds: Int?

    /// A message to the queue, by default without attributes and delay.
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
