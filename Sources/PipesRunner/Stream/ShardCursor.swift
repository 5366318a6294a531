/// Where reading one shard stands, through expired iterators and failed reads.
///
/// It performs no I/O.
package struct ShardCursor: Sendable {
    /// What to ask the stream for.
    package enum Step: Sendable, Equatable {
        case locate(ShardPosition)
        case read(iterator: String)
    }

    package let shardID: String
    /// Failed reads in a row.
    package private(set) var failures = 0
    private var position: ShardPosition
    private var iterator: String?

    package init(shardID: String, position: ShardPosition) {
        self.shardID = shardID
        self.position = position
    }

    package var next: Step {
        self.iterator.map { .read(iterator: $0) } ?? .locate(self.position)
    }

    package mutating func located(_ iterator: String) {
        self.iterator = iterator
    }

    package mutating func received(_ page: StreamPage) {
        self.failures = 0
        self.iterator = page.nextIterator
        if let last = page.lastSequenceNumber { self.position = .after(sequenceNumber: last) }
    }

    /// Goes on behind the last record by a new iterator.
    package mutating func expired() {
        self.iterator = nil
    }

    /// Goes on with the oldest record there is.
    package mutating func trimmed() {
        self.iterator = nil
        self.position = .trimHorizon
    }

    /// The same read again.
    package mutating func failed() {
        self.failures += 1
    }
}
