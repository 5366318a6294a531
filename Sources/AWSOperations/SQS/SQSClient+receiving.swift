package import AWSClient
internal import JSONText
package import Platform

/// Receiving from a queue.
///
/// `SQSClient` is the real one.
package protocol SQSReceiving: Sendable {
    /// At most 10 messages; none after the wait.
    func receive(_ input: ReceiveMessageInput, deadline: UTCInstant?) async throws(AWSError) -> ReceivedMessages

    /// Deletes what was received, by its receipt handle.
    func deleteMessage(queueURL: String, receiptHandle: String, deadline: UTCInstant?) async throws(AWSError)

    /// When a received message may be received again, in seconds from now; 0 for at once.
    func changeMessageVisibility(
        queueURL: String,
        receiptHandle: String,
        timeout: Int,
        deadline: UTCInstant?
    ) async throws(AWSError)
}

extension SQSReceiving {
    /// At most 10 messages; none after the wait is an empty array.
    package func receiveMessage(
        _ input: ReceiveMessageInput,
        deadline: UTCInstant?
    ) async throws(AWSError) -> [SQSMessage] {
        try await self.receive(input, deadline: deadline).messages
    }
}

extension SQSClient: SQSReceiving {
    /// At most 10 messages; none after the wait.
    package func receive(
        _ input: ReceiveMessageInput,
        deadline: UTCInstant?
    ) async throws(AWSError) -> ReceivedMessages {
        var request = AWSSession.request(.sqs, "ReceiveMessage") { writer in
            writer.member("QueueUrl", input.queueURL)
            writer.optional("MaxNumberOfMessages", input.maxNumberOfMessages)
            writer.optional("WaitTimeSeconds", input.waitTimeSeconds)
            writer.optional("VisibilityTimeout", input.visibilityTimeout)
            for name in ["MessageSystemAttributeNames", "MessageAttributeNames"] {
                writer.key(name)
                writer.array { $0.string("All") }
            }
        }
        request.attemptTimeout = .seconds(input.waitTimeSeconds + 10)
        request.answerDelay = .seconds(input.waitTimeSeconds)
        return try await self.session.send(request, deadline: deadline) { response -> ReceivedMessages in
            ReceivedMessages(
                try JSONReader.read(response.body, Self.readMessages),
                date: response.headers["Date"].flatMap(HTTPDate.parse)
            )
        }
    }

    private static func readMessages(_ reader: inout JSONReader) throws -> [SQSMessage] {
        let found = try reader.readMember("Messages") { reader -> [SQSMessage] in
            var messages: [SQSMessage] = []
            if try reader.readNull() { return messages }
            try reader.readArray { _, reader in messages.append(try SQSMessage(from: &reader)) }
            return messages
        }
        return found ?? []
    }

    /// Deletes what was received, by its receipt handle.
    package func deleteMessage(
        queueURL: String,
        receiptHandle: String,
        deadline: UTCInstant?
    ) async throws(AWSError) {
        let write = { (writer: inout JSONWriter) in
            writer.member("QueueUrl", queueURL)
            writer.member("ReceiptHandle", receiptHandle)
        }
        try await self.session.call(.sqs, "DeleteMessage", deadline: deadline, write: write)
    }

    /// When a received message may be received again, in seconds from now; 0 for at once.
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
        try await self.session.call(.sqs, "ChangeMessageVisibility", deadline: deadline, write: write)
    }
}

extension SQSOperations {
    /// `sendMessage` as the tool calls it: a few attempts before the deadline.
    package func sendMessage(_ input: SendMessageInput, deadline: UTCInstant?) async throws(AWSError) {
        try await self.sendMessage(input, until: .attempts(before: deadline))
    }
}

/// Asks for messages, waiting up to 20 s for the first.
package struct ReceiveMessageInput: Sendable, Equatable {
    /// The queue.
    package var queueURL: String
    /// How many messages at most; 1 to 10.
    package var maxNumberOfMessages: Int
    /// How long SQS waits for the first message, in seconds; 0 to 20.
    package var waitTimeSeconds: Int
    /// nil for the queue's own.
    package var visibilityTimeout: Int?

    /// A request for messages; by default for 10, without a wait.
    package init(
        queueURL: String,
        maxNumberOfMessages: Int = 10,
        waitTimeSeconds: Int = 0,
        visibilityTimeout: Int? = nil
    ) {
        self.queueURL = queueURL
        self.maxNumberOfMessages = maxNumberOfMessages
        self.waitTimeSeconds = waitTimeSeconds
        self.visibilityTimeout = visibilityTimeout
    }
}

/// What SQS gave for one request.
package struct ReceivedMessages: Sendable, Equatable {
    /// At most 10, in no order.
    package var messages: [SQSMessage]
    /// What SQS's own clock showed, to the second that it was in; nil where the answer does not say.
    package var date: UTCInstant?

    /// An answer with these messages, by default without a date.
    package init(_ messages: [SQSMessage], date: UTCInstant? = nil) {
        self.messages = messages
        self.date = date
    }
}

/// One received message.
package struct SQSMessage: Sendable, Equatable {
    /// The id that SQS made for the message.
    package var messageID: String
    /// What deletes the message or changes when it comes again; another one at each receipt.
    package var receiptHandle: String
    /// The message's text.
    package var body: String
    /// `ApproximateReceiveCount`, `SentTimestamp` and so on.
    package var attributes: [String: String]
    /// Those of data type `String` (and numbers as text).
    package var messageAttributes: [String: String]

    /// A received message, by default without attributes.
    package init(
        messageID: String,
        receiptHandle: String,
        body: String,
        attributes: [String: String] = [:],
        messageAttributes: [String: String] = [:]
    ) {
        self.messageID = messageID
        self.receiptHandle = receiptHandle
        self.body = body
        self.attributes = attributes
        self.messageAttributes = messageAttributes
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
