internal import AWSClient
package import AWSOperations
package import EventPatterns
internal import LambdaEvents
package import Platform

/// Fetches the records a Pipe's dead-letter message points to.
package struct StreamRangeReader: Sendable {
    /// Why the records cannot be had.
    package enum Failure: Error, Sendable, Equatable {
        /// All of them have left the stream, which keeps them for 24 hours.
        case gone
        /// The message's sequence numbers are none.
        case malformed
        /// Some are there and the last could not be read yet: it would be lost with the message.
        case incomplete
        /// The range holds more than any batch of a Pipe.
        case tooMany
        /// They are there, and the Pipe's filters, which have changed since, let none through.
        case filteredOut
    }

    /// What the stream still has of a range.
    package struct Remainder: Sendable {
        /// The records that pass the Pipe's filters, in the stream's order.
        package let records: [PolledRecord]
        /// How many records of the batch have left the stream, at least: the range may hold records of other batches,
        /// which cannot be told from those of this one.
        package let lost: Int
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

    /// The records of the range that are still in the stream and pass the Pipe's filters.
    ///
    /// Records leave a shard in its order: where the first of the range is gone, the last may still be there.
    package func records(in range: DeadLetterMessage.StreamRange) async throws -> Remainder {
        guard let start = SequenceNumber(range.start), let end = SequenceNumber(range.end), start <= end else {
            throw Failure.malformed
        }
        var reading = Reading(start: start, end: end)
        do {
            var position: ShardIteratorPosition? = .atSequenceNumber(range.start)
            while let next = position {
                position = try await self.read(range, from: next, &reading) ? nil : reading.afterTrim()
            }
        } catch let error as AWSError {
            switch error.code {
            case .resourceNotFound: throw Failure.gone
            // Of a shard or a number that is none of DynamoDB's.
            case .validation: throw Failure.malformed
            default: throw error
            }
        }
        guard reading.last != nil else { throw Failure.gone }
        guard reading.hasLast else { throw Failure.incomplete }
        guard !reading.records.isEmpty else { throw Failure.filteredOut }
        let isWhole = reading.hasFirst && reading.trims == 0
        return Remainder(
            records: reading.records,
            lost: isWhole ? 0 : max(1, range.count - reading.records.count)
        )
    }

    /// How far the reading of a range has come.
    private struct Reading {
        /// A shard whose oldest record leaves under the reading again and again is left for another run.
        private static let maximumTrims = 3

        let start: SequenceNumber
        let end: SequenceNumber
        var records: [PolledRecord] = []
        var hasFirst = false
        var hasLast = false
        /// The last record of the range that was read, whether the filters let it through or not.
        var last: SequenceNumber?
        /// How often the records that were asked for had left the stream.
        private(set) var trims = 0

        init(start: SequenceNumber, end: SequenceNumber) {
            self.start = start
            self.end = end
        }

        /// Where reading goes on after the records that were asked for have left the stream; nil to give up.
        mutating func afterTrim() -> ShardIteratorPosition? {
            self.trims += 1
            return self.trims > Self.maximumTrims ? nil : .trimHorizon
        }

        /// Whether a record belongs to the range, and was not read before the stream was read anew.
        mutating func takes(_ number: SequenceNumber) -> Bool {
            guard number >= self.start, number <= self.end else { return false }
            if let last, number <= last { return false }
            self.last = number
            self.hasFirst = self.hasFirst || number == self.start
            self.hasLast = self.hasLast || number == self.end
            return true
        }
    }

    /// Reads from there to the end of the range, or as far as the shard gives records; false where the records that
    /// come next have left the stream.
    private func read(
        _ range: DeadLetterMessage.StreamRange,
        from position: ShardIteratorPosition,
        _ reading: inout Reading
    ) async throws -> Bool {
        var emptyPages = 0
        do {
            var next: String? = try await self.client.getShardIterator(
                streamARN: range.streamARN,
                shardID: range.shardID,
                position: position,
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
                    isPast = isPast || number > reading.end
                    guard reading.takes(number) else { continue }
                    let decoded = try DynamoDBPipeRecord(source, streamARN: range.streamARN)
                    if self.filters.admits(decoded.filterInput) { reading.records.append(decoded.record) }
                }
                guard reading.records.count <= Self.maximumRecords else { throw Failure.tooMany }
                if isPast || reading.hasLast { return true }
                // An open shard gives iterators for ever, and pages may be empty although more follows.
                emptyPages = page.records.isEmpty ? emptyPages + 1 : 0
                if emptyPages == Self.maximumEmptyPages { return true }
                if emptyPages > 0 { try await self.time.sleep(for: .milliseconds(250)) }
            }
            return true
        } catch let error as AWSError where error.code == .trimmedDataAccess {
            return false
        }
    }

    private var deadline: UTCInstant { self.time.now + .seconds(30) }
}
