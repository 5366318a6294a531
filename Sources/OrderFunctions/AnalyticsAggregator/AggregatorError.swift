/// Why the rest of a batch was left for its next delivery although no request failed.
struct AggregatorError: Error, CustomStringConvertible {
    /// What went wrong.
    enum Code: String {
        /// A record has no sequence number.
        case unplaceableRecord
        /// A day is counted in a format that only a later version knows.
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

    static let foreignFormat = AggregatorError(
        code: .foreignFormat,
        message:
            "a day's total (ORDERS#<day>, TOTAL) is of a format other than \(AnalyticsTable.format), the one that this "
            + "version knows; deploy the version that counted the day, or a later one"
    )
}
