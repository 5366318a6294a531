internal import AWSClient
package import AWSOperations
package import EventPatterns
internal import JSONText
internal import Orders
package import PipesRunner

/// One change of a row of the Orders table, as the table's stream has it, or as a Pipe would see a row of which the stream
/// tells nothing any more.
package struct TableChange: Sendable {
    /// The change's id in the stream; nil for a row of which the stream tells nothing any more.
    package let eventID: String?
    /// `INSERT`, `MODIFY` or `REMOVE`.
    package let eventName: String
    /// The order's id, which is the row's key; of a row that others wrote it may be longer than an `OrderID`.
    package let orderID: ExactText
    /// The shard of the table's stream; nil where the stream tells nothing any more.
    package let shardID: String?
    /// The change's place in its shard; nil where the stream tells nothing any more.
    package let sequenceNumber: String?
    /// Seconds since 1970, as the stream writes them.
    package let createdAt: String?
    /// What a Pipe's filters see.
    package let filterInput: JSONValue
    /// The row after and before the change, in DynamoDB's spelling.
    package let newImage: [UInt8]?
    /// The row before the change, in DynamoDB's spelling.
    package let oldImage: [UInt8]?

    /// A record of the stream; nil where it is no change of a row with a key of ours.
    package init?(_ source: DynamoDBStreamsRecord, shardID: String, streamARN: String) {
        guard let decoded = try? DynamoDBPipeRecord(source, streamARN: streamARN) else { return nil }
        self.init(source.json, filterInput: decoded.filterInput, shardID: shardID)
    }

    /// A record as a Pipe's target gets it; nil where it is no change of a row with a key of ours.
    package init?(_ record: PolledRecord) {
        guard let filterInput = try? JSONValue(parsing: record.json) else { return nil }
        self.init(record.json, filterInput: filterInput, shardID: nil)
    }

    /// A record of the stream as it was answered; nil where it is no change of a row with a key of ours.
    package init?(recorded json: [UInt8]) {
        guard let filterInput = try? JSONValue(parsing: json) else { return nil }
        self.init(json, filterInput: filterInput, shardID: nil)
    }

    private init?(_ json: [UInt8], filterInput: JSONValue, shardID: String?) {
        guard let parts = try? Parts(json), let orderID = parts.orderID, let eventName = parts.eventName,
            let eventID = parts.eventID
        else { return nil }
        self.eventID = eventID
        self.eventName = eventName
        self.orderID = ExactText(orderID)
        self.shardID = shardID
        self.sequenceNumber = parts.sequenceNumber
        self.createdAt = parts.createdAt
        self.filterInput = filterInput
        self.newImage = parts.newImage
        self.oldImage = parts.oldImage
    }

    /// The row as it is, taken for a modification whose old image nobody knows.
    package init(assumedOf row: OrderRow) throws {
        var image = JSONWriter()
        AttributeValue.write(row.item, to: &image)
        var event = JSONWriter()
        event.object { writer in
            writer.member("eventName", "MODIFY")
            writer.key("dynamodb")
            writer.object { writer in
                writer.key("NewImage")
                writer.raw(image.bytes)
            }
        }
        self.eventID = nil
        self.eventName = "MODIFY"
        self.orderID = ExactText(row.id.text)
        self.shardID = nil
        self.sequenceNumber = nil
        self.createdAt = nil
        self.filterInput = try JSONValue(parsing: event.bytes)
        self.newImage = image.bytes
        self.oldImage = nil
    }

    /// The members of a stream's record that matter here.
    private struct Parts {
        var eventID: String?
        var eventName: String?
        var sequenceNumber: String?
        var createdAt: String?
        var orderID: String?
        var newImage: [UInt8]?
        var oldImage: [UInt8]?

        init(_ json: [UInt8]) throws {
            try JSONReader.read(json) { reader in
                try reader.readObject { name, reader in
                    switch name {
                    case "eventID": self.eventID = try reader.readString()
                    case "eventName": self.eventName = try reader.readString()
                    case "dynamodb": try self.readChange(&reader)
                    default: try reader.skip()
                    }
                }
            }
        }

        private mutating func readChange(_ reader: inout JSONReader) throws {
            try reader.readObject { name, reader in
                switch name {
                case "NewImage": self.newImage = Array(reader.slice(try reader.skip()))
                case "OldImage": self.oldImage = Array(reader.slice(try reader.skip()))
                case "SequenceNumber": self.sequenceNumber = try reader.readString()
                case "ApproximateCreationDateTime":
                    self.createdAt = String(decoding: reader.slice(try reader.skip()), as: UTF8.self)
                case "Keys": self.orderID = try Self.orderID(&reader)
                default: try reader.skip()
                }
            }
        }

        /// Out of `{"orderId":{"S":"ORD-1"}}`.
        private static func orderID(_ reader: inout JSONReader) throws -> String? {
            var id: String?
            try reader.readObject { name, reader in
                guard name == "orderId" else {
                    try reader.skip()
                    return
                }
                try reader.readObject { type, reader in
                    if type == "S" { id = try reader.readString() } else { try reader.skip() }
                }
            }
            return id
        }
    }
}
