internal import AWSClient
package import AWSOperations
package import EventPatterns
internal import LambdaEvents
package import Platform

/// Fetches the records a Pipe's dead-letter message points to.
package struct StreamRangeReader: Sendable {
    /// Why the records cannot be had.
    package enum Failure: Error, Sendable, Equatable {
        /// They have left the stream, which keeps them for 24 hours.
        case gone
        /// The message's sequence numbers are none.
        case malformed
        /// The first is there and the last could not be read yet: some would be lost with the message.
        case incomplete
        /// The range holds more than any batch of a Pipe.
        case tooMany
        /// They are there, and the Pipe's filters, which have changed since, let none through.
        case filteredOut
    }

    /// AWS's largest batch, which one message stands for.
    package static let maximumRecords = 10_000

    /// In a row: by then an open shard has no more, and the message's range ends behind what there is.
    private static let maximumEmptyPages = 8

    private let client: any DynamoDBStreamsOperations
    private let filters: FilterCriteria
    private let time: any TimeSource

    /// A reader of a table's stream behind a Pipe's filters.
    package init(client: any DynamoDBStreamsOperations, filters: FilterCriteria, time: any TimeSource) {
        self.client = client
        self.filters = filters
        self.time = time
    }

    /// The records of the range that pass the Pipe's filters.
    package func records(in range: DeadLetterMessage.StreamRange) async throws -> [PolledRecord] {
        guard let start = SequenceNumber(range.start), let end = SequenceNumber(range.end), start <= end else {
            throw Failure.malformed
        }
        var records: [PolledRecord] = []
        var hasFirst = false
        var hasLast = false
        var emptyPages = 0
        do {
            var next: String? = try await self.client.getShardIterator(
                streamARN: range.streamARN,
                shardID: range.shardID,
                position: .atSequenceNumber(range.start),
                deadline: self.deadline
            )
            while let iterator = next {
                let page = try await self.client.getRecords(
                    shardIterator: iterator,
                    limit: nil,
                    deadline: self.deadline
                )
                next = page.nextShardIterator
                var isPast = false
                for source in page.records {
                    guard let number = SequenceNumber(source.sequenceNumber) else { continue }
                    hasFirst = hasFirst || number == start
                    isPast = isPast || number > end
                    guard number >= start, number <= end else { continue }
                    let decoded = try DynamoDBPipeRecord(source, streamARN: range.streamARN)
                    if self.filters.admits(decoded.filterInput) { records.append(decoded.record) }
                    hasLast = hasLast || number == end
                }
                guard records.count <= Self.maximumRecords else { throw Failure.tooMany }
                if isPast || hasLast { break }
                // An open shard gives iterators for ever, and pages may be empty although more follows.
                emptyPages = page.records.isEmpty ? emptyPages + 1 : 0
                if emptyPages == Self.maximumEmptyPages { break }
                if emptyPages > 0 { try await self.time.sleep(for: .milliseconds(250)) }
            }
        } catch let error as AWSError {
            switch error.code {
            case .trimmedDataAccess, .resourceNotFound: throw Failure.gone
            // Of a shard or a number that is none of DynamoDB's.
            case .validation: throw Failure.malformed
            default: throw error
            }
        }
        guard hasFirst else { throw Failure.gone }
        guard hasLast else { throw Failure.incomplete }
        guard !records.isEmpty else { throw Failure.filteredOut }
        return records
    }

    private var deadline: UTCInstant { self.time.now + .seconds(30) }
}
