internal import JSONText
internal import OrderFunctions
internal import Orders
internal import Platform

/// One line of an archive object, as far as counting its record needs it: docs/formats.md has the members.
struct ArchiveLine {
    /// What of the line is counted.
    enum Content {
        /// A JSON text, as the producer sent it or out of a compressed record.
        case text([UInt8])
        /// Base64 of what is no such text: the producer's bytes.
        case unparsed([UInt8])
        /// Not even a record: what the event source delivered in its place.
        case envelope
    }

    /// The format of the line and the version of the rules by which its record was read.
    private(set) var format: Int64 = 0
    private(set) var rules: Int64 = 0
    private(set) var shardID: [UInt8] = []
    private(set) var sequenceNumber: [UInt8] = []
    /// Of a record that a producer library put into one of the stream with others.
    private(set) var subSequenceNumber: Int64?
    /// When the stream received it.
    private(set) var arrival: Timestamp?
    private(set) var content = Content.envelope

    /// Throws where the bytes are no line of an archive object.
    init(_ line: ArraySlice<UInt8>) throws {
        try JSONReader.read(line, limits: .archiveLine(bytes: line.count)) { reader in
            try reader.readObject { name, reader in
                switch name {
                case "format": self.format = try reader.readInteger()
                case "rules": self.rules = try reader.readInteger()
                case "shardId": self.shardID = try reader.readStringToken().utf8
                case "sequenceNumber": self.sequenceNumber = try reader.readStringToken().utf8
                case "subSequenceNumber": self.subSequenceNumber = try reader.readInteger()
                case "arrivedAt": self.arrival = Timestamp(try reader.readString())
                case "record": self.content = .text(Array(reader.slice(try reader.skip())))
                case "unparsed": self.content = .unparsed(try reader.readStringToken().utf8)
                default: try reader.skip()
                }
            }
        }
        guard !self.shardID.isEmpty, !self.sequenceNumber.isEmpty else {
            throw JSONError(.missingMember, "no place in the stream", offset: 0)
        }
    }

    /// `shardId-000000000006:<sequence number>`, of a part of an aggregate with its place behind it: what the record's event
    /// is known by where it has no `MessageId`.
    var eventID: String {
        let place =
            String(decoding: self.shardID, as: UTF8.self) + ":" + String(decoding: self.sequenceNumber, as: UTF8.self)
        return self.subSequenceNumber.map { "\(place):\($0)" } ?? place
    }

    /// Whether it stands behind the other in its shard.
    func follows(_ other: ArchiveLine) -> Bool {
        if self.sequenceNumber != other.sequenceNumber {
            return Self.isLess(other.sequenceNumber, self.sequenceNumber)
        }
        guard let place = self.subSequenceNumber, let otherPlace = other.subSequenceNumber else { return false }
        return otherPlace < place
    }

    /// The order of decimal numbers, zeros in front of them aside.
    static func isLess(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        let left = left.drop { $0 == UInt8(ascii: "0") }
        let right = right.drop { $0 == UInt8(ascii: "0") }
        return left.count == right.count ? left.lexicographicallyPrecedes(right) : left.count < right.count
    }

    /// What the aggregator's decoder makes of the record.
    func order(_ decoder: OrderRecordDecoder) -> OrderRecord {
        let bytes: [UInt8]
        switch self.content {
        case .text(let text): bytes = text
        case .unparsed(let base64):
            guard let received = Base64.decode(base64) else { return Self.unreadable }
            guard Gzip.isGzip(received) else {
                bytes = received
                break
            }
            guard let text = try? Gzip.decompress(received) else { return Self.unreadable }
            bytes = text
        case .envelope: return Self.unreadable
        }
        return decoder.decode(bytes, eventID: self.eventID, arrival: self.arrival)
    }

    /// Nothing says that it is an order, so that it counts nowhere.
    private static var unreadable: OrderRecord { .invalid(InvalidOrder(error: OrderError(.malformed, "no record"))) }
}
