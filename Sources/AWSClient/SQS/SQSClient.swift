internal import JSONText
package import Platform

/// SQS over the network.
///
/// Requests go to the region's endpoint (or its override); the queue URL in the body names the queue, its host is never
/// contacted.
package struct SQSClient: SQSOperations {
    let session: AWSSession
    static let json = JSONProtocol(service: .sqs, targetPrefix: "AmazonSQS", version: "1.0")

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
        return try await self.session.call(Self.json, "SendMessage", deadline: deadline, write: write) { reader in
            try reader.readRequiredMember("MessageId") { try $0.readString() }
        }
    }

    package func receiveMessage(
        _ input: ReceiveMessageInput,
        deadline: UTCInstant?
    ) async throws(AWSError) -> [SQSMessage] {
        let write = { (writer: inout JSONWriter) in
            writer.member("QueueUrl", input.queueURL)
            writer.optional("MaxNumberOfMessages", input.maxNumberOfMessages)
            writer.optional("WaitTimeSeconds", input.waitTimeSeconds)
            writer.optional("VisibilityTimeout", input.visibilityTimeout)
            for name in ["MessageSystemAttributeNames", "MessageAttributeNames"] {
                writer.key(name)
                writer.array { $0.string("All") }
            }
        }
        return try await self.session.call(
            Self.json,
            "ReceiveMessage",
            deadline: deadline,
            attemptTimeout: .seconds(input.waitTimeSeconds + 10),
            answerDelay: .seconds(input.waitTimeSeconds),
            write: write
        ) { reader in
            try reader.readMember("Messages") { reader in
                var messages: [SQSMessage] = []
                if try reader.readNull() { return messages }
                try reader.readArray { _, reader in messages.append(try SQSMessage(from: &reader)) }
                return messages
            } ?? []
        }
    }

    package func deleteMessage(
        queueURL: String,
        receiptHandle: String,
        deadline: UTCInstant?
    ) async throws(AWSError) {
        let write = { (writer: inout JSONWriter) in
            writer.member("QueueUrl", queueURL)
            writer.member("ReceiptHandle", receiptHandle)
        }
        try await self.session.call(Self.json, "DeleteMessage", deadline: deadline, write: write)
    }

    package func changeMessageVisibility(
        queueURL: String,
        receiptHandle: String,
        timeout: Int,
        deadline: UTCInstant?
    ) async throws(AWSError) {
        let write = { (writer: inout JSONWriter) in
            writer.member("QueueUrl", queueURL)
            writer.member("ReceiptHandle", receiptHandle)
            writer.optional("VisibilityTimeout", timeout)
        }
        try await self.session.call(Self.json, "ChangeMessageVisibility", deadline: deadline, write: write)
    }

    package func getQueueAttributes(
        queueURL: String,
        names: [String],
        deadline: UTCInstant?
    ) async throws(AWSError) -> [String: String] {
        let write = { (writer: inout JSONWriter) in
            writer.member("QueueUrl", queueURL)
            writer.key("AttributeNames")
            writer.array { writer in names.forEach { writer.string($0) } }
        }
        return try await self.session.call(Self.json, "GetQueueAttributes", deadline: deadline, write: write) {
            reader in
            try reader.readMember("Attributes") { try $0.readStrings() } ?? [:]
        }
    }

    package func startMessageMoveTask(
        sourceARN: String,
        destinationARN: String?,
        deadline: UTCInstant?
    ) async throws(AWSError) -> String {
        let write = { (writer: inout JSONWriter) in
            writer.member("SourceArn", sourceARN)
            writer.optional("DestinationArn", destinationARN)
        }
        return try await self.session.call(Self.json, "StartMessageMoveTask", deadline: deadline, write: write) {
            reader in
            try reader.readRequiredMember("TaskHandle") { try $0.readString() }
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

extension SQSMessage {
    fileprivate init(from reader: inout JSONReader) throws {
        self.init(messageID: "", receiptHandle: "", body: "")
        try reader.readObject { key, reader in
            switch key {
            case "MessageId": self.messageID = try reader.readString()
            case "ReceiptHandle": self.receiptHandle = try reader.readString()
            case "Body": self.body = try reader.readString()
            case "Attributes": self.attributes = try reader.readStrings()
            case "MessageAttributes":
                try reader.readObject { name, reader in
                    let value = try reader.readMember("StringValue") { try $0.readOptionalString() }
                    self.messageAttributes[name.string] = value ?? nil
                }
            default: try reader.skip()
            }
        }
    }
}
