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
            guard case .atSequenceNumber(let start) = position else { return "0" }
            return "\(self.numbers.firstIndex { $0 >= Int(start) ?? 0 } ?? self.numbers.count)"
        }

        func getRecords(
            shardIterator: String,
            limit: Int?,
            deadline: UTCInstant?
        ) async throws(AWSError) -> DynamoDBStreamsRecordsPage {
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
    }

    private static func read(_ stream: Stream, _ start: String, _ end: String) async throws -> [String] {
        let filters = try FilterCriteria([EventPattern(parsing: #"{"eventName":["INSERT"]}"#)])
        let body =
            #"{"DDBStreamBatchInfo":{"shardId":"s","streamArn":"a:b:dynamodb:r","startSequenceNumber":"\#(start)","endSequenceNumber":"\#(end)","batchSize":1}}"#
        guard case .pointer(let range) = DeadLetterMessage(body: body) else { return [] }
        let reader = StreamRangeReader(client: stream, filters: filters, time: ManualTime())
        return try await reader.records(in: range).map(\.identifier)
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
            try await Self.read(Stream(numbers: Self.numbers), "5", "9")
        }
        await #expect(throws: StreamRangeReader.Failure.gone) {
            try await Self.read(Stream(numbers: []), "5", "9")
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
