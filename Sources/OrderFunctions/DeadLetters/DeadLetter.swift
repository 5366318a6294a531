internal import JSONText
package import Platform

/// A record that can never succeed, on its way to a dead-letter queue.
package struct DeadLetter: Sendable, Equatable {
    /// The format of the messages, which they carry and `orders redrive` asks for.
    package static let format = 1

    /// Where the record stood in its stream.
    package enum Position: Sendable, Equatable {
        /// The record of a Kinesis stream; `subSequenceNumber` is the place of a part in its aggregate, `arrival` when the stream
        /// received it, by which its order is judged and dated however late it is redriven; nil where its event does not say.
        case kinesis(shardID: String, sequenceNumber: String, subSequenceNumber: Int?, arrival: UTCInstant?)
        /// The record of a DynamoDB stream; nil for a record that does not say its id.
        case dynamoDBStream(eventID: String?)
    }

    /// What is wrong with the record, without its values.
    package let reason: String
    /// The ARN of the stream or the Pipe's source, as far as the record says.
    package let source: String
    /// Where the record stood in its stream.
    package let position: Position
    /// The bytes that were received; of a part of an aggregate, that part's bytes.
    package let record: [UInt8]

    /// The letter about a record.
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
            case .kinesis(let shardID, let sequenceNumber, let subSequenceNumber, let arrival):
                writer.member("shardId", shardID)
                writer.member("sequenceNumber", sequenceNumber)
                if let subSequenceNumber {
                    writer.key("subSequenceNumber")
                    writer.integer(subSequenceNumber)
                }
                if let arrival { writer.member("arrivedAt", arrival.iso8601) }
            case .dynamoDBStream(let eventID):
                if let eventID { writer.member("eventID", eventID) }
            }
            content(&writer)
        }
        return writer.bytes
    }
}
