internal import AWSClient
internal import JSONText
internal import Platform

/// Events of Kinesis, as Lambda delivers them.
enum KinesisEvents {
    static let streamARN = "arn:aws:kinesis:eu-central-1:000000000000:stream/orders"

    static func event(_ records: ArraySlice<SentRecord>) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: records.reduce(16) { $0 + $1.json.count + 1 })
        writer.object { writer in
            writer.key("Records")
            writer.array { writer in
                for record in records where !record.json.isEmpty { writer.raw(record.json) }
            }
        }
        return writer.bytes
    }

    /// A record of the stream as it stands in every event that it comes in: a producer's record, or what the producer library
    /// makes of several.
    static func json(of records: ArraySlice<SentRecord>) -> [UInt8] {
        guard let record = records.first else { return [] }
        let data = record.part == nil ? record.data : ProducerLibrary.aggregate(records)
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.object { writer in
            writer.key("kinesis")
            writer.object { writer in
                writer.member("kinesisSchemaVersion", "1.0")
                writer.member("partitionKey", record.partitionKey)
                writer.member("sequenceNumber", record.sequenceNumber)
                writer.member("data", Base64.encode(data))
                writer.key("approximateArrivalTimestamp")
                writer.raw(Self.seconds(record.arrival).utf8)
            }
            writer.member("eventSource", "aws:kinesis")
            writer.member("eventVersion", "1.0")
            writer.member("eventID", record.shardID + ":" + record.sequenceNumber)
            writer.member("eventName", "aws:kinesis:record")
            writer.member("invokeIdentityArn", "arn:aws:iam::000000000000:role/mapping")
            writer.member("awsRegion", "eu-central-1")
            writer.member("eventSourceARN", Self.streamARN)
        }
        return writer.bytes
    }

    /// Seconds since 1970 with milliseconds, as a JSON number.
    private static func seconds(_ arrival: VirtualTime.Nanoseconds) -> String {
        let milliseconds = World.epoch.millisecondsSince1970 + arrival / 1_000_000
        let rest = String(milliseconds % 1_000 + 1_000).dropFirst()
        return "\(milliseconds / 1_000).\(rest)"
    }
}

/// What the Kinesis Producer Library puts into one record, by "KPL Aggregated Record Format": a magic number, a protobuf message,
/// and its MD5.
enum ProducerLibrary {
    static func aggregate(_ records: ArraySlice<SentRecord>) -> [UInt8] {
        var message: [UInt8] = []
        // Each part has a key of its own in the table of keys.
        for record in records { message += self.field(1, Array(record.partitionKey.utf8)) }
        for (place, record) in records.enumerated() {
            message += self.field(3, [0x08] + self.varint(place) + self.field(3, record.data))
        }
        return [0xF3, 0x89, 0x9A, 0xC2] + message + Digest.md5(message[...])
    }

    private static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
        self.varint(number << 3 | 2) + self.varint(bytes.count) + bytes
    }

    private static func varint(_ value: Int) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F | 0x80))
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

/// What a function's answer says about its batch.
enum BatchAnswer {
    /// The identifiers that are reported as failed; nil where the whole batch failed.
    static func failures(_ outcome: Outcome) -> [String]? {
        guard case .answered(let body) = outcome.ending else { return nil }
        return try? JSONReader.read(body) { reader in
            var failures: [String] = []
            try reader.readObject { key, reader in
                switch key {
                case "batchItemFailures":
                    try reader.readArray { _, reader in failures.append(try Self.identifier(&reader)) }
                default: try reader.skip()
                }
            }
            return failures
        }
    }

    private static func identifier(_ reader: inout JSONReader) throws -> String {
        var identifier = ""
        try reader.readObject { key, reader in
            switch key {
            case "itemIdentifier": identifier = try reader.readString()
            default: try reader.skip()
            }
        }
        return identifier
    }
}
