internal import Platform

/// An iterator of a shard that is kept for the next read.
///
/// To ask for one anew goes back to the last record: what was read of an empty stretch behind that is read again.
struct KeptIterator: Sendable {
    /// Kinesis takes one for five minutes.
    private static let lifetime = Duration.seconds(240)
    /// By then it is to be exchanged by another read, if the place is to be kept.
    private static let age = Duration.seconds(120)

    /// As the service gave it.
    let text: String
    /// When that was.
    let since: UTCInstant

    /// Whether a read may still begin with it.
    func isGood(at now: UTCInstant) -> Bool { now < self.since + Self.lifetime }

    /// Whether it will soon be too old.
    func isAging(at now: UTCInstant) -> Bool { now >= self.since + Self.age }
}
