internal import AWSClient
internal import JSONText

/// SQS as far as functions use it: messages that are sent, in queues by their URLs.
package struct SimulatedSQS {
    /// The bodies of the messages of each queue, in the order in which they were sent.
    private var messages: [String: [String]] = [:]
    private var count = 0

    /// SQS's limit for a message, in bytes.
    private static let greatestMessage = 256 * 1_024

    package init() {}

    /// The bodies of a queue's messages.
    package func bodies(_ queueURL: String) -> [String] { self.messages[queueURL] ?? [] }

    mutating func perform(_ operation: String, _ body: [UInt8]) throws -> [UInt8] {
        guard operation == "SendMessage" else { throw ServiceError(400, "InvalidAction", operation) }
        let (queue, message) = try JSONReader.read(body) { reader in
            var (queue, message) = ("", "")
            try reader.readObject { member, reader in
                switch member {
                case "QueueUrl": queue = try reader.readString()
                case "MessageBody": message = try reader.readString()
                default: try reader.skip()
                }
            }
            return (queue, message)
        }
        guard message.utf8.count <= Self.greatestMessage else {
            throw ServiceError(400, "InvalidParameterValue", "Message must be shorter than 262144 bytes.")
        }
        self.count += 1
        self.messages[queue, default: []].append(message)
        return Array("{\"MessageId\":\"message-\(self.count)\",\"MD5OfMessageBody\":\"\"}".utf8)
    }
}

/// SNS as far as functions use it: notifications that are published to topics.
package struct SimulatedSNS {
    /// A notification as a subscriber gets it.
    package struct Notification: Sendable {
        package let topicARN: String
        package let message: String
        /// Attributes of data type `String`, by name.
        package let attributes: [String: String]
    }

    package private(set) var notifications: [Notification] = []

    package init() {}

    mutating func perform(_ body: [UInt8]) throws -> [UInt8] {
        let fields = Self.fields(body)
        guard fields["Action"] == "PublishBatch", let topic = fields["TopicArn"] else {
            throw ServiceError(400, "InvalidAction", "The simulated SNS knows PublishBatch.")
        }
        var successes = ""
        var number = 1
        while let message = fields["PublishBatchRequestEntries.member.\(number).Message"] {
            let entry = "PublishBatchRequestEntries.member.\(number)."
            var attributes: [String: String] = [:]
            var place = 1
            while let name = fields[entry + "MessageAttributes.entry.\(place).Name"] {
                attributes[name] = fields[entry + "MessageAttributes.entry.\(place).Value.StringValue"]
                place += 1
            }
            self.notifications.append(Notification(topicARN: topic, message: message, attributes: attributes))
            let id = fields[entry + "Id"] ?? ""
            successes += "<member><Id>\(id)</Id><MessageId>m-\(self.notifications.count)</MessageId></member>"
            number += 1
        }
        let result = "<Failed/><Successful>\(successes)</Successful>"
        let text = "<PublishBatchResponse><PublishBatchResult>\(result)</PublishBatchResult></PublishBatchResponse>"
        return Array(text.utf8)
    }

    /// The fields of a form.
    private static func fields(_ body: [UInt8]) -> [String: String] {
        var fields: [String: String] = [:]
        for field in body.split(separator: UInt8(ascii: "&")) {
            let halves = field.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            fields[Self.decoded(halves[0])] = halves.count > 1 ? Self.decoded(halves[1]) : ""
        }
        return fields
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
