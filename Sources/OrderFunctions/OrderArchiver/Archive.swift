package import AWSClient
internal import LambdaEvents
internal import Orders

/// The archive bucket, to which records are only ever added.
package struct Archive: Sendable {
    private let bucket: String
    private let s3: any S3Operations
    private let retry: TransientRetry

    package init(bucket: String, s3: any S3Operations, retry: TransientRetry) {
        self.bucket = bucket
        self.s3 = s3
        self.retry = retry
    }

    /// Writes the records that no object holds yet, `object` first, and gives the last record that is archived then.
    ///
    /// That may be one behind these: where an object of the same name is there already, an earlier delivery of the batch
    /// wrote it, perhaps a longer one, and this goes on behind it under the next name. Nothing is overwritten.
    func append(
        _ object: ArchiveObject,
        of records: [ArchiveRecord],
        shardID: String,
        decoder: OrderRecordDecoder,
        until deadline: WorkDeadline
    ) async throws -> SequenceNumber {
        var object = object
        var rest = records[...]
        while true {
            if try await self.put(object, until: deadline) { return object.lastSequenceNumber }
            let archived = try await self.lastSequenceNumber(of: object.key, until: deadline)
            guard let first = rest.first, first.sequenceNumber <= archived else {
                throw ArchiveError.foreignObject(object.key)
            }
            rest = rest.drop { $0.sequenceNumber <= archived }
            guard let next = ArchiveObject(rest, shardID: shardID, decoder) else { return archived }
            object = next
        }
    }

    /// False if there is an object of this name.
    private func put(_ object: ArchiveObject, until deadline: WorkDeadline) async throws(AWSError) -> Bool {
        let input = object.putObjectInput(bucket: self.bucket)
        do {
            try await self.retry.run(until: deadline) { () async throws(AWSError) in
                _ = try await self.s3.putObject(input, deadline: deadline.instant)
            }
            return true
        } catch {
            guard error.code == .preconditionFailed else { throw error }
            return false
        }
    }

    private func lastSequenceNumber(of key: String, until deadline: WorkDeadline) async throws -> SequenceNumber {
        let info = try await self.retry.run(until: deadline) { () async throws(AWSError) in
            try await self.s3.headObject(bucket: self.bucket, key: key, deadline: deadline.instant)
        }
        guard let format = info.metadata[ArchiveObject.formatKey].flatMap({ Int($0) }),
            let number = info.metadata[ArchiveObject.lastSequenceNumberKey].flatMap({ SequenceNumber($0) })
        else { throw ArchiveError.foreignObject(key) }
        guard format <= ArchiveObject.format else { throw ArchiveError.laterFormat(key, format) }
        return number
    }
}
