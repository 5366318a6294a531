internal import JSONText

/// A record that can never succeed, on its way to a dead-letter queue.
package struct DeadLetter: Sendable, Equatable {
    /// The format of the messages, which they carry and `orders redrive` asks for.
    package static let format = 1

    /// Where the record stood in its stream.
    package enum Position: Sendable, Equatable {
        /// `subSequenceNumber` is that of a part of an aggregate.
        case kinesis(shardID: String, sequenceNumber: String, subSequenceNumber: Int?)
        /// Of a DynamoDB stream; nil for a record that does not say.
        case dynamoDBStream(eventID: String?)
    }

    /// What is wrong with the record, without its values.
    ///
    /// An `OrderError` says it of an order, a `RecordError` of what the event source delivered, an `AggregatorError` or
    /// `EventDigest.conflict` of what cannot be counted.
    package let reason: String
    /// The ARN of the stream or the Pipe's source, as far as the record says.
    package let source: String
    package let position: Position
    /// The bytes received; of a part of an aggregate its own.
    package let record: [UInt8]

    package init(reason: String, source: String, position: Position, record: [UInt8]) {
        self.reason = reason
        self.source = source
        self.position = position
        self.record = record
    }

    /// The message that holds the record itself.
    func message(function: String) -> [UInt8] {
        self.json(function: function) { $0.member("record", Base64.encode(self.record)) }
    }

    /// The message that says where the record was put.
    func message(function: String, bucket: String, key: String) -> [UInt8] {
        self.json(function: function) {
            $0.member("bucket", bucket)
            $0.member("key", key)
        }
    }

    private func json(function: String, _ content: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512 + self.record.count / 3 * 4)
        writer.object { writer in
            writer.key("format")
            writer.integer(Self.format)
            writer.member("function", function)
            writer.member("reason", self.reason)
            writer.member("source", self.source)
            switch self.position {
            case .kinesis(let shardID, let sequenceNumber, let subSequenceNumber):
                writer.member("shardId", shardID)
                writer.member("sequenceNumber", sequenceNumber)
                if let subSequenceNumber {
                    writer.key("subSequenceNumber")
                    writer.integer(subSequenceNumber)
                }
            case .dynamoDBStream(let eventID):
                if let eventID { writer.member("eventID", eventID) }
            }
            content(&writer)
        }
        return writer.bytes
    }
}
