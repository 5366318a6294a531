internal import Glibc
internal import JSONText
internal import OrderFunctions
internal import Orders
internal import Platform

/// One line of an archive object, as far as counting its record needs it: docs/formats.md has the members.
///
/// Its texts are slices of the line, so that nothing is copied of what is only passed through: it is not to be kept.
struct ArchiveLine: ~Copyable {
    /// What of the line is counted.
    enum Content {
        /// A JSON text, as the producer sent it or out of a compressed record.
        case text(ArraySlice<UInt8>)
        /// Base64 of what is no such text: the producer's bytes.
        case unparsed(ArraySlice<UInt8>)
        /// Not even a record: what the event source delivered in its place.
        case envelope
    }

    /// The format of the line and the version of the rules by which its record was read.
    private(set) var format: Int64 = 0
    private(set) var rules: Int64 = 0
    private(set) var shardID: ArraySlice<UInt8> = []
    private(set) var sequenceNumber: ArraySlice<UInt8> = []
    /// Of a record that a producer library put into one of the stream with others.
    private(set) var subSequenceNumber: Int64?
    /// When the stream received it.
    private(set) var arrival: Timestamp?
    private(set) var content = Content.envelope
    /// Whether the archiver has not decoded the record, since its processes died of it.
    private(set) var isDeadly = false

    /// The record, where it was decoded in passing over it.
    private var decoded: OrderRecord?

    /// Throws where the bytes are no line of an archive object.
    ///
    /// `decoder` reads the record where it stands, if what it needs to know of it stands before it, as the archiver writes it.
    init(_ line: ArraySlice<UInt8>, _ decoder: OrderRecordDecoder) throws {
        do {
            try self.read(line, limits: .decodedLine, decoder, isDecoded: true)
        } catch {
            // A line may be longer, and its record deeper, than one that is an order.
            self.forgetDecoded()
            try self.read(line, limits: .archiveLine(bytes: line.count), decoder, isDecoded: false)
        }
        // The archiver gives this reason for a record that processes died of, and for no other.
        if case .unparsed = self.content {
            self.isDeadly = try Self.orderMember("reason", of: line) == OrderRecordDecoder.deadlyReason
        }
        guard !self.shardID.isEmpty, !self.sequenceNumber.isEmpty else {
            throw JSONError(.missingMember, "no place in the stream", offset: 0)
        }
    }

    /// A text in `order` of the line; nil where there is none.
    ///
    /// It is never inlined, since few lines are asked for one.
    @inline(never)
    static func orderMember(_ member: String, of line: ArraySlice<UInt8>) throws -> String? {
        var text: String?
        try JSONReader.read(line, limits: .archiveLine(bytes: line.count)) { reader in
            try reader.readObject { name, reader in
                guard name == "order" else { return try Self.skip(&reader) }
                try reader.readObject { name, reader in
                    if name.string == member { text = try reader.readString() } else { try reader.skip() }
                }
            }
        }
        return text
    }

    private static func skip(_ reader: inout JSONReader) throws { try reader.skip() }

    private mutating func read(
        _ line: ArraySlice<UInt8>,
        limits: JSONLimits,
        _ decoder: OrderRecordDecoder,
        isDecoded: Bool
    ) throws {
        try JSONReader.read(line, limits: limits) { reader in
            try reader.readObject { name, reader in
                switch name {
                case "record": return try self.readRecord(&reader, of: line, decoder, isDecoded: isDecoded)
                case "format": self.format = try reader.readInteger()
                case "rules": self.rules = try reader.readInteger()
                case "shardId": self.shardID = try Self.text(&reader, of: line)
                case "sequenceNumber": self.sequenceNumber = try Self.text(&reader, of: line)
                case "subSequenceNumber": self.subSequenceNumber = try reader.readInteger()
                case "arrivedAt": self.arrival = Timestamp(try reader.readStringToken())
                case "unparsed": self.content = .unparsed(try Self.text(&reader, of: line))
                default:
                    try reader.skip()
                    return
                }
                // A record that was decoded without this member is decoded again.
                self.forgetDecoded()
            }
        }
    }

    private mutating func readRecord(
        _ reader: inout JSONReader,
        of line: ArraySlice<UInt8>,
        _ decoder: OrderRecordDecoder,
        isDecoded: Bool
    ) throws {
        // The reader stands on the value's first byte then.
        _ = try reader.peek()
        let (start, place) = (reader.offset, reader.position)
        var isSkipped = true
        if isDecoded, !self.shardID.isEmpty, !self.sequenceNumber.isEmpty {
            self.decoded = decoder.decode(&reader, eventID: self.eventID, arrival: self.arrival)
            if case .some = self.decoded { isSkipped = false }
        }
        if isSkipped {
            reader.rewind(to: place)
            try reader.skip()
        }
        self.content = .text(Self.slice(start..<reader.offset, of: line))
    }

    @inline(__always)
    private mutating func forgetDecoded() {
        if case .some = self.decoded { self.decoded = nil }
    }

