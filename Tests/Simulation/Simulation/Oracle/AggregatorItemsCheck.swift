internal import AWSClient
internal import Platform
internal import SimulatedAWS

/// Whether the aggregator's other items are what the next batch counts on: claims that live long enough, and checkpoints.
enum AggregatorItemsCheck {
    /// `DEDUPLICATION_TTL_DAYS` and `STREAM_RETENTION_DAYS` of `World.variables` and the 14 days of a dead letter, in seconds: a
    /// claim lives for all three.
    private static let claimLifetime: Int64 = (15 + 1 + 14) * 86_400
    /// Seconds that a clock may be wrong by.
    private static let clockErrors: Int64 = 1_300

    /// Where claims or checkpoints differ from what they must be, in words; `now` is the run's time.
    static func differences(
        _ mappings: [KinesisMapping],
        _ cloud: borrowing Cloud,
        now: VirtualTime.Nanoseconds
    ) -> [String] {
        var differences: [String] = []
        let latest = World.epoch.secondsSince1970 + now / 1_000_000_000 + Self.claimLifetime + Self.clockErrors
        for item in cloud.dynamoDB["Analytics"].sortedItems {
            guard let id = item["PK"]?.string, id.hasPrefix("EVENT#") else { continue }
            let arrival = item["arrivedAt"]?.number.flatMap { Int64($0) } ?? World.epoch.secondsSince1970
            let earliest = arrival + Self.claimLifetime - Self.clockErrors
            let expiry = item["expiresAt"]?.number.flatMap { Int64($0) } ?? 0
            if expiry < earliest || latest < expiry {
                differences.append("the claim \(id) expires at \(expiry), not between \(earliest) and \(latest)")
            }
        }
        for mapping in mappings where mapping.halfDone.isEmpty {
            let lost = Set(mapping.lost.map(\.number))
            guard let last = mapping.records.last(where: { !lost.contains($0.number) }), let key = mapping.checkpoint
            else { continue }
            let number = cloud.dynamoDB["Checkpoints"][key]?["sequenceNumber"]?.string.map { $0.drop { $0 == "0" } }
            if number != Substring(last.sequenceNumber) {
                differences.append("\(key) is \(number ?? "missing"), not \(last.sequenceNumber)")
            }
        }
        return differences
    }
}
