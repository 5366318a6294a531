internal import AWSClient
package import AWSOperations
package import EventPatterns
internal import JSONText
package import Platform
internal import Synchronization

/// A DynamoDB stream behind the filters of one Pipe.
package struct DynamoDBStreamSource: StreamReader {
    /// In a row, 250 ms apart: by then an open shard is taken to have no more for now.
    private static let maximumEmptyPages = 8

    private let client: any DynamoDBStreamsOperations
    private let streamARN: String
    private let filters: FilterCriteria
    private let time: any TimeSource
    private let walks = UnfinishedWalks()

    /// A table's stream behind a Pipe's filters.
    package init(
        client: any DynamoDBStreamsOperations,
        streamARN: String,
        filters: FilterCriteria,
        time: any TimeSource
    ) {
        self.client = client
        self.streamARN = streamARN
        self.filters = filters
        self.time = time
    }

    /// All shards that the stream has, closed ones included.
    package func shards() async throws -> [ShardDescription] {
        do {
            let stream = try await self.client.describeStream(streamARN: self.streamARN, deadline: self.deadline)
            return stream.shards.map(ShardDescription.init)
        } catch {
            throw StreamReaderError.classify(error, stream: self.streamARN)
        }
    }

    /// An iterator of the API for that position.
    package func iterator(shardID: String, position: ShardPosition) async throws -> String {
        switch position {
        case .trimHorizon: try await self.iterator(shardID, .trimHorizon)
        case .latest: try await self.iterator(shardID, .latest)
        case .after(let sequenceNumber): try await self.iterator(shardID, .afterSequenceNumber(sequenceNumber))
        case .since(let instant): try await self.iterator(shardID, since: instant)
        }
    }

    private func iterator(_ shardID: String, _ position: ShardIteratorPosition) async throws -> String {
        do {
            return try await self.client.getShardIterator(
                streamARN: self.streamARN,
                shardID: shardID,
                position: position,
                deadline: self.deadline
            )
        } catch {
            throw StreamReaderError.classify(error, ofShardOf: self.streamARN)
        }
    }

    /// Streams of DynamoDB have no iterator of an instant: the shard is read from its oldest record to the first of that
    /// second or later.
    ///
    /// Where that fails on the way, the next attempt goes on behind the last record that was read, not from the oldest.
    private func iterator(_ shardID: String, since instant: UTCInstant) async throws -> String {
        let first = UTCInstant(secondsSince1970: instant.secondsSince1970)
        var last = self.walks.take(shardID, to: first)
        do {
            return try await self.walk(shardID, to: first, behind: &last)
        } catch StreamReaderError.trimmed where last != nil {
            // What was walked past is gone by now, so that the oldest record is further on.
            last = nil
            return try await self.walk(shardID, to: first, behind: &last)
        } catch {
            self.walks.keep(last, shardID, to: first)
            throw error
        }
    }

    /// `last` is the last record that was read and is older.
    private func walk(_ shardID: String, to first: UTCInstant, behind last: inout String?) async throws -> String {
        var iterator = try await self.iterator(
            shardID,
            last.map(ShardIteratorPosition.afterSequenceNumber) ?? .trimHorizon
        )
        var emptyPages = 0
        while true {
            // The way may be long, and its answers quick.
            try Task.checkCancellation()
            let page = try await self.page(iterator)
            var lastOld: String?
            for record in page.records {
                guard let created = record.creation, created < first else {
                    // The page's own iterator stays good for the page.
                    guard let lastOld else { return iterator }
                    return try await self.iterator(shardID, .afterSequenceNumber(lastOld))
                }
                lastOld = record.sequenceNumber
                last = lastOld
            }
            guard let next = page.nextShardIterator else {
                // The end of a closed shard: what is read from here is nothing, and that it is the end.
                guard let lastOld else { return iterator }
                return try await self.iterator(shardID, .afterSequenceNumber(lastOld))
            }
            iterator = next
            // Pages may be empty although more follows. What follows so many is taken for new: rather that than lost.
            emptyPages = page.records.isEmpty ? emptyPages + 1 : 0
            if emptyPages == Self.maximumEmptyPages { return iterator }
            if emptyPages > 0 { try await self.time.sleep(for: .milliseconds(250)) }
        }
    }

    /// The next records that pass the filters.
    package func records(shardID: String, iterator: String) async throws -> StreamPage {
        let page = try await self.page(iterator)
        let admitted = try page.records.compactMap { source in
            let decoded = try DynamoDBPipeRecord(source, streamARN: self.streamARN)
            return self.filters.admits(decoded.filterInput) ? decoded.record : nil
        }
        return StreamPage(
            records: admitted,
            readCount: page.records.count,
            lastSequenceNumber: page.records.last?.sequenceNumber,
            nextIterator: page.nextShardIterator,
            isFull: page.isFull
        )
    }

    private func page(_ iterator: String) async throws -> DynamoDBStreamsRecordsPage {
        do {
            return try await self.client.getRecords(shardIterator: iterator, limit: nil, deadline: self.deadline)
        } catch {
            throw StreamReaderError.classify(error, ofShardOf: self.streamARN)
        }
    }

    private var deadline: UTCInstant { self.time.now + .seconds(30) }
}

/// How far walks to an instant had come that failed, by shards.
private final class UnfinishedWalks: Sendable {
    private let places = Mutex<[String: (first: UTCInstant, last: String)]>([:])

    /// Where an earlier walk of that shard to that instant had come, which the caller goes on with.
    func take(_ shardID: String, to first: UTCInstant) -> String? {
        self.places.withLock { places in
            guard let place = places.removeValue(forKey: shardID), place.first == first else { return nil }
            return place.last
        }
    }

    /// Notes the last record of a walk that failed; nil: it had read none.
    func keep(_ last: String?, _ shardID: String, to first: UTCInstant) {
        guard let last else { return }
        self.places.withLock { $0[shardID] = (first: first, last: last) }
    }
}

extension DynamoDBStreamsRecord {
    /// When the record came, to the second; nil where the stream does not tell.
    fileprivate var creation: UTCInstant? {
        self.approximateCreationDateTime.flatMap { UTCInstant(secondsSince1970: $0) }
    }
}

extension ShardDescription {
    init(_ shard: StreamShard) {
        self.init(
            id: shard.shardID,
            parentIDs: [shard.parentShardID, shard.adjacentParentShardID].compactMap { $0 },
            isClosed: shard.endingSequenceNumber != nil
        )
    }
}

extension StreamReaderError {
    /// As `classify(_:stream:)`, for what was asked of one shard: it may be gone while the stream is there, and both
    /// services have one code for either.
    static func classify(_ error: AWSError, ofShardOf stream: String) -> any Error {
        error.code == .resourceNotFound ? StreamReaderError.shardGone : self.classify(error, stream: stream)
    }

    /// Tells apart what the runner handles, what cannot be helped, and what passes (the error as it is).
    static func classify(_ error: AWSError, stream: String) -> any Error {
        switch error.code {
        case .expiredIterator: StreamReaderError.expired
        case .trimmedDataAccess: StreamReaderError.trimmed
        case .resourceNotFound:
            StreamReaderError.unusable("\(stream) does not exist any more: start again after the stack is deployed")
        case .accessDenied: StreamReaderError.unusable("\(error); allow reading of \(stream)")
        case _ where error.isOfCredentials: StreamReaderError.unusable(error.advisedDescription)
        default: error
        }
    }
}
