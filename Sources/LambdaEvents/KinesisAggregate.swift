/// What the Kinesis Producer Library (KPL) puts into one record: many records of its users, each with a partition key of
/// its own.
///
/// The format is `F3 89 9A C2`, a protobuf message `AggregatedRecord`, and the MD5 of that message ("KPL Aggregated Record
/// Format"). The explicit hash keys in it only chose the shard and are passed over.
package struct KinesisAggregate: Sendable {
    /// One of the aggregate's records, as the producer handed it to the library.
    package struct UserRecord: Sendable {
        /// The record's place in the aggregate, from 0, by which consumers know it, beside the sequence number.
        package let subSequenceNumber: Int
        /// What the producer chose the shard by.
        package let partitionKey: String
        /// The producer's bytes.
        package let data: ArraySlice<UInt8>
    }

    /// Why an aggregate is refused.
    package enum Damage: String, Error, Sendable {
        case tooShort = "it ends before its checksum"
        case wrongDigest = "its checksum is wrong"
        case malformed = "its protobuf message is malformed"
        case invalidKey = "a partition key is missing or not of 1 to 256 characters"
        case empty = "it holds no record"
        case tooMany = "it holds more than 1,000 records of less than 16 bytes on average"
    }

    /// The records in the aggregate's order, at least one.
    package let records: [UserRecord]

    /// The first bytes of every aggregate; no JSON text starts with them.
    static let magic: [UInt8] = [0xF3, 0x89, 0x9A, 0xC2]

    /// How many bytes an MD5 has.
    private static let digestLength = 16
    /// How many characters a partition key has at most ("PutRecord").
    private static let maximumKeyLength = 256
    /// How many records an aggregate may have where they are as short as no order is: each becomes hundreds of bytes in the
    /// archive and in dead letters.
    private static let maximumTinyRecords = 1_000
    private static let tinyRecordLength = 16

    /// Whether the bytes say that they are an aggregate.
    package static func isAggregate(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: self.magic)
    }

    /// Takes the bytes of a record apart for which `isAggregate` is true.
    ///
    /// `md5` gives the 16 bytes of a text's MD5, which is the format's checksum; this module has no cryptography.
    package init(_ bytes: [UInt8], md5: (ArraySlice<UInt8>) -> [UInt8]) throws(Damage) {
        guard bytes.count >= Self.magic.count + Self.digestLength else { throw .tooShort }
        let message = bytes[Self.magic.count..<bytes.count - Self.digestLength]
        guard md5(message).elementsEqual(bytes[message.endIndex...]) else { throw .wrongDigest }
        var keys: [String?] = []
        var records: [(key: Int, data: ArraySlice<UInt8>)] = []
        var length = 0
        var reader = ProtobufReader(message)
        while let field = try reader.nextField() {
            switch (field.number, field.value) {
            case (1, .bytes(let key)): keys.append(Self.partitionKey(key))
            case (3, .bytes(let record)):
                let record = try Self.record(record)
                length += record.data.count
                records.append(record)
            // Explicit hash keys, and what later versions of the format may add.
            default: continue
            }
        }
        guard !records.isEmpty else { throw .empty }
        guard records.count <= Self.maximumTinyRecords || length / records.count >= Self.tinyRecordLength else {
            throw .tooMany
        }
        self.records = try records.enumerated().map { (place, record) throws(Damage) in
            guard record.key < keys.count, let key = keys[record.key] else { throw .invalidKey }
            return UserRecord(subSequenceNumber: place, partitionKey: key, data: record.data)
        }
    }

    /// The key as text; nil where Kinesis would not take it.
    private static func partitionKey(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let key = String(validating: bytes, as: UTF8.self) else { return nil }
        return (1...Self.maximumKeyLength).contains(key.unicodeScalars.count) ? key : nil
    }

    /// A record's data and the index of its key; of a repeated field the last one counts, as everywhere in protobuf.
    private static func record(_ message: ArraySlice<UInt8>) throws(Damage) -> (key: Int, data: ArraySlice<UInt8>) {
        var key: UInt64?
        var data: ArraySlice<UInt8>?
        var reader = ProtobufReader(message)
        while let field = try reader.nextField() {
            switch (field.number, field.value) {
            case (1, .integer(let index)): key = index
            case (3, .bytes(let bytes)): data = bytes
            // The index of an explicit hash key, and tags.
            default: continue
            }
        }
        guard let key, let data else { throw .malformed }
        return (Int(clamping: key), data)
    }
}

/// Reads the fields of one protobuf message, as far as aggregates need it.
private struct ProtobufReader {
    enum Value {
        case integer(UInt64)
        case bytes(ArraySlice<UInt8>)
        /// A value of a fixed width, which aggregates do not have.
        case other
    }

    private var rest: ArraySlice<UInt8>

    init(_ message: ArraySlice<UInt8>) {
        self.rest = message
    }

    /// The next field; nil at the end of the message.
    mutating func nextField() throws(KinesisAggregate.Damage) -> (number: UInt64, value: Value)? {
        if self.rest.isEmpty { return nil }
        let tag = try self.varint()
        guard tag >> 3 > 0 else { throw .malformed }
        let value: Value
        switch tag & 7 {
        case 0: value = .integer(try self.varint())
        case 1:
            _ = try self.bytes(8)
            value = .other
        case 2: value = .bytes(try self.bytes(try self.varint()))
        case 5:
            _ = try self.bytes(4)
            value = .other
        // Groups, which proto2 has given up.
        default: throw .malformed
        }
        return (tag >> 3, value)
    }

    private mutating func bytes(_ count: UInt64) throws(KinesisAggregate.Damage) -> ArraySlice<UInt8> {
        guard count <= UInt64(self.rest.count) else { throw .malformed }
        let bytes = self.rest.prefix(Int(count))
        self.rest = self.rest.dropFirst(Int(count))
        return bytes
    }

    private mutating func varint() throws(KinesisAggregate.Damage) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = self.rest.popFirst() else { throw .malformed }
            guard shift < 63 || byte <= 1 else { throw .malformed }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw .malformed
    }
}
