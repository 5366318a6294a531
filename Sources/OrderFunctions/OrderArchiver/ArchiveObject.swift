internal import AWSClient
internal import LambdaEvents
internal import Orders
internal import Platform

/// One object of the archive: consecutive records of one shard.
struct ArchiveObject {
    /// The format of objects and their lines, which both carry; docs/formats.md says what a change of it asks for.
    static let format = 1
    /// What stands behind each line.
    private static let newline = [UInt8(ascii: "\n")]

    let key: String
    /// The last record of the shard that was archived before; nil for the shard's first object.
    let previousSequenceNumber: SequenceNumber?
    let lastSequenceNumber: SequenceNumber
    /// How many lines there are.
    let count: Int
    /// The lines, compressed.
    let body: [UInt8]
    /// What the records say about orders, for the Orders table, in the records' order.
    let updates: [OrderUpdate]
    /// The orders' `CorrelationId`s, in the records' order.
    let correlationIDs: [String]

    /// The object of records that ascend by sequence number, all parts of each included; nil if there are none.
    ///
    /// Each record is decoded, written and compressed before the next, so that memory does not grow with what is inside
    /// compressed ones.
    init?(
        _ records: ArraySlice<ArchiveRecord>,
        shardID: String,
        behind previous: SequenceNumber?,
        _ decoder: OrderRecordDecoder
    ) {
        guard let first = records.first, let last = records.last else { return nil }
        var writer = ArchiveLineWriter(shardID: shardID)
        var compressor = Gzip.Compressor()
        var buffer = RecordBuffer()
        var updates: [OrderUpdate] = []
        var correlationIDs: [String] = []
        var firstOrderTime: Timestamp?
        for (place, record) in records.enumerated() {
            let decoded = decoder.decode(record.record, buffer: &buffer)
            if place == 0 { firstOrderTime = decoded.timestamp }
            if case .order(let event) = decoded {
                updates.append(event.update)
                if let id = event.correlationID { correlationIDs.append(id) }
            }
            compressor.append(writer.line(of: record, buffer, decoded))
            compressor.append(Self.newline)
        }
        self.key = Self.key(of: first, orderTime: firstOrderTime, shardID: shardID)
        self.previousSequenceNumber = previous
        self.lastSequenceNumber = last.sequenceNumber
        self.count = records.count
        self.body = compressor.finish()
        self.updates = updates
        self.correlationIDs = correlationIDs
    }

    /// `orders/dt=2025-08-27/hour=18/<shardId>-<first sequence number>.ndjson.gz`, by the first record's arrival or, where
    /// that is missing, the next best time.
    ///
    /// The name depends on that record alone: of two objects that begin with the same record, however the batch was cut, the
    /// second to be written finds the first.
    static func key(of first: ArchiveRecord, orderTime: Timestamp?, shardID: String) -> String {
        let time = first.timeText(orderTime: orderTime)
        let (day, hour) = (time.prefix(10), time.dropFirst(11).prefix(2))
        return "orders/dt=\(day)/hour=\(hour)/\(shardID)-\(first.sequenceNumber).ndjson.gz"
    }

    /// The request that writes the object, unless there is one of this name.
    func putObjectInput(bucket: String) -> PutObjectInput {
        PutObjectInput(
            bucket: bucket,
            key: self.key,
            body: self.body,
            contentType: "application/gzip",
            metadata: [
                ArchiveMetadata.lastSequenceNumber: self.lastSequenceNumber.text,
                ArchiveMetadata.previousSequenceNumber: self.previousSequenceNumber?.unpadded
                    ?? ArchiveMetadata.noPreviousRecord,
                ArchiveMetadata.records: String(self.count), ArchiveMetadata.format: String(Self.format),
            ],
            ifNoneMatch: true
        )
    }
}

/// The names of an archive object's metadata.
package enum ArchiveMetadata {
    /// Of which format the object is.
    package static let format = "format"
    /// Up to which record it goes.
    package static let lastSequenceNumber = "last-sequence-number"
    /// The record behind which it begins, by which a missing object is found; `noPreviousRecord` for a shard's first.
    package static let previousSequenceNumber = "previous-sequence-number"
    /// How many lines it has, by which missing ones are found.
    package static let records = "records"

    /// In the place of a record's number.
    package static let noPreviousRecord = "none"
}

extension OrderRecord {
    /// When the record's order happened, readable or not; nil where the record is no order.
    fileprivate var timestamp: Timestamp? {
        switch self {
        case .order(let event): event.timestamp
        case .invalid(let invalid): invalid.timestamp
        case .otherType: nil
        }
    }
}

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
                // The record came twice in one batch; the parts of an aggregate ascend.
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
    /// The text depends on nothing but the record, and so is the same at every delivery.
    func timeText(orderTime: Timestamp?) -> String {
        if let arrival { return arrival.iso8601 }
        if let orderTime { return orderTime.text }
        return (self.sequenceNumber.time ?? UTCInstant(nanosecondsSince1970: 0)).iso8601
    }
}
