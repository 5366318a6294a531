internal import LambdaEvents

/// The place of a batch of changes in the table's stream, whose numbers ascend.
struct ChangesPlace {
    /// The number of the first change; one without a number says `unknown`.
    let first: String
    /// The number of the last change.
    let last: String

    /// The place of an event's changes.
    ///
    /// Two numbers rather than all ids, which would cost a tenth of the invocation.
    init(_ records: [Result<DynamoDBEventRecord, RecordError>]) {
        self.first = Self.number(of: records.first)
        self.last = Self.number(of: records.last)
    }

    private static func number(of record: Result<DynamoDBEventRecord, RecordError>?) -> String {
        switch record {
        case .success(let record)?: record.sequenceNumber ?? "unknown"
        case .failure(let error)?: error.sequenceNumber ?? "unknown"
        case nil: "none"
        }
    }
}
