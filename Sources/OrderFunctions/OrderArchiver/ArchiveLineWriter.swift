internal import JSONText
internal import LambdaEvents
package import Orders
internal import Platform

/// Writes records as lines of NDJSON that query engines read with a fixed schema: docs/formats.md has it.
struct ArchiveLineWriter {
    /// The members that all lines of a shard begin with, without the closing brace.
    private let head: [UInt8]
    private var writer = JSONWriter(reservingCapacity: 4_096)

    init(shardID: String) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("format")
        writer.integer(ArchiveObject.format)
        writer.key("rules")
        writer.integer(OrderRecordDecoder.rulesVersion)
        writer.member("shardId", shardID)
        self.head = writer.bytes
    }

    /// The record's line without its newline; `order` is what the buffer's bytes were understood as.
    mutating func line(of record: ArchiveRecord, _ buffer: RecordBuffer, _ order: OrderRecord) -> [UInt8] {
        self.writer.removeAll()
        self.writer.raw(self.head)
        self.writer.member("sequenceNumber", record.sequenceNumber.text)
        if let part = record.record.subSequenceNumber {
            self.writer.key("subSequenceNumber")
            self.writer.integer(part)
        }
        if let key = record.record.partitionKey { self.writer.member("partitionKey", key) }
        if let arrival = record.arrival { self.writer.member("arrivedAt", Timestamp(arrival).text) }
        self.addContent(buffer, isReadable: !record.record.isDeadly)
        self.writer.key("order")
        self.writer.object { Self.add(order, eventID: record.record.eventID, to: &$0) }
        self.writer.endObject()
        return self.writer.bytes
    }

    /// Adds what the producer sent.
    ///
    /// A JSON text goes in as `record`, byte for byte but for its line breaks, which can only stand between tokens: inside
    /// strings JSON escapes them. Base64 stands for any other payload (`unparsed`), for the bytes around a compressed text
    /// (`data`), and for what the event source delivered in a record's place (`envelope`).
    private mutating func addContent(_ buffer: RecordBuffer, isReadable: Bool) {
        guard buffer.isProducers else {
            return self.writer.member("envelope", Base64.encode(buffer.received))
        }
        let text = buffer.text
        guard isReadable, QueryableText.holds(text) else {
            return self.writer.member("unparsed", Base64.encode(buffer.received))
        }
        self.writer.key("record")
        if QueryableText.hasLineBreaks(text) {
            self.writer.raw(text.lazy.filter { !QueryableText.isLineBreak($0) })
        } else {
            self.writer.raw(text)
        }
        if buffer.decompressed != nil { self.writer.member("data", Base64.encode(buffer.received)) }
    }

    private static let productKey = Array("\"productId\":".utf8)
    private static let quantityKey = Array("\"quantity\":".utf8)

    /// Adds the members of `order`.
    private static func add(_ order: OrderRecord, eventID: String?, to writer: inout JSONWriter) {
        switch order {
        case .order(let event):
            writer.member("verdict", "accepted")
            writer.member("eventId", event.id.text)
            writer.member("orderId", event.orderID.text)
            writer.member("day", event.timestamp.day.text)
            writer.member("currency", event.currency.text)
            writer.member("amount", event.amount.text)
            writer.key("products")
            writer.array { writer in
                for line in event.lines {
                    writer.object { writer in
                        writer.prefix(self.productKey)
                        writer.string(line.productID.text)
                        writer.prefix(self.quantityKey)
                        writer.integer(line.quantity)
                    }
                }
            }
        case .otherType:
            writer.member("verdict", "skipped")
        case .invalid(let invalid):
            writer.member("verdict", "refused")
            writer.member("reason", "\(invalid.error)")
            if let id = invalid.id?.text ?? eventID { writer.member("eventId", id) }
            if let timestamp = invalid.timestamp { writer.member("day", timestamp.day.text) }
        }
    }
}

/// What the archiver would make of records that it has not archived yet: for people who watch the stream.
package enum ArchiveLines {
    /// The lines of the records in a Kinesis event, without their newlines; none of a record without a sequence number.
    package static func lines(of event: [UInt8], _ decoder: OrderRecordDecoder) throws -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var buffer = RecordBuffer()
        for batch in ShardBatch.batches(of: try KinesisEvent.read(event)) {
            var writer = ArchiveLineWriter(shardID: batch.shardID)
            for record in ArchiveRecord.records(of: batch) ?? [] {
                let decoded = decoder.decode(record.record, buffer: &buffer)
                lines.append(writer.line(of: record, buffer, decoded))
            }
        }
        return lines
    }
}
