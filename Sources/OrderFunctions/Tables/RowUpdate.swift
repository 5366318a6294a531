internal import AWSClient
internal import LambdaEvents
internal import Orders

/// What is added to one row, and how far the row must have counted the shard by then.
struct RowUpdate: Sendable {
    /// How far the row has counted the shard.
    enum Expectation: Sendable, Equatable {
        /// Not as far as this record.
        case before(SequenceNumber)
        /// Exactly up to this record.
        case at(SequenceNumber)

        /// That record's number.
        var number: SequenceNumber {
            switch self {
            case .before(let number), .at(let number): number
            }
        }
    }

    let row: CounterRow
    /// The row's place among those of the batch.
    let place: Int
    /// The first of the batch's records whose sum it is.
    let first: Int
    let expectation: Expectation
    /// Up to which record the row has counted the shard once this is added.
    let last: SequenceNumber
    /// Records of redrives that the row must not have counted, and never counts once this is added.
    var excluded: Set<StreamPlace> = []
    /// Whether it was refused, and may have been added nevertheless, by an attempt whose answer was lost.
    var mayBeApplied = false
}

/// The `PK` of rows, put together once for rows that follow one another.
struct RowTexts {
    private var partition: (key: CounterKey, value: AttributeValue)?

    /// The row's `PK`.
    mutating func partitionKey(of key: CounterKey) -> AttributeValue {
        if let partition, partition.key.hasPartitionKey(of: key) { return partition.value }
        let value = AttributeValue.s(key.partitionKey)
        self.partition = (key, value)
        return value
    }
}

/// The statements that add to rows: one for each kind of row.
struct RowForms {
    /// How many attributes a statement names at most.
    static let mostNames = 8

    private let position: String
    /// That of the row before.
    private var recent: (names: [String], form: UpdateItemsInput.Form)?

    /// `position` is the attribute that says how far rows have counted the shard.
    init(position: String) { self.position = position }

    /// The form of a change that adds to a row which has all its counters, the format and the position.
    mutating func form(of update: RowUpdate) -> UpdateItemsInput.Form {
        let names = update.row.delta.names
        if let recent, recent.names == names { return recent.form }
        let form = UpdateItemsInput.Form(
            key: ["PK", "SK"],
            adds: names,
            sets: [self.position],
            equal: [StoredFormat.attribute],
            less: [self.position]
        )
        self.recent = (names, form)
        return form
    }
}
