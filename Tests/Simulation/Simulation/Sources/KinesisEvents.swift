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
                for record in records { writer.raw(record.json) }
            }
        }
        return writer.bytes
    }

    /// A record as it stands in every event that it comes in.
    static func json(of record: SentRecord) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.object { writer in
            writer.key("kinesis")
            writer.object { writer in
                writer.member("kinesisSchemaVersion", "1.0")
                writer.member("partitionKey", record.partitionKey)
                writer.member("sequenceNumber", record.sequenceNumber)
                writer.member("data", Base64.encode(record.data))
                writer.key("approximateArrivalTimestamp")
                writer.raw(Self.seconds(record.arrival).utf8)
            }
            writer.member("eventSource", "aws:kinesis")
            writer.member("eventVersion", "1.0")
            writer.member("eventID", record.eventID)
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
