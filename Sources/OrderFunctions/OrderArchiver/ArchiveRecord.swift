internal import LambdaEvents
internal import Orders
internal import Platform

/// A record as the archiver handles it.
struct ArchiveRecord: Sendable {
    let sequenceNumber: SequenceNumber
    /// Nil if the event does not say; then the object's name says 1970.
    let arrival: UTCInstant?
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
            if case .order(let event) = decoder.decode(record, buffer: &payload) {
                order = event.order
            }
            records.append(
                ArchiveRecord(sequenceNumber: number, arrival: record.arrival, payload: payload, order: order)
            )
        }
        return records
    }
}
