internal import AWSClient
package import AWSOperations
package import EventPatterns
internal import JSONText
internal import Platform

/// A record of a DynamoDB stream in the two shapes a Pipe knows: what its filters see, and what its target gets.
package struct DynamoDBPipeRecord: Sendable {
    /// `eventName`, `dynamodb` and `userIdentity`: the rest is added after filtering, on AWS as here.
    package let filterInput: JSONValue
    /// The record as the runner delivers it.
    package let record: PolledRecord

    /// Throws `JSONError` for a record that is no object or has no `dynamodb`.
    package init(_ source: DynamoDBStreamsRecord, streamARN: String) throws {
        var members: [JSONObject.Member] = []
        var writer = JSONWriter(reservingCapacity: source.json.count + 200)
        var defaults = Self.defaults(streamARN: streamARN)
        var keys = ""
        try JSONReader.read(source.json) { reader in
            writer.beginObject()
            try reader.readObject { name, reader in
                let name = name.string
                if try reader.readNull() { return }
                defaults.removeAll { $0.name == name }
                switch name {
                case "eventSourceARN":
                    try reader.skip()
                    writer.member(name, streamARN)
                case "userIdentity":
                    let identity = try Self.identity(JSONValue(reading: &reader))
                    members.append(JSONObject.Member(name: name, value: .object(identity)))
                    writer.key(name)
                    Self.write(identity, to: &writer)
                default:
                    let range = try reader.skip()
                    writer.key(name)
                    writer.raw(reader.slice(range))
                    guard name == "eventName" || name == "dynamodb" else { return }
                    let value = try JSONValue(parsing: reader.slice(range))
                    members.append(JSONObject.Member(name: name, value: value))
                    if name == "dynamodb" { keys = try Self.keys(of: reader.slice(range)) }
                }
            }
            for member in defaults { writer.member(member.name, member.value) }
            writer.endObject()
        }
        self.filterInput = .object(JSONObject(members))
        self.record = PolledRecord(
            identifier: source.eventID,
            sequenceNumber: source.sequenceNumber,
            arrival: source.approximateCreationDateTime.flatMap { UTCInstant(secondsSince1970: $0) },
            orderingKey: keys,
            json: writer.bytes
        )
    }

    /// What a target's record has besides what the stream's API gives.
    ///
    /// The last is never in the API's.
    private static func defaults(streamARN: String) -> [(name: String, value: String)] {
        let parts = streamARN.split(separator: ":", omittingEmptySubsequences: false)
        return [
            ("eventVersion", "1.1"),
            ("eventSource", "aws:dynamodb"),
            ("awsRegion", parts.count > 3 ? String(parts[3]) : ""),
            ("eventSourceARN", streamARN),
        ]
    }

    /// The API spells `PrincipalId` and `Type`; events have `principalId` and `type`.
    private static func identity(_ value: JSONValue) throws -> JSONObject {
        guard case .object(let object) = value else { return JSONObject() }
        return JSONObject(
            object.members.map { member in
                switch member.name {
                case "PrincipalId": JSONObject.Member(name: "principalId", value: member.value)
                case "Type": JSONObject.Member(name: "type", value: member.value)
                default: member
                }
            }
        )
    }

    private static func write(_ identity: JSONObject, to writer: inout JSONWriter) {
        writer.object { writer in
            for member in identity.members {
                guard case .string(let text) = member.value else { continue }
                writer.member(member.name, text)
            }
        }
    }

    /// The item's key as its text: equal for all versions of an item.
    private static func keys(of dynamodb: UnsafeBufferPointer<UInt8>) throws -> String {
        var keys = ""
        try JSONReader.read(dynamodb) { reader in
            try reader.readObject { name, reader in
                let range = try reader.skip()
                if name == "Keys" { keys = String(decoding: reader.slice(range), as: UTF8.self) }
            }
        }
        return keys
    }
}
