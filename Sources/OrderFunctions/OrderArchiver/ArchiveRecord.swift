internal import LambdaEvents
internal import Orders
internal import Platform

/// A record with its place in the shard, which the archive is ordered by.
struct ArchiveRecord: Sendable {
    let sequenceNumber: SequenceNumber
    let record: ShardRecord

    /// When the stream received it; nil if the event does not say.
    var arrival: UTCInstant? { self.record.arrival }

    /// A shard's records ascending, each once; nil if one of them has no sequence number.
    static func records(of batch: ShardBatch) -> [ArchiveRecord]? {
        var records: [ArchiveRecord] = []
        records.reserveCapacity(batch.records.count)
        for record in batch.records {
            guard let number = record.sequenceNumber else { return nil }
            if let last = records.last, last.sequenceNumber == number,
                // Twice in one batch; the parts of an aggregate come in its order.
                record.subSequenceNumber ?? 0 <= last.record.subSequenceNumber ?? 0
            {
                continue
            }
            records.append(ArchiveRecord(sequenceNumber: number, record: record))
        }
        return records
    }

    /// An ISO 8601 text of the arrival, else of the order's time, else of the time when Kinesis numbered the record; 1970 if
    /// none of them is known.
    ///
    /// It depends on nothing but the record, and so is the same at every delivery.
    func timeText(orderTime: Timestamp?) -> String {
        if let arrival { return arrival.iso8601 }
        if let orderTime { return orderTime.text }
        return (self.sequenceNumber.time ?? UTCInstant(nanosecondsSince1970: 0)).iso8601
    }
}
