import AWSClient
import AWSOperations
import EventPatterns
import PipesRunner
import Platform
import TestSupport
import Testing

@Suite struct StreamRangeReaderTests {
    /// One open shard with the given sequence numbers; reads give pages of two.
    private struct Stream: DynamoDBStreamsOperations {
        let numbers: [Int]
        var failure: AWSError.Code?
        /// Whether it says that what came before the first number has left it.
        var isTrimmed = false
        /// What these point to has left the stream when it is asked for.
        var trimmedIterators: Set<String> = []

        func describeStream(
            streamARN: String,
            deadline: UTCInstant?
        ) async throws(AWSError) -> DynamoDBStreamDescription {
            DynamoDBStreamDescription(streamStatus: "ENABLED", shards: [])
        }

        func getShardIterator(
            streamARN: String,
            shardID: String,
            position: ShardIteratorPosition,
            deadline: UTCInstant?
        ) async throws(AWSError) -> String {
            if let failure { throw AWSError(code: failure, message: "", operation: "test") }
            guard case .atSequenceNumber(let text) = position else { return "0" }
            let start = Int(text) ?? 0
            if self.isTrimmed, let first = self.numbers.first, start < first { throw Self.trimmed }
            return "\(self.numbers.firstIndex { $0 >= start } ?? self.numbers.count)"
        }

        func getRecords(
            shardIterator: String,
            limit: Int?,
            deadline: UTCInstant?
        ) async throws(AWSError) -> DynamoDBStreamsRecordsPage {
            if self.trimmedIterators.contains(shardIterator) { throw Self.trimmed }
            let start = Int(shardIterator) ?? 0
            let end = min(self.numbers.count, start + 2)
            let records = self.numbers[start..<end].map { number in
                let name = number.isMultiple(of: 10) ? "REMOVE" : "INSERT"
                return DynamoDBStreamsRecord(
                    eventID: "e\(number)",
                    sequenceNumber: "\(number)",
                    approximateCreationDateTime: nil,
                    json: Array(#"{"eventID":"e\#(number)","eventName":"\#(name)","dynamodb":{}}"#.utf8)
                )
            }
            return DynamoDBStreamsRecordsPage(records: records, nextShardIterator: "\(end)")
        }

        private static let trimmed = AWSError(code: .trimmedDataAccess, message: "", operation: "test")
    }

    /// The identifiers of the records, and how many are lost of a batch of `count`.
    private static func remainder(
        _ stream: Stream,
        _ start: String,
        _ end: String,
        count: Int = 1
    ) async throws -> (identifiers: [String], lost: Int) {
        let filters = try FilterCriteria([EventPattern(parsing: #"{"eventName":["INSERT"]}"#)])
        let body =
            #"{"DDBStreamBatchInfo":{"shardId":"s","streamArn":"a:b:dynamodb:r","startSequenceNumber":"\#(start)","endSequenceNumber":"\#(end)","batchSize":\#(count)}}"#
        guard case .pointer(let range) = DeadLetterMessage(body: body) else { return ([], 0) }
        let reader = StreamRangeReader(client: stream, filters: filters, time: ManualTime())
        let found = try await reader.records(in: range)
        return (found.records.map(\.identifier), found.lost)
    }

    /// The records of a range that is wholly there.
    private static func read(_ stream: Stream, _ start: String, _ end: String) async throws -> [String] {
        let (identifiers, lost) = try await self.remainder(stream, start, end, count: 10)
        #expect(lost == 0)
        return identifiers
    }

    private static let numbers = [7, 8, 9, 10, 11, 12, 13]

    @Test func `takes both ends, compared as numbers, and what the filters let through`() async throws {
        #expect(try await Self.read(Stream(numbers: Self.numbers), "8", "12") == ["e8", "e9", "e11", "e12"])
        #expect(try await Self.read(Stream(numbers: Self.numbers), "9", "9") == ["e9"])
        #expect(try await Self.read(Stream(numbers: Self.numbers), "0008", "0009") == ["e8", "e9"])
        #expect(try await Self.read(Stream(numbers: Self.numbers), "13", "13") == ["e13"])
    }

    @Test func `tells that records are gone`() async throws {
        for code in [AWSError.Code.trimmedDataAccess, .resourceNotFound] {
            await #expect(throws: StreamRangeReader.Failure.gone) {
                try await Self.read(Stream(numbers: Self.numbers, failure: code), "8", "9")
            }
        }
        await #expect(throws: StreamRangeReader.Failure.gone) {
            try await Self.read(Stream(numbers: Self.numbers), "5", "6")
        }
        await #expect(throws: StreamRangeReader.Failure.gone) {
            try await Self.read(Stream(numbers: Self.numbers, isTrimmed: true), "5", "6")
        }
        await #expect(throws: StreamRangeReader.Failure.gone) {
            try await Self.read(Stream(numbers: []), "5", "9")
        }
    }

    @Test(arguments: [true, false])
    func `gives what the stream has still, and how much of the batch it has lost`(isTrimmed: Bool) async throws {
        let stream = Stream(numbers: Self.numbers, isTrimmed: isTrimmed)
        let found = try await Self.remainder(stream, "5", "9", count: 5)
        #expect(found.identifiers == ["e7", "e8", "e9"])
        #expect(found.lost == 2)
        // Two of the three are of another batch: the first is lost all the same.
        let shared = try await Self.remainder(stream, "5", "9", count: 1)
        #expect(shared.lost == 1)
    }

    @Test func `goes on at the oldest record where the next ones leave the stream while it reads`() async throws {
        let stream = Stream(numbers: Self.numbers, trimmedIterators: ["3"])
        let found = try await Self.remainder(stream, "8", "12", count: 6)
        #expect(found.identifiers == ["e8", "e9", "e11", "e12"])
        #expect(found.lost == 2)
    }

    @Test func `gives up where the oldest record leaves the stream again and again`() async throws {
        await #expect(throws: StreamRangeReader.Failure.incomplete) {
            try await Self.read(Stream(numbers: Self.numbers, trimmedIterators: ["0", "3"]), "8", "12")
        }
    }

    @Test func `gives nothing while the last record cannot be read, since the rest would be lost`() async throws {
        for end in ["14", "99"] {
            await #expect(throws: StreamRangeReader.Failure.incomplete) {
                try await Self.read(Stream(numbers: Self.numbers), "8", end)
            }
        }
        await #expect(throws: StreamRangeReader.Failure.incomplete) {
            try await Self.read(Stream(numbers: [8, 9, 11]), "8", "10")
        }
    }

    @Test func `tells records that the filters refuse from records that are gone`() async throws {
        await #expect(throws: StreamRangeReader.Failure.filteredOut) {
            try await Self.read(Stream(numbers: Self.numbers), "10", "10")
        }
    }

    @Test func `tells a failure that passes apart`() async throws {
        let stream = Stream(numbers: Self.numbers, failure: AWSError.Code.connectionFailed)
        await #expect(throws: AWSError.self) { try await Self.read(stream, "8", "9") }
    }

    @Test func `a shard or a number that is none of DynamoDB's is the message's fault`() async throws {
        await #expect(throws: StreamRangeReader.Failure.malformed) {
            try await Self.read(Stream(numbers: Self.numbers, failure: .validation), "8", "9")
        }
    }

    @Test func `refuses sequence numbers that are none`() async throws {
        for (start, end) in [("x", "9"), ("9", "8")] {
            await #expect(throws: StreamRangeReader.Failure.malformed) {
                try await Self.read(Stream(numbers: Self.numbers), start, end)
            }
        }
    }
}
