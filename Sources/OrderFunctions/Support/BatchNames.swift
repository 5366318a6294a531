internal import LambdaEvents
internal import LambdaRuntime

/// The place of a batch in its stream, for the log line that ends an invocation: by it a line is found from a record, and the
/// other way round.
struct BatchPlace {
    /// The shard.
    let shardID: String
    /// The number of the first record; a record without one says `unknown`.
    let first: String
    /// The number of the last record.
    let last: String

    /// The place of an event's batch; of an event that a person made of several shards, theirs with commas between.
    init(_ batches: [ShardBatch]) {
        self.shardID = batches.map(\.shardID).joined(separator: ",")
        self.first = batches.map { $0.records.first?.sequenceNumber?.text ?? "unknown" }.joined(separator: ",")
        self.last = batches.map { $0.records.last?.sequenceNumber?.text ?? "unknown" }.joined(separator: ",")
    }
}

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

extension LogValue {
    /// A `correlation_id`: the line of an order whose producer calls it nothing does not have the key.
    static func correlationID(_ id: String?) -> LogValue { id.map { .string($0) } ?? .absent }
}

/// What producers call their orders, each name once, in the order of the records.
struct CorrelationIDs {
    /// A line of CloudWatch has 1 MiB at most, and a person who looks for an id finds it by a search.
    private static let maximum = 1_000

    private(set) var all: [String] = []
    private var known: Set<String> = []

    /// No names yet, and room for those of so many records.
    init(records: Int) {
        self.all.reserveCapacity(min(records, Self.maximum))
        self.known.reserveCapacity(min(records, Self.maximum))
    }

    /// Adds an id, unless it is known or there is none.
    mutating func insert(_ id: String?) {
        guard let id, self.all.count < Self.maximum, self.known.insert(id).inserted else { return }
        self.all.append(id)
    }

    /// Adds the ids that are not known.
    mutating func insert(_ ids: [String]) {
        for id in ids { self.insert(id) }
    }
}
