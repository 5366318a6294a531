import JSONText
package import Platform

/// One message of an SQS queue.
///
/// It keeps the event's bytes and decodes each field when it is asked for.
package struct SQSRecord: Sendable, CustomStringConvertible {
    /// The message's position in the event, from 0.
    package let index: Int
    private let event: [UInt8]
    private let span: TextSpan
    private let messageIDSpan: TextSpan
    private let bodySpan: TextSpan
    private let attributesSpan: TextSpan?
    private let sentTimestampSpan: TextSpan?
    private let eventSourceARNSpan: TextSpan?

    /// The message's id, the same at every receive.
    package var messageID: String { self.messageIDSpan.string(in: self.event) }

    /// What `batchItemFailures` names the message by.
    package var itemIdentifier: String { self.messageID }

    /// The body's bytes as the queue holds them, an SNS envelope included.
    package var body: [UInt8] { self.bodySpan.utf8(in: self.event) }

    /// What the sender meant to say: the body, or where that is an SNS notification, its `Message`.
    package var message: [UInt8] {
        let body = self.body
        return SNSNotification.message(in: body) ?? body
    }

    /// One of the queue's own attributes, such as `SentTimestamp` (milliseconds) or `ApproximateReceiveCount`.
    package func attribute(_ name: StaticString) -> String? {
        self.attributesSpan.flatMap { LenientLookup.string(at: [name], in: self.event[$0.range]) }
    }

    /// How often the message was received, this time included; nil if the event does not say.
    package var approximateReceiveCount: Int? { self.attribute("ApproximateReceiveCount").flatMap { Int($0) } }

    /// When the message was sent to the queue; nil if the event does not say.
    package var sentTimestamp: UTCInstant? {
        guard let span = self.sentTimestampSpan, let milliseconds = Int64(span.string(in: self.event)),
            milliseconds >= 0
        else { return nil }
        return UTCInstant(millisecondsSince1970: milliseconds)
    }

    /// The queue.
    package var eventSourceARN: String? { self.eventSourceARNSpan?.string(in: self.event) }

    /// The record's name in a log: without it, printing a record would print the event.
    package var description: String { "SQS message \(self.index) (\(self.messageID))" }

    /// The whole message as received: its bytes of the event's JSON.
    package var json: ArraySlice<UInt8> { self.event[self.span.range] }

    init(_ reader: inout JSONReader, index: Int, event: [UInt8]) throws {
        var messageID: TextSpan?
        var body: TextSpan?
        var attributes: TextSpan?
        var sentTimestamp: TextSpan?
        var eventSourceARN: TextSpan?
        _ = try reader.peek()
        let start = reader.offset
        try reader.readObject { key, reader in
            switch key {
            case "messageId": messageID = try reader.readOptionalSpan()
            case "body": body = try reader.readOptionalSpan()
            case "attributes":
                sentTimestamp = nil
                attributes = try reader.readOptionalObjectSpan { reader in
                    try reader.readObject { key, reader in
                        if key == "SentTimestamp", try reader.peek() == .string {
                            sentTimestamp = try reader.readSpan()
                        } else {
                            try reader.skip()
                        }
                    }
                }
            case "eventSourceARN": eventSourceARN = try reader.readOptionalSpan()
            case "eventSource":
                let source = try reader.readStringToken()
                guard source == "aws:sqs" else {
                    throw EventError.wrongSource(expected: .sqs, found: source.string, index: index)
                }
            default: try reader.skip()
            }
        }
        guard let messageID, messageID.count > 0 else {
            throw reader.error(.missingMember, "\"messageId\" is missing")
        }
        guard let body else { throw reader.error(.missingMember, "\"body\" is missing") }
        self.index = index
        self.event = event
        self.span = TextSpan(start..<reader.offset)
        self.messageIDSpan = messageID
        self.bodySpan = body
        self.attributesSpan = attributes
        self.sentTimestampSpan = sentTimestamp
        self.eventSourceARNSpan = eventSourceARN
    }
}
