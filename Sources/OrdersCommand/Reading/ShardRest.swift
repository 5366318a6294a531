/// How long a shard is left alone behind reads that it refused, since it gives five a second to all that read it.
///
/// Whoever looks has time, and the two functions that work do not: the rest doubles with each refusal in a row, and a
/// read that is answered ends it. The place is kept meanwhile, so that a refusal costs the look nothing but the rest.
struct ShardRest: Sendable {
    private static let first = Duration.seconds(1)
    private static let longest = Duration.seconds(4)

    private var next = Self.first
    /// In the time that a machine is up; nil where the last read was answered.
    private var end: Duration?

    /// Whether the shard may be read.
    func isOver(at uptime: Duration) -> Bool { self.end.map { uptime >= $0 } ?? true }

    /// The shard has refused a read.
    mutating func begin(at uptime: Duration) {
        self.end = uptime + self.next
        self.next = min(self.next * 2, Self.longest)
    }

    /// The shard has answered.
    mutating func answered() { self = ShardRest() }
}
