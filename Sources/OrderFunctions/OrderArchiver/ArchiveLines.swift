internal import LambdaEvents
package import Orders

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
                lines.append(writer.line(of: record, buffer, decoded).dropLast())
            }
        }
        return lines
    }
}
