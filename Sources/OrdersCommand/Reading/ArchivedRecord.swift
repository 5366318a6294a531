internal import JSONText
internal import OrderFunctions
package import Orders

/// One line of the archive: docs/formats.md has its members.
package struct ArchivedRecord: Sendable, Equatable {
    /// A product of the order and how often it was ordered.
    package struct Product: Sendable, Equatable {
        /// The product's id.
        package let id: String
        /// How often the order has it.
        package let quantity: Int64
    }

    /// The object's key; empty for a record that was read from the stream.
    package let key: String
    /// The line's number in its object, from 1.
    package let line: Int
    /// The shard that the record came in.
    package private(set) var shardID = ""
    /// The record's place in its shard.
    package private(set) var sequenceNumber = ""
    /// Of a record that a producer library put into one of the stream with others.
    package private(set) var subSequenceNumber: Int?
    /// When the stream received it, in ISO 8601.
    package private(set) var arrivedAt: String?
    /// `accepted`, `skipped` or `refused`.
    package private(set) var verdict = ""
    /// Why the record was refused; nil where it was not.
    package private(set) var reason: String?
    /// What it counts once by.
    package private(set) var eventID: Identifier?
    /// The day that the order counts in; nil where the record is no order.
    package private(set) var day: String?
    /// The order's id; nil where the record has none that can be read.
    package private(set) var orderID: OrderID?
    /// The order's currency; nil where the record is no order.
    package private(set) var currency: String?
    /// The order's amount; nil where the record is no order.
    package private(set) var amount: String?
    /// The order's products; none where the record is no order.
    package private(set) var products: [Product] = []
    /// The producer's text; the bytes received where those are no JSON that queries can read, out of gzip where they are
    /// in it.
    package private(set) var content: [UInt8] = []

    /// Whether both are one record of the stream, read from the archive or from the stream itself.
    package func isSameRecord(as other: ArchivedRecord) -> Bool {
        self.shardID == other.shardID && self.sequenceNumber == other.sequenceNumber
            && self.subSequenceNumber == other.subSequenceNumber
    }

    /// Reads a line; nil where it is none of the archive's.
    package init?(_ bytes: ArraySlice<UInt8>, key: String, line: Int) {
        self.key = key
        self.line = line
        do {
            try JSONReader.read(bytes, limits: .archiveLine(bytes: bytes.count)) { reader in
                try reader.readObject { name, reader in
                    switch name {
                    case "shardId": self.shardID = try reader.readString()
                    case "sequenceNumber": self.sequenceNumber = try reader.readString()
                    case "subSequenceNumber": self.subSequenceNumber = Int(try reader.readInteger())
                    case "arrivedAt": self.arrivedAt = try reader.readString()
                    case "record": self.content = Array(reader.slice(try reader.skip()))
                    case "unparsed", "envelope": self.content = Self.content(try reader.readString())
                    case "order": try self.readOrder(&reader)
                    default: try reader.skip()
                    }
                }
            }
        } catch {
            return nil
        }
        guard !self.sequenceNumber.isEmpty, !self.verdict.isEmpty else { return nil }
    }

    /// The bytes that stand there in base64, as they are where they only begin as gzip does.
    private static func content(_ base64: String) -> [UInt8] {
        let bytes = Base64.decode(base64.utf8) ?? []
        return Gzip.isGzip(bytes) ? (try? Gzip.decompress(bytes)) ?? bytes : bytes
    }

    private mutating func readOrder(_ reader: inout JSONReader) throws {
        try reader.readObject { name, reader in
            switch name {
            case "verdict": self.verdict = try reader.readString()
            case "reason": self.reason = try reader.readString()
            case "eventId": self.eventID = Identifier(try reader.readString())
            case "day": self.day = try reader.readString()
            case "orderId": self.orderID = OrderID(try reader.readString())
            case "currency": self.currency = try reader.readString()
            case "amount": self.amount = try reader.readString()
            case "products":
                try reader.readArray { _, reader in self.products.append(try Self.product(&reader)) }
            default: try reader.skip()
            }
        }
    }

    private static func product(_ reader: inout JSONReader) throws -> Product {
        var (id, quantity) = ("", Int64(0))
        try reader.readObject { name, reader in
            switch name {
            case "productId": id = try reader.readString()
            case "quantity": quantity = try reader.readInteger()
            default: try reader.skip()
            }
        }
        return Product(id: id, quantity: quantity)
    }

    /// The orders that the record is about: the one that it was read as, and of a refused record all that it mentions.
    ///
    /// A skipped record is an event of another type, which may well name an order, and is about none.
    func orderIDs(by mention: OrderMention) -> [OrderID] {
        if let orderID { return [orderID] }
        return self.verdict == "refused" ? mention.ids(in: self.content) : []
    }

    /// Whether it is in an object by now; else it was read from the stream.
    package var isArchived: Bool { !self.key.isEmpty }

    /// Where its line lies, for people.
    func location(in bucket: String) -> String {
        self.isArchived ? "s3://\(bucket)/\(self.key) line \(self.line)" : "in the stream, not archived yet"
    }

    /// Where its line lies, for machines; nothing of a record that is not archived yet.
    func writeLocation(in bucket: String, to writer: inout JSONWriter) {
        writer.key("isArchived")
        writer.bool(self.isArchived)
        guard self.isArchived else { return }
        writer.member("bucket", bucket)
        writer.member("key", self.key)
        writer.key("line")
        writer.integer(self.line)
    }

    /// `<shardId>:<sequence number>`, of a part of an aggregate `:<sub-sequence number>` behind it.
    package var place: String { self.place(ofPart: self.subSequenceNumber) }

    /// The place of a part of the record of the stream that it came in; of that record as a whole for nil.
    func place(ofPart part: Int?) -> String {
        "\(self.shardID):\(self.sequenceNumber)" + (part.map { ":\($0)" } ?? "")
    }
}
