internal import EventPatterns
internal import JSONText
internal import LambdaEvents
package import Platform

/// What a message of a dead-letter queue is, as far as it can be delivered again.
package enum DeadLetterMessage: Sendable, Equatable {
    /// A Pipe's own: it points to records of the stream.
    case pointer(StreamRange)
    /// A function's: it holds the record, or says where in S3 it is.
    case letter(FunctionLetter)
    /// Something else.
    ///
    /// The text says what is missing.
    case unknown(String)

    /// A range of one shard, both ends included.
    package struct StreamRange: Sendable, Equatable {
        /// The stream that the records are in.
        package let streamARN: String
        /// The shard that the records are in.
        package let shardID: String
        /// The first sequence number.
        package let start: String
        /// The last sequence number.
        package let end: String
        /// Records given up on; the range may hold others.
        package let count: Int
    }

    /// A record that a function could not use.
    package struct FunctionLetter: Sendable, Equatable {
        /// Where the record is.
        package enum Record: Sendable, Equatable {
            case bytes([UInt8])
            case object(bucket: String, key: String)
        }

        /// The format that `redrive` knows.
        static let format = 1

        /// The function that sent it.
        package let function: String
        /// What was wrong with the record.
        package let reason: String
        /// The ARN of what the record came from.
        package let source: String
        /// Set for a record of Kinesis.
        package let shardID: String?
        /// The record's place in its shard; nil where it did not come from Kinesis.
        package let sequenceNumber: String?
        /// Set for a part of an aggregate of the Kinesis Producer Library.
        package let subSequenceNumber: Int?
        /// When the stream received the record of Kinesis; nil in a letter that does not say.
        package let arrival: UTCInstant?
        /// The record, or where it is.
        package let record: Record
    }

    /// Reads a message's body.
    package init(body: String) {
        guard case .object(let message)? = try? JSONValue(parsing: body.utf8) else {
            self = .unknown("it is no JSON object")
            return
        }
        if case .object(let info)? = message["DDBStreamBatchInfo"] {
            self = Self.pointer(info)
        } else if message["function"] != nil {
            self = Self.letter(message)
        } else {
            self = .unknown("it has neither `DDBStreamBatchInfo` nor `function`")
        }
    }

    private static func pointer(_ info: JSONObject) -> DeadLetterMessage {
        guard let shardID = info.text("shardId"), let streamARN = info.text("streamArn"),
            let start = info.text("startSequenceNumber"), let end = info.text("endSequenceNumber")
        else { return .unknown("`DDBStreamBatchInfo` lacks its shard or its sequence numbers") }
        var count = 1
        if case .number(let number)? = info["batchSize"], number >= 1, number <= 10_000 { count = Int(number) }
        return .pointer(
            StreamRange(streamARN: streamARN, shardID: shardID, start: start, end: end, count: count)
        )
    }

    private static func letter(_ message: JSONObject) -> DeadLetterMessage {
        guard let format = message.integer("format") else {
            return .unknown("it has no `format`, so a version before 1.0 sent it; send its order again")
        }
        guard format == FunctionLetter.format else {
            return .unknown(
                "it is of format \(format), and this version knows \(FunctionLetter.format); redrive it with the version "
                    + "that sent it, or a later one"
            )
        }
        let record: FunctionLetter.Record
        if case .string(let text)? = message["record"], let bytes = Base64.decode(text.utf8) {
            record = .bytes(bytes)
        } else if let bucket = message.text("bucket"), let key = message.text("key") {
            record = .object(bucket: bucket, key: key)
        } else {
            return .unknown("it has neither a `record` in base64 nor `bucket` and `key`")
        }
        return .letter(
            FunctionLetter(
                function: message.text("function") ?? "",
                reason: message.text("reason") ?? "",
                source: message.text("source") ?? "",
                shardID: message.text("shardId"),
                sequenceNumber: message.text("sequenceNumber"),
                subSequenceNumber: message.integer("subSequenceNumber"),
                arrival: message.instant("arrivedAt"),
                record: record
            )
        )
    }
}

extension DeadLetterMessage.FunctionLetter {
    /// The event that delivers the record to its function once more.
    ///
    /// A record of Kinesis comes from a shard of its own: see `RedriveShard`.
    ///
    /// `sentMilliseconds`, when the letter was sent, stands for an arrival that the letter does not tell.
    package func event(record: [UInt8], sentMilliseconds: Int64?) -> [UInt8] {
        guard let shardID, let sequenceNumber else { return Array("[".utf8) + record + Array("]".utf8) }
        let shard = RedriveShard(
            letterShardID: shardID,
            sequenceNumber: sequenceNumber,
            subSequenceNumber: self.subSequenceNumber
        )
        let parts = self.source.split(separator: ":", omittingEmptySubsequences: false)
        var writer = JSONWriter(reservingCapacity: record.count * 4 / 3 + 600)
        writer.object {
            $0.key("Records")
            $0.array {
                $0.object {
                    $0.key("kinesis")
                    $0.object {
                        $0.member("kinesisSchemaVersion", "1.0")
                        $0.member("partitionKey", "redrive")
                        $0.member("sequenceNumber", sequenceNumber)
                        $0.member("data", Base64.encode(record))
                        if let milliseconds = self.arrival?.millisecondsSince1970 ?? sentMilliseconds {
                            $0.key("approximateArrivalTimestamp")
                            $0.raw("\(milliseconds / 1_000).\(String(milliseconds % 1_000 + 1_000).dropFirst())".utf8)
                        }
                    }
                    $0.member("eventSource", "aws:kinesis")
                    $0.member("eventVersion", "1.0")
                    $0.member("eventID", shard.eventID)
                    $0.member("eventName", "aws:kinesis:record")
                    $0.member("awsRegion", parts.count > 3 ? String(parts[3]) : "")
                    $0.member("eventSourceARN", self.source)
                }
            }
        }
        return writer.bytes
    }
}

extension JSONObject {
    /// A member that is a non-empty string.
    fileprivate func text(_ name: String) -> String? {
        guard case .string(let text)? = self[name], !text.isEmpty else { return nil }
        return text
    }

    /// A member that is an instant from 1970 on.
    fileprivate func instant(_ name: String) -> UTCInstant? {
        guard let instant = self.text(name).flatMap({ ISO8601Instant($0) }), instant.secondsSince1970 >= 0 else {
            return nil
        }
        return UTCInstant(secondsSince1970: instant.secondsSince1970) + .nanoseconds(Int64(instant.nanoseconds))
    }

    /// A member that is an integer from 0 up to what any format of ours counts.
    fileprivate func integer(_ name: String) -> Int? {
        guard case .number(let number)? = self[name] else { return nil }
        return Int(exactly: number).flatMap { (0...Int(Int32.max)).contains($0) ? $0 : nil }
    }
}
