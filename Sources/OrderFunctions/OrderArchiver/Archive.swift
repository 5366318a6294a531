internal import AWSClient
internal import LambdaEvents
internal import Orders
internal import Platform

/// The archive bucket, to which records are only ever added.
package struct Archive: Sendable {
    private let bucket: String
    private let services: AWSServices

    /// The archive in a bucket.
    package init(bucket: String, services: AWSServices) {
        self.bucket = bucket
        self.services = services
    }

    /// Writes the records that no object holds yet, `object` first, and gives the last record that is archived then.
    ///
    /// That may be a record behind these: where an object of the same name is there already, an earlier and perhaps longer
    /// delivery of the batch wrote it, and the next object begins behind it, under its own name. Nothing is overwritten.
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
            guard let next = ArchiveObject(rest, shardID: shardID, behind: archived, decoder) else { return archived }
            object = next
        }
    }

    /// Writes the object; false if there is an object of this name.
    private func put(_ object: ArchiveObject, until deadline: WorkDeadline) async throws(AWSError) -> Bool {
        let input = object.putObjectInput(bucket: self.bucket)
        do {
            try await self.services.s3(until: deadline).putObject(input)
            return true
        } catch {
            guard error.code == .preconditionFailed else { throw error }
            return false
        }
    }

    private func lastSequenceNumber(of key: String, until deadline: WorkDeadline) async throws -> SequenceNumber {
        let info = try await self.services.s3(until: deadline).headObject(bucket: self.bucket, key: key)
        guard let format = info.metadata[ArchiveMetadata.format].flatMap({ Int($0) }),
            let number = info.metadata[ArchiveMetadata.lastSequenceNumber].flatMap({ SequenceNumber($0) })
        else { throw ArchiveError.foreignObject(key) }
        guard format <= ArchiveObject.format else { throw ArchiveError.laterFormat(key, format) }
        return number
    }
}

/// Why a batch could not be archived although every request was answered.
package struct ArchiveError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: String, Sendable {
        /// A record has no sequence number, so that its place in the shard is not known.
        case unplaceableRecord
        /// An object stands where the batch's should, and does not say up to which record it goes.
        case foreignObject
        /// An object of a format that only a later version knows stands where the batch's should.
        case laterFormat
    }

    /// What went wrong.
    package let code: Code
    /// What happened, and what to do about it.
    package let message: String

    /// The code and the message, for a log.
    package var description: String { "\(self.code.rawValue): \(self.message)" }

    static let unplaceableRecord = ArchiveError(
        code: .unplaceableRecord,
        message: "a record of the event has no sequence number; it is not archived before the event source names one"
    )

    static func foreignObject(_ key: String) -> ArchiveError {
        ArchiveError(
            code: .foreignObject,
            message:
                "the object \(key) has no usable metadata \"\(ArchiveMetadata.lastSequenceNumber)\" and "
                + "\"\(ArchiveMetadata.format)\", so neither this function nor a version since 1.0 wrote it; move it away"
        )
    }

    static func laterFormat(_ key: String, _ format: Int) -> ArchiveError {
        ArchiveError(
            code: .laterFormat,
            message:
                "the object \(key) is of format \(format), and this version knows \(ArchiveObject.format); deploy the "
                + "version that wrote it, or a later one"
        )
    }
}
