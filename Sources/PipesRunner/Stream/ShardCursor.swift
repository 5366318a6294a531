package import Platform

/// Where reading one shard stands, through expired iterators and failed reads.
///
/// It performs no I/O.
package struct ShardCursor: Sendable {
    /// What to ask the stream for.
    package enum Step: Sendable, Equatable {
        case locate(ShardPosition)
        case read(iterator: String)
    }

    /// How far our clock may be ahead of the service's: AWS refuses requests that are further off.
    package static let clockTolerance = Duration.seconds(5 * 60)

    /// The shard that is read.
    package let shardID: String
    /// Failed reads in a row.
    package private(set) var failures = 0
    /// Pages without a record in a row.
    private var emptyPages = 0
    private var position: ShardPosition
    private var iterator: String?
    /// When the iterator of `latest` was asked for.
    private var latestSince: UTCInstant?
    /// Iterators in a row that were no good any more, without a page between them.
    private var refusals = 0
    /// Whether the position has left the stream since the last page.
    package private(set) var isTrimmed = false
    /// When the next read may begin, in the time of `uptime`; nil: at once.
    private var nextRead: Duration?

    /// A cursor at a position of the shard, for which there is no iterator yet.
    package init(shardID: String, position: ShardPosition) {
        self.shardID = shardID
        self.position = position
    }

    /// What to ask the stream for next.
    package var next: Step {
        self.iterator.map { .read(iterator: $0) } ?? .locate(self.position)
    }

    /// An iterator of the position, asked for at `instant`.
    package mutating func located(_ iterator: String, at instant: UTCInstant) {
        self.iterator = iterator
        if self.position == .latest { self.latestSince = instant }
    }

    /// The page at the iterator was read.
    package mutating func received(_ page: StreamPage) {
        self.failures = 0
        self.refusals = 0
        self.isTrimmed = false
        self.nextRead = nil
        self.emptyPages = page.readCount == 0 ? self.emptyPages + 1 : 0
        self.iterator = page.nextIterator
        if let last = page.lastSequenceNumber { self.position = .after(sequenceNumber: last) }
    }

    /// Goes on behind the last record by a new iterator.
    ///
    /// Where there is none yet, `latest` would now be another place, and what came meanwhile would be lost: its instant
    /// stands for it, earlier by what our clock may be wrong, since records from before the start do less harm than
    /// lost ones.
    package mutating func expired() {
        self.iterator = nil
        self.refusals += 1
        guard self.position == .latest, let latestSince else { return }
        self.position = .since(latestSince + (.zero - Self.clockTolerance))
    }

    /// Goes on with the oldest record there is.
    package mutating func trimmed() {
        self.iterator = nil
        self.refusals += 1
        self.isTrimmed = true
        self.position = .trimHorizon
    }

    /// Whether the iterator that followed one that was no good was none either.
    package var isRefusedAgain: Bool { self.refusals > 1 }

    /// The page that was received is followed by no read before that time of `uptime`.
    package mutating func pause(until instant: Duration) {
        self.nextRead = instant
    }

    /// How long until the next read may begin; nil: it may now.
    package func timeToNextRead(at uptime: Duration) -> Duration? {
        self.nextRead.flatMap { $0 > uptime ? $0 - uptime : nil }
    }

    /// How long to wait after a page without a record: twice as long after each one, up to 4 times `interval`, so that an
    /// idle stream costs a quarter of the requests.
    package func rest(_ interval: Duration) -> Duration {
        interval * (1 << min(max(self.emptyPages - 1, 0), 2))
    }

    /// The read failed for a passing reason: `next` is the same read once more.
    package mutating func failed() {
        self.failures += 1
    }
}
