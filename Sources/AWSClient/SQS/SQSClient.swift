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
    func sendMessage(_ input: SendMessageInput, deadline: UTCInstant?) async throws(AWSError) -> String
}

/// SQS over the network.
///
/// Requests go to the region's endpoint (or its override); the queue URL in the body names the queue, its host is never
/// contacted.
package struct SQSClient: SQSOperations {
    /// What calls go through.
    package let session: AWSSession

    package init(session: AWSSession) {
        self.session = session
    }

    @discardableResult
    package func sendMessage(_ input: SendMessageInput, deadline: UTCInstant?) async throws(AWSError) -> String {
        let write = { (writer: inout JSONWriter) in
            writer.member("QueueUrl", input.queueURL)
            writer.member("MessageBody", input.messageBody)
            writer.optional("DelaySeconds", input.delaySeconds)
            if !input.messageAttributes.isEmpty { Self.write(input.messageAttributes, to: &writer) }
        }
        return try await self.session.call(.sqs, "SendMessage", deadline: deadline, write: write) { reader in
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
