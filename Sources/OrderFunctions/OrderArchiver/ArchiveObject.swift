internal import AWSClient
internal import LambdaEvents

/// One object of the archive: records of one shard that follow one another.
struct ArchiveObject {
    /// The name of the metadata that says up to where an object goes.
    static let lastSequenceNumberKey = "last-sequence-number"

    let key: String
    let lastSequenceNumber: SequenceNumber
    let body: [UInt8]

    /// `records` are ascending by sequence number and have one each; nil if there are none.
    init?(_ records: some Collection<ArchiveRecord>, shardID: String) {
        guard let first = records.first else { return nil }
        var lines: [UInt8] = []
        var last = first.sequenceNumber
        for record in records {
            ArchiveLine.append(record.payload, to: &lines)
            last = record.sequenceNumber
        }
        self.key = Self.key(of: first, shardID: shardID)
        self.lastSequenceNumber = last
        self.body = Gzip.compress(lines)
    }

    /// `orders/dt=2025-08-27/hour=18/<shardId>-<first sequence number>.ndjson.gz`, by the first record's arrival or, where
    /// that is missing, the next best time.
    ///
    /// It depends on that record alone: another cut of the batch that starts with it has the same name, and the second
    /// to be written finds the first.
    static func key(of first: ArchiveRecord, shardID: String) -> String {
        let time = first.timeText
        let (day, hour) = (time.prefix(10), time.dropFirst(11).prefix(2))
        return "orders/dt=\(day)/hour=\(hour)/\(shardID)-\(first.sequenceNumber).ndjson.gz"
    }

    /// The request that writes it, unless there is one of this name.
    func putObjectInput(bucket: String) -> PutObjectInput {
        PutObjectInput(
            bucket: bucket,
            key: self.key,
            body: self.body,
            contentType: "application/gzip",
            metadata: [Self.lastSequenceNumberKey: self.lastSequenceNumber.text],
            ifNoneMatch: true
        )
    }
}
