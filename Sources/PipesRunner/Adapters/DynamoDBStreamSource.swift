package import AWSClient
package import EventPatterns
internal import JSONText
package import Platform

/// A DynamoDB stream behind the filters of one Pipe.
package struct DynamoDBStreamSource: StreamReader {
    private let client: any DynamoDBStreamsOperations
    private let streamARN: String
    private let filters: FilterCriteria
    private let time: any TimeSource

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

    package func shards() async throws -> [ShardDescription] {
        do {
            let stream = try await self.client.describeStream(streamARN: self.streamARN, deadline: self.deadline)
            return stream.shards.map(ShardDescription.init)
        } catch {
            throw StreamReaderError.classify(error, stream: self.streamARN)
        }
    }

    package func iterator(shardID: String, position: ShardPosition) async throws -> String {
        do {
            return try await self.client.getShardIterator(
                streamARN: self.streamARN,
                shardID: shardID,
                position: ShardIteratorPosition(position),
                deadline: self.deadline
            )
        } catch {
            throw StreamReaderError.classify(error, stream: self.streamARN)
        }
    }

    package func records(shardID: String, iterator: String) async throws -> StreamPage {
        let page: DynamoDBStreamsRecordsPage
        do {
            page = try await self.client.getRecords(shardIterator: iterator, limit: nil, deadline: self.deadline)
        } catch {
            throw StreamReaderError.classify(error, stream: self.streamARN)
        }
        let admitted = try page.records.compactMap { source in
            let decoded = try DynamoDBRecord(source, streamARN: self.streamARN)
            return self.filters.admits(decoded.filterInput) ? decoded.record : nil
        }
        return StreamPage(
            records: admitted,
            readCount: page.records.count,
            lastSequenceNumber: page.records.last?.sequenceNumber,
            nextIterator: page.nextShardIterator
        )
    }

    private var deadline: UTCInstant { self.time.now + .seconds(30) }
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

extension ShardIteratorPosition {
    init(_ position: ShardPosition) {
        switch position {
        case .trimHorizon: self = .trimHorizon
        case .latest: self = .latest
        case .after(let sequenceNumber): self = .afterSequenceNumber(sequenceNumber)
        }
    }
}

extension StreamReaderError {
    /// Tells apart what the runner handles, what cannot be helped, and what passes (the error as it is).
    static func classify(_ error: AWSError, stream: String) -> any Error {
        switch error.code {
        case .expiredIterator: StreamReaderError.expired
        case .trimmedDataAccess: StreamReaderError.trimmed
        case .resourceNotFound:
            StreamReaderError.unusable("\(stream) does not exist any more: start again after the stack is deployed")
        case .accessDenied: StreamReaderError.unusable("\(error); allow reading of \(stream)")
        default: error
        }
    }
}