    /// The string that comes next: a part of the line, or a copy where it has escapes, which the archiver writes nowhere here.
    private static func text(_ reader: inout JSONReader, of line: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
        let token = try reader.readStringToken()
        // The reader stands behind the closing quote.
        let end = reader.offset - 1
        return token.hasEscapes ? token.utf8[...] : self.slice(end - token.raw.count..<end, of: line)
    }

    private static func slice(_ range: Range<Int>, of line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line[line.startIndex + range.lowerBound..<line.startIndex + range.upperBound]
    }

    /// `shardId-000000000006:<sequence number>`, of a part of an aggregate with its place behind it: what the record's event
    /// is known by where it has no `MessageId`.
    var eventID: String {
        let place =
            String(decoding: self.shardID, as: UTF8.self) + ":" + String(decoding: self.sequenceNumber, as: UTF8.self)
        return self.subSequenceNumber.map { "\(place):\($0)" } ?? place
    }

    /// The order of decimal numbers, zeros in front of them aside.
    static func isLess(_ left: [UInt8], _ right: ArraySlice<UInt8>) -> Bool { self.order(left[...], right) < 0 }

    /// Below zero where the left decimal number is less, zero where the two are the same.
    fileprivate static func order(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int32 {
        left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in
                let (left, right) = (self.withoutZeros(left), self.withoutZeros(right))
                guard left.count == right.count, let one = left.baseAddress, let other = right.baseAddress else {
                    return left.count < right.count ? -1 : left.count > right.count ? 1 : 0
                }
                return memcmp(one, other, left.count)
            }
        }
    }

    private static func withoutZeros(_ digits: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        while start < digits.count, digits[start] == UInt8(ascii: "0") { start += 1 }
        return UnsafeRawBufferPointer(rebasing: digits[start...])
    }

    /// What the aggregator's decoder makes of the record; to be asked for once.
    mutating func order(_ decoder: OrderRecordDecoder) -> OrderRecord {
        if let decoded = self.decoded.take() { return decoded }
        let bytes: ArraySlice<UInt8>
        switch self.content {
        case .text(let text): bytes = text
        case .unparsed where self.isDeadly:
            // Whoever reads it dies of it; the aggregator has not read it either.
            return Self.unreadable
        case .unparsed(let base64):
            guard let received = Base64.decode(base64) else { return Self.unreadable }
            guard Gzip.isGzip(received) else {
                bytes = received[...]
                break
            }
            guard let text = try? Gzip.decompress(received) else { return Self.unreadable }
            bytes = text[...]
        case .envelope: return Self.unreadable
        }
        return decoder.decode(bytes, eventID: self.eventID, arrival: self.arrival)
    }

    /// Nothing says that it is an order, so that it counts nowhere.
    private static var unreadable: OrderRecord { .invalid(InvalidOrder(error: OrderError(.malformed, "no record"))) }
}

extension JSONLimits {
    /// For a line whose record may be an order: by the limits of a record that is decoded alone, one level deeper.
    fileprivate static let decodedLine = JSONLimits(
        depth: JSONLimits.standard.depth + 1,
        bytes: JSONLimits.standard.bytes
    )
}

extension ArraySlice<UInt8> {
    /// Whether these are the same bytes.
    func hasBytes(of other: [UInt8]) -> Bool {
        self.count == other.count
            && self.withUnsafeBytes { own in
                other.withUnsafeBytes { other in
                    guard let one = own.baseAddress, let other = other.baseAddress else { return own.count == 0 }
                    return memcmp(one, other, own.count) == 0
                }
            }
    }
}

/// Where the record of a line stands in the stream; kept from one line to the next.
struct RecordPlace {
    private(set) var shardID: [UInt8]
    private(set) var sequenceNumber: [UInt8]
    private var subSequenceNumber: Int64?

    init(_ line: borrowing ArchiveLine) {
        self.shardID = Array(line.shardID)
        self.sequenceNumber = Array(line.sequenceNumber)
        self.subSequenceNumber = line.subSequenceNumber
    }

    /// Goes on to another line.
    mutating func move(to line: borrowing ArchiveLine) {
        if !self.isInShard(of: line) { self.shardID = Array(line.shardID) }
        self.sequenceNumber.removeAll(keepingCapacity: true)
        self.sequenceNumber.append(contentsOf: line.sequenceNumber)
        self.subSequenceNumber = line.subSequenceNumber
    }

    /// Whether the line's record is of the same shard.
    func isInShard(of line: borrowing ArchiveLine) -> Bool { line.shardID.hasBytes(of: self.shardID) }

    /// Whether the line's record stands behind this one in their shard.
    func isBefore(_ line: borrowing ArchiveLine) -> Bool {
        let order = ArchiveLine.order(self.sequenceNumber[...], line.sequenceNumber)
        guard order == 0 else { return order < 0 }
        guard let place = line.subSequenceNumber, let own = self.subSequenceNumber else { return false }
        return own < place
    }
}
