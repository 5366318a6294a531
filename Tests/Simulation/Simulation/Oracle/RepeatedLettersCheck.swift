/// Whether the aggregator sent a record's dead letter again although it knew that it had sent it.
enum RepeatedLettersCheck {
    /// Records that have several letters, and of which no delivery was disturbed, in words.
    ///
    /// A delivery to which anything happened may have sent a letter without noting that. What a redrive delivers has a place
    /// of its own, and is left out. `bodies` are all letters that were ever sent.
    static func differences(_ deliveries: [KinesisMapping.Delivery], sent bodies: [String]) -> [String] {
        var disturbed: Set<String> = []
        for delivery in deliveries where !delivery.outcome.isUndisturbed {
            for record in delivery.records {
                disturbed.insert(record.eventID)
                // The letter of an aggregate that cannot be read as one.
                disturbed.insert(record.streamID)
            }
        }
        var counts: [String: Int] = [:]
        for body in bodies {
            guard let shard = DeadLetters.member("shardId", body), !shard.hasPrefix("redrive-"),
                let id = DeadLetters.eventID(body)
            else { continue }
            counts[id, default: 0] += 1
        }
        return counts.sorted { $0.key < $1.key }.compactMap { id, count in
            guard count > 1, !disturbed.contains(id) else { return nil }
            return "\(id) has \(count) dead letters, and nothing happened to its deliveries"
        }
    }
}
