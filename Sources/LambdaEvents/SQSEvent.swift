package import JSONText
package import Platform

/// A batch of messages of one queue, as an SQS event source mapping delivers it: `{"Records":[…]}`.
package struct SQSEvent: Sendable {
    /// The messages in the event's order.
    ///
    /// An element that is no message stands in its place as a failure.
    package let records: [Result<SQSEventRecord, RecordError>]

    /// Reads the event's bytes, which the records keep and decode only on demand.
    ///
    /// Throws an `EventError` where the bytes are not an SQS event at all.
    package static func read(
        _ event: [UInt8],
        limits: JSONLimits = .standard
    ) throws(EventError) -> SQSEvent {
        SQSEvent(
            records: try RecordEnvelope.read(
                event,
                limits: limits,
                source: .sqs,
                record: { index, reader in try SQSEventRecord(&reader, index: index, event: event) },
                failure: { error, code, index, range in
                    let json = Array(event[range])
                    let messageID = LenientLookup.string(at: ["messageId"], in: json)
                    return RecordError(
                        code,
                        "\(error)",
                        index: index,
                        itemIdentifier: messageID,
                        eventID: messageID,
                        sequenceNumber: nil,
                        json: json
                    )
                }
            )
        )
    }
}

/// One message of an SQS queue.
///
/// The message keeps the event's bytes, and decodes each field when it is asked for.
package struct SQSEventRecord: Sendable, CustomStringConvertible {
    /// The message's position in the event, from 0.
    package let index: Int
    private let event: [UInt8]
    private let span: TextSpan
    private let messageIDSpan: TextSpan
    private let bodySpan: TextSpan
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
                _ = try reader.readOptionalObjectSpan { reader in
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
        self.sentTimestampSpan = sentTimestamp
        self.eventSourceARNSpan = eventSourceARN
    }
}

/// The envelope that SNS puts around a message for a subscription without raw delivery.
enum SNSNotification {
    /// The message inside; nil where the body is no such envelope, as with raw delivery or where it is no JSON at all.
    ///
    /// An envelope is an object whose `Type` is `Notification` and whose `Message` is a string.
    static func message(in body: [UInt8]) -> [UInt8]? {
        let found = try? JSONReader.read(body) { reader -> [UInt8]? in
            guard try reader.peek() == .object else {
                try reader.skip()
                return nil
            }
            var isNotification = false
            var message: [UInt8]?
            try reader.readObject { key, reader in
                switch key {
                case "Type": isNotification = try self.string(&reader) { $0 == "Notification" } ?? false
                case "Message": message = try self.string(&reader) { $0.utf8 }
                default: try reader.skip()
                }
            }
            return isNotification ? message : nil
        }
        return found.flatMap { $0 }
    }

    private static func string<Value>(_ reader: inout JSONReader, _ body: (JSONString) -> Value) throws -> Value? {
        guard try reader.peek() == .string else {
            try reader.skip()
            return nil
        }
        return body(try reader.readStringToken())
    }
}
