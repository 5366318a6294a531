internal import LambdaEvents

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
