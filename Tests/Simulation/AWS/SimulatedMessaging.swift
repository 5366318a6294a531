internal import AWSClient
internal import JSONText
internal import Platform

/// SQS as far as functions use it: messages that are sent, in queues by their URLs.
package struct SimulatedSQS {
    /// A message as a receiver gets it.
    package struct Message: Sendable {
        let number: Int
        package let body: String
        /// When it was sent, in nanoseconds of the run.
        package let sent: Int64
    }

    /// The messages of each queue, in the order in which they were sent.
    private var messages: [String: [Message]]
    /// What was deleted from each queue.
    private var deleted: [String: [Message]] = [:]
    private var count = 0

    /// What the queues take, in bytes: less than SQS's own limit of 1 MiB, so that a function that goes beyond what queues
    /// of older accounts take is noticed.
    private static let greatestMessage = 256 * 1_024

    /// The queues that there are, by their URLs.
    init(queues: [String]) {
        self.messages = Dictionary(uniqueKeysWithValues: queues.map { ($0, []) })
    }

    /// The bodies of a queue's messages.
    package func bodies(_ queueURL: String) -> [String] { self.messages(queueURL).map(\.body) }

    /// A queue's messages.
    package func messages(_ queueURL: String) -> [Message] { self.messages[queueURL] ?? [] }

    /// The bodies of all messages that were ever sent to a queue, in no particular order.
    package func sentBodies(_ queueURL: String) -> [String] {
        (self.messages(queueURL) + (self.deleted[queueURL] ?? [])).map(\.body)
    }

    /// Deletes a message, if it is still there.
    package mutating func delete(_ message: Message, from queueURL: String) {
        guard let place = self.messages(queueURL).firstIndex(where: { $0.number == message.number }) else { return }
        self.messages[queueURL]?.remove(at: place)
        self.deleted[queueURL, default: []].append(message)
    }

    mutating func perform(_ operation: String, _ body: [UInt8], at now: Int64) throws -> [UInt8] {
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
        guard self.messages[queue] != nil else {
            throw ServiceError(400, "QueueDoesNotExist", "The specified queue does not exist.")
        }
        guard !message.isEmpty else {
            throw ServiceError(400, "MissingParameter", "The request must contain the parameter MessageBody.")
        }
        guard message.utf8.count <= Self.greatestMessage else {
            throw ServiceError(400, "InvalidParameterValue", "Message must be shorter than 262144 bytes.")
        }
        guard message.unicodeScalars.allSatisfy(Self.isAllowed) else {
            throw ServiceError(400, "InvalidMessageContents", "Invalid characters found.")
        }
        self.count += 1
        self.messages[queue, default: []].append(Message(number: self.count, body: message, sent: now))
        let digest = Hexadecimal.text(Digest.md5(Array(message.utf8)[...]))
        return Array("{\"MessageId\":\"message-\(self.count)\",\"MD5OfMessageBody\":\"\(digest)\"}".utf8)
    }

    /// XML 1.0's characters, by "SendMessage".
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x1_0000...0x10_FFFF: true
        default: false
        }
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
    /// For the entries of the next batch, whether the service fails with them by a fault of its own.
    package var entryFailures: [Bool] = []
    /// The topics that there are, by their ARNs.
    private let topics: Set<String>

    /// What a batch may hold, by "PublishBatch".
    private static let (greatestBatch, greatestEntries) = (262_144, 10)

    /// The topics that there are, by their ARNs.
    init(topics: [String]) {
        self.topics = Set(topics)
    }

    private struct Entry {
        let id: String
        let message: String
        var attributes: [String: String] = [:]

        /// Bytes of the message and its attributes, data types included.
        var size: Int {
            self.attributes.reduce(self.message.utf8.count) { $0 + $1.key.utf8.count + $1.value.utf8.count + 6 }
        }
    }

    mutating func perform(_ body: [UInt8]) throws -> [UInt8] {
        let fields = Self.fields(body)
        guard fields["Action"] == "PublishBatch", let topic = fields["TopicArn"] else {
            throw ServiceError(400, "InvalidAction", "The simulated SNS knows PublishBatch.")
        }
        guard self.topics.contains(topic) else { throw ServiceError(404, "NotFound", "Topic does not exist") }
        let entries = Self.entries(fields)
        try Self.check(entries)
        var (successes, failures) = ("", "")
        for (place, entry) in entries.enumerated() {
            if place < self.entryFailures.count, self.entryFailures[place] {
                let reason = "<Code>InternalError</Code><Message>We failed.</Message>"
                failures += "<member><Id>\(entry.id)</Id>\(reason)<SenderFault>false</SenderFault></member>"
                continue
            }
            if entry.message.isEmpty {
                let reason = "<Code>InvalidParameter</Code><Message>Invalid parameter: Empty message</Message>"
                failures += "<member><Id>\(entry.id)</Id>\(reason)<SenderFault>true</SenderFault></member>"
                continue
            }
            self.notifications.append(
                Notification(topicARN: topic, message: entry.message, attributes: entry.attributes)
            )
            successes += "<member><Id>\(entry.id)</Id><MessageId>m-\(self.notifications.count)</MessageId></member>"
        }
        let result = "<Failed>\(failures)</Failed><Successful>\(successes)</Successful>"
        let text = "<PublishBatchResponse><PublishBatchResult>\(result)</PublishBatchResult></PublishBatchResponse>"
        return Array(text.utf8)
    }

    private static func entries(_ fields: [String: String]) -> [Entry] {
        var entries: [Entry] = []
        while let id = fields["PublishBatchRequestEntries.member.\(entries.count + 1).Id"] {
            let prefix = "PublishBatchRequestEntries.member.\(entries.count + 1)."
            var entry = Entry(id: id, message: fields[prefix + "Message"] ?? "")
            var place = 1
            while let name = fields[prefix + "MessageAttributes.entry.\(place).Name"] {
                entry.attributes[name] = fields[prefix + "MessageAttributes.entry.\(place).Value.StringValue"]
                place += 1
            }
            entries.append(entry)
        }
        return entries
    }

    private static func check(_ entries: [Entry]) throws {
        func refuse(_ code: String, _ message: String) throws -> Never { throw ServiceError(400, code, message) }
        if entries.isEmpty { try refuse("EmptyBatchRequest", "The batch request doesn't contain any entries.") }
        if entries.count > Self.greatestEntries {
            try refuse("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
        }
        for entry in entries {
            let isID = entry.id.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
            guard isID, !entry.id.isEmpty, entry.id.utf8.count <= 80 else {
                try refuse("InvalidBatchEntryId", "The Id of a batch entry doesn't abide by the specification.")
            }
        }
        if Set(entries.map(\.id)).count < entries.count {
            try refuse("BatchEntryIdsNotDistinct", "Two or more batch entries have the same Id.")
        }
        if entries.reduce(0, { $0 + $1.size }) > Self.greatestBatch {
            try refuse(
                "BatchRequestTooLong",
                "The length of all the batch messages put together is more than the limit."
            )
        }
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
