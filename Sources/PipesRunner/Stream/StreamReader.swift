package import Platform

/// A stream with shards as the runner reads it: DynamoDB's, Kinesis's, or a scripted one.
package protocol StreamReader: Sendable {
    /// All shards, closed ones included, in any order.
    func shards() async throws -> [ShardDescription]

    /// A place to read from.
    ///
    /// Throws `StreamReaderError.trimmed` if the position has left the stream, and `.shardGone` if the shard has.
    func iterator(shardID: String, position: ShardPosition) async throws -> String

    /// The next records, possibly none although more follow.
    ///
    /// Throws `StreamReaderError.expired` for an old iterator, and `.shardGone` if the shard has left the stream.
    func records(shardID: String, iterator: String) async throws -> StreamPage
}

/// A shard as the stream describes it.
package struct ShardDescription: Sendable, Equatable {
    /// The shard's id, `shardId-…`.
    package let id: String
    /// To be read to their ends before this one: none, one, or two where shards of Kinesis were merged.
    package let parentIDs: [String]
    /// Whether nothing will be added any more.
    package let isClosed: Bool

    /// A shard; by default an open one without parents.
    package init(id: String, parentIDs: [String] = [], isClosed: Bool = false) {
        self.id = id
        self.parentIDs = parentIDs
        self.isClosed = isClosed
    }
}

/// Where reading a shard starts.
package enum ShardPosition: Sendable, Equatable {
    case trimHorizon
    case latest
    /// At the first record that came then or later.
    ///
    /// A stream that cannot tell exactly starts earlier, never later.
    case since(UTCInstant)
    case after(sequenceNumber: String)
}

/// What one read gave: the records that pass the filters, and how many there were.
package struct StreamPage: Sendable, Equatable {
    /// The records that pass the filters, in the shard's order.
    package let records: [PolledRecord]
    /// Records read, those filtered out included.
    package let readCount: Int
    /// Of the last record read; nil if there was none.
    package let lastSequenceNumber: String?
    /// nil at the end of a closed shard.
    package let nextIterator: String?
    /// Whether the shard had no more when it was read; nil where the service does not say.
    package let isLatest: Bool?
    /// Whether the service gave as much as it gives at once, so that more is likely.
    package let isFull: Bool

    /// What one read gave.
    package init(
        records: [PolledRecord],
        readCount: Int,
        lastSequenceNumber: String?,
        nextIterator: String?,
        isLatest: Bool? = nil,
        isFull: Bool = false
    ) {
        self.records = records
        self.readCount = readCount
        self.lastSequenceNumber = lastSequenceNumber
        self.nextIterator = nextIterator
        self.isLatest = isLatest
        self.isFull = isFull
    }
}

/// Answers of a stream that the runner has to tell from any other failure.
///
/// Every other error is tried again.
package enum StreamReaderError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The iterator is too old: get another one behind the last record.
    case expired
    /// The position has left the stream: records were lost before they were read.
    case trimmed
    /// The shard is not there, and no record of it can be read: its children are read next.
    ///
    /// Both services answer the same where the whole stream is gone, which its next description tells.
    case shardGone
    /// The stream is not there, or may not be read, or not with these credentials: retrying is useless.
    ///
    /// The text says what to do.
    case unusable(String)

    /// What happened, for whoever reads a stream once and has no other use for it.
    package var description: String {
        switch self {
        case .expired: "a place in the stream was kept for too long: try again"
        case .trimmed: "records left the stream before they were read: try again"
        case .shardGone: "a shard left the stream before it was read: try again"
        case .unusable(let reason): reason
        }
    }
}

/// One record that was read from a shard, as its target gets it.
package struct PolledRecord: Sendable, Equatable {
    /// What a partial failure names it by: the `eventID` for a Pipe, the sequence number for a mapping.
    package let identifier: String
    /// The record's place in its shard.
    package let sequenceNumber: String
    /// When it reached the stream, as far as the stream tells; nil never ages.
    package let arrival: UTCInstant?
    /// Records of equal keys are delivered in their order, whatever the parallelization factor.
    package let orderingKey: String
    /// The record as the target gets it: one JSON object.
    package let json: [UInt8]

    /// A record as a target gets it.
    package init(
        identifier: String,
        sequenceNumber: String,
        arrival: UTCInstant?,
        orderingKey: String,
        json: [UInt8]
    ) {
        self.identifier = identifier
        self.sequenceNumber = sequenceNumber
        self.arrival = arrival
        self.orderingKey = orderingKey
        self.json = json
    }
}
