/// Why the rest of a batch was left for its next delivery although no request failed.
struct AggregatorError: Error, CustomStringConvertible {
    /// What went wrong.
    enum Code: String {
        /// A record has no sequence number.
        case unplaceableRecord
        /// The batch is more than an invocation takes.
        case batchTooLarge
        /// What is stored is of a format that only another version knows.
        case foreignFormat
    }

    /// What went wrong.
    let code: Code
    /// What happened, and what to do about it.
    let message: String

    var description: String { "\(self.code.rawValue): \(self.message)" }

    static let unplaceableRecord = AggregatorError(
        code: .unplaceableRecord,
        message: "a record of the event has no sequence number, so it can neither be counted once nor reported"
    )

    static let batchTooLarge = AggregatorError(
        code: .batchTooLarge,
        message:
            "the batch has more records, and rows that they add to, than an invocation takes; the rest comes with the next delivery"
    )

    static let foreignFormat = AggregatorError(
        code: .foreignFormat,
        message:
            "an item of the Analytics table is of a format other than \(AnalyticsTable.format), the one that this version "
            + "knows; deploy the version that wrote it or a later one, or where that was one before 1.0, a new stack"
    )
}
