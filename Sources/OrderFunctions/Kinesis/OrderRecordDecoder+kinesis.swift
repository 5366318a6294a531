internal import AWSClient
package import LambdaEvents
package import Orders

/// The bytes of one record of a stream, in memory that serves a whole batch.
struct RecordBuffer {
    /// The bytes as the producer sent them; where there is no record, what the event source delivered in its place.
    var received: [UInt8] = []
    /// Whether `received` are a producer's bytes.
    var isProducers = true
    /// The text inside a record that was compressed; nil for any other.
    var decompressed: [UInt8]?

    /// The bytes that should be a JSON text.
    var text: [UInt8] { self.decompressed ?? self.received }
}

extension OrderRecordDecoder {
    /// The decoder with OpenSSL's SHA-1, of which the ids of short records are made.
    package init(rules: InputRules = InputRules(), keepsCorrelationIDs: Bool = false) {
        self.init(rules: rules, keepsCorrelationIDs: keepsCorrelationIDs) { Digest.sha1($0) }
    }

    private static let deadly = "the function's process died each time the record was decoded"

    /// What the archive gives as the reason for a record that no process may decode any more (`DeadlyRecords`).
    package static let deadlyReason: String = {
        guard case .invalid(let invalid) = Self.invalid(Self.deadly) else { return Self.deadly }
        return "\(invalid.error)"
    }()

    /// Decodes a record, whose bytes the buffer then holds.
    func decode(_ record: ShardRecord, buffer: inout RecordBuffer) -> OrderRecord {
        buffer.decompressed = nil
        buffer.isProducers = record.readBytes(into: &buffer.received)
        switch record.content {
        case .broken(let error):
            // Not even the event source's part of the record can be read, so nothing says that it is an order.
            return Self.invalid(error.reason)
        case .deadly:
            return Self.invalid(Self.deadly)
        case .damaged(_, let damage):
            return Self.invalid("a damaged KPL aggregate: \(damage.rawValue)")
        case .record(let delivered), .part(_, let delivered):
            guard buffer.isProducers else { return Self.invalid("kinesis.data is not base64") }
            let bytes: [UInt8]
            do {
                bytes = try Self.text(&buffer)
            } catch {
                return Self.invalid(error.rawValue)
            }
            return self.decode(
                bytes,
                eventID: record.eventID ?? delivered.eventID,
                arrival: record.arrival.map { Timestamp($0) }
            )
        }
    }

    private static func text(_ buffer: inout RecordBuffer) throws(Gzip.Failure) -> [UInt8] {
        guard Gzip.isGzip(buffer.received) else { return buffer.received }
        let text = try Gzip.decompress(buffer.received)
        buffer.decompressed = text
        return text
    }

    private static func invalid(_ reason: String) -> OrderRecord {
        .invalid(InvalidOrder(error: OrderError(.malformed, reason)))
    }
}

extension KinesisAggregate {
    /// Takes an aggregate apart, with OpenSSL's MD5.
    package init(_ bytes: [UInt8]) throws(Damage) {
        try self.init(bytes, md5: { Digest.md5($0) })
    }
}
