/// The shard that a redriven record of Kinesis comes from: one of its own, named after its place and its letter.
///
/// Under its old event id the aggregator would take the record for a repetition of what it dead-lettered. A shard of its
/// own also keeps it clear of checkpoints: letters come in any order, and one behind a checkpoint would be passed over.
/// The name is the same however often one letter is delivered, since an order without an id counts once by it; a record
/// that is refused again comes back with the next number.
struct RedriveShard: Sendable, Equatable {
    /// How many times the record was redriven, this one included.
    let round: Int
    /// Where Kinesis had it.
    let originalShardID: String
    let sequenceNumber: String

    private static let prefix = "redrive-"

    /// The next round of the record that a letter tells the place of.
    init(letterShardID: String, sequenceNumber: String) {
        self.sequenceNumber = sequenceNumber
        let parts = letterShardID.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
        let suffix = "-\(sequenceNumber)"
        guard letterShardID.hasPrefix(Self.prefix), parts.count == 3, let round = Int(parts[1]), round > 0,
            round < Int.max, parts[2].hasSuffix(suffix)
        else {
            self.round = 1
            self.originalShardID = letterShardID
            return
        }
        self.round = round + 1
        self.originalShardID = String(parts[2].dropLast(suffix.count))
    }

    /// `redrive-1-shardId-000000000001-4959…:4959…`.
    var eventID: String {
        "\(Self.prefix)\(self.round)-\(self.originalShardID)-\(self.sequenceNumber):\(self.sequenceNumber)"
    }
}
