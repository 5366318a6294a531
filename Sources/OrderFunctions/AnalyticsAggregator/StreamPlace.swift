internal import LambdaEvents

/// Where a record stands: what owns a claim.
struct StreamPlace: Hashable, Sendable {
    let stream: String
    let shardID: String
    let number: SequenceNumber
    /// The place in an aggregate, from 0; nil for a record that is no part of one.
    let part: Int?
}

extension StreamPlace {
    /// `<stream>:<shardId>:<sequenceNumber>`, of a part with `:<subSequenceNumber>` behind it.
    var text: String {
        "\(self.stream):\(self.shardID):\(self.number.unpadded)" + (self.part.map { ":\($0)" } ?? "")
    }

    /// Reads that text; nil for any other.
    init?(text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3 || parts.count == 4, let number = SequenceNumber(String(parts[2])) else { return nil }
        let part = parts.count == 4 ? Int(parts[3]) : nil
        guard parts.count == 3 || part != nil else { return nil }
        self.init(stream: String(parts[0]), shardID: String(parts[1]), number: number, part: part)
    }

    /// Whether it is in the shard of a redrive, which has this one record.
    var isOfRedrive: Bool { RedriveShard(shardID: self.shardID) != nil }

    /// Whether it is in the shard of the redrive of an aggregate that no process could read, which has all of its records.
    var isPartOfWholeRedrive: Bool {
        self.part != nil && RedriveShard(shardID: self.shardID).map { $0.subSequenceNumber == nil } ?? false
    }
}
