internal import LambdaEvents
internal import Orders
internal import Platform

/// A record as the archiver handles it.
struct ArchiveRecord: Sendable {
    let sequenceNumber: SequenceNumber
    /// When the stream received it; nil if the event does not say.
    let arrival: UTCInstant?
    /// When its order happened, if it is one, a readable one or not.
    let orderTime: Timestamp?
    /// The producer's bytes, or what was delivered in their place.
    let payload: [UInt8]
    /// What goes to the Orders table; nil for what is no readable order.
    let order: Order?

    /// A shard's records ascending, each once; nil if one of them has no sequence number.
    static func records(of batch: ShardBatch, decoder: OrderRecordDecoder) -> [ArchiveRecord]? {
        var records: [ArchiveRecord] = []
        records.reserveCapacity(batch.records.count)
        for record in batch.records {
            guard let number = record.sequenceNumber else { return nil }
            if records.last?.sequenceNumber == number { continue }
            var payload: [UInt8] = []
            var order: Order?
            var orderTime: Timestamp?
            switch decoder.decode(record, buffer: &payload) {
            case .order(let event):
                order = event.order
                orderTime = event.timestamp
            case .invalid(let invalid):
                orderTime = invalid.timestamp
            case .otherType:
                break
            }
            records.append(
                ArchiveRecord(
                    sequenceNumber: number,
                    arrival: record.arrival,
                    orderTime: orderTime,
                    payload: payload,
                    order: order
                )
            )
        }
        return records
    }

    /// An ISO 8601 text of the arrival, else of the order's time, else of the time when Kinesis numbered the record; 1970 if
    /// none of them is known.
    ///
    /// It depends on nothing but the record, and so is the same at every delivery.
    var timeText: String {
        if let arrival { return arrival.iso8601 }
        if let orderTime { return orderTime.text }
        return (self.sequenceNumber.time ?? UTCInstant(nanosecondsSince1970: 0)).iso8601
    }
}
