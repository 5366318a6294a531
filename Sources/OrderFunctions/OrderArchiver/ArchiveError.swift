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
        /// The invocation's time is up.
        case unfinished
    }

    package let code: Code
    package let message: String

    package var description: String { "\(self.code.rawValue): \(self.message)" }

    static let unplaceableRecord = ArchiveError(
        code: .unplaceableRecord,
        message: "a record of the event has no sequence number; it is not archived before the event source names one"
    )

    static let unfinished = ArchiveError(
        code: .unfinished,
        message: "no time left in this invocation; the batch comes again"
    )

    static func foreignObject(_ key: String) -> ArchiveError {
        ArchiveError(
            code: .foreignObject,
            message:
                "the object \(key) has no usable metadata \"\(ArchiveObject.lastSequenceNumberKey)\" and "
                + "\"\(ArchiveObject.formatKey)\", so neither this function nor a version since 1.0 wrote it; move it away"
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
