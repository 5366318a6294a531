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
    }

    let row: CounterRow
    /// The row's place among those of the batch.
    let place: Int
    let expectation: Expectation
    /// Up to which record the row has counted the shard once this is added.
    let last: SequenceNumber
    /// Records of redrives that the row must not have counted, and never counts once this is added.
    var excluded: Set<StreamPlace> = []
}

/// Values that many rows of a request share, each put together once for rows that follow one another.
struct RowTexts {
    private var partition: (key: CounterKey, value: AttributeValue)?
    private var last: (number: SequenceNumber, value: AttributeValue)?
    private var bound: (number: SequenceNumber, value: AttributeValue)?

    /// The row's `PK`.
    mutating func partitionKey(of key: CounterKey) -> AttributeValue {
        if let partition, partition.key.hasPartitionKey(of: key) { return partition.value }
        let value = AttributeValue.s(key.partitionKey)
        self.partition = (key, value)
        return value
    }

    /// The position that rows get.
    mutating func last(_ number: SequenceNumber) -> AttributeValue { Self.value(number, &self.last) }

    /// The position that rows are expected to have, or to be before.
    mutating func bound(_ number: SequenceNumber) -> AttributeValue { Self.value(number, &self.bound) }

    private static func value(
        _ number: SequenceNumber,
        _ known: inout (number: SequenceNumber, value: AttributeValue)?
    ) -> AttributeValue {
        if let known, known.number == number { return known.value }
        let value = AttributeValue.s(number.sortable)
        known = (number, value)
        return value
    }
}

/// The statements that add to rows: one for each kind of row and of expectation.
struct RowForms {
    /// How many attributes a statement names at most.
    static let mostNames = 8

    private let position: String
    /// That of the row before.
    private var recent: (names: [String], isExact: Bool, form: UpdateItemsInput.Form)?

    /// `position` is the attribute that says how far rows have counted the shard.
    init(position: String) { self.position = position }

    /// The form of a change that adds to a row which has all its counters, the format and the position.
    mutating func form(of update: RowUpdate) -> UpdateItemsInput.Form {
        let names = update.row.delta.names
        let isExact = if case .at = update.expectation { true } else { false }
        if let recent, recent.isExact == isExact, recent.names == names { return recent.form }
        let form = UpdateItemsInput.Form(
            key: ["PK", "SK"],
            adds: names,
            sets: [self.position],
            equal: [StoredFormat.attribute] + (isExact ? [self.position] : []),
            less: isExact ? [] : [self.position]
        )
        self.recent = (names, isExact, form)
        return form
    }
}
