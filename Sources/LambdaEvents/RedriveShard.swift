/// The shard that a redriven record of Kinesis comes from: one of its own, named after its place and its letter.
///
/// Under its old event id the aggregator would take the record for a repetition of what it dead-lettered. A shard of its
/// own also keeps it clear of checkpoints: letters come in any order, and one behind a checkpoint would be passed over.
/// The name is the same however often one letter is delivered, so that rows which have the record pass it over. A
/// record that is refused again comes back with the next number. Over all numbers an order without an id counts once by
/// its original place.
package struct RedriveShard: Sendable, Equatable {
    /// How many times the record was redriven, this one included.
    let round: Int
    /// Where Kinesis had it.
    let originalShardID: String
    let sequenceNumber: String
    /// Of a part of an aggregate.
    package let subSequenceNumber: Int?

    private static let prefix = "redrive-"

    /// The next round of the record that a letter tells the place of.
    ///
    /// A redriven record is one of its own, so its letter has no sub-sequence number: its shard's name has.
    package init(letterShardID: String, sequenceNumber: String, subSequenceNumber: Int?) {
        if let last = RedriveShard(shardID: letterShardID), last.sequenceNumber == sequenceNumber, last.round < Int.max
        {
            let part = last.subSequenceNumber ?? subSequenceNumber
            self.init(last.round + 1, last.originalShardID, sequenceNumber, part)
        } else {
            self.init(1, letterShardID, sequenceNumber, subSequenceNumber)
        }
    }

    /// Reads a shard's name; nil for that of a shard of Kinesis.
    package init?(shardID: String) {
        guard shardID.hasPrefix(Self.prefix) else { return nil }
        let parts = shardID.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let round = Int(parts[1]), round > 0, let end = parts[2].lastIndex(of: "-") else {
            return nil
        }
        let place = parts[2][parts[2].index(after: end)...].split(separator: ".", omittingEmptySubsequences: false)
        let part = place.count == 2 ? Int(place[1]) : nil
        guard let number = place.first, place.count == 1 || part != nil else { return nil }
        self.init(round, String(parts[2][..<end]), String(number), part)
    }

    private init(_ round: Int, _ originalShardID: String, _ sequenceNumber: String, _ subSequenceNumber: Int?) {
        self.round = round
        self.originalShardID = originalShardID
        self.sequenceNumber = sequenceNumber
        self.subSequenceNumber = subSequenceNumber
    }

    /// `redrive-1-shardId-000000000001-4959…:4959…`, of a part `redrive-1-shardId-000000000001-4959….3:4959…`.
    package var eventID: String {
        let part = self.subSequenceNumber.map { ".\($0)" } ?? ""
        return
            "\(Self.prefix)\(self.round)-\(self.originalShardID)-\(self.sequenceNumber)\(part):\(self.sequenceNumber)"
    }

    /// The record's event id where Kinesis had it: `shardId-000000000001:4959…`, of a part with `:3` behind it.
    package var originalEventID: String {
        let part = self.subSequenceNumber.map { ":\($0)" } ?? ""
        return "\(self.originalShardID):\(self.sequenceNumber)\(part)"
    }
}
