import SimulatedAWS
import Testing

/// By the API reference of DynamoDB Streams: DescribeStream, GetShardIterator, GetRecords.
@Suite struct SimulatedTableStreamTests {
    private static let arn = "arn:aws:dynamodb:eu-central-1:000000000000:table/Orders/stream/1"
    private static let first = "shardId-00000000000000000000"
    private static let minute: Int64 = 60_000_000_000

    private var stream = SimulatedTableStream(arn: Self.arn, shards: 1)
    private var cloud = Cloud(
        tables: [DynamoDBTable("Orders", keys: ["orderId"], hasStream: true)],
        queues: [],
        topics: [],
        cache: ExpressionCache()
    )

    private mutating func write(_ ids: String..., at now: Int64 = 0) {
        for id in ids { self.cloud.putOrder(id, status: "pending", amount: .number("1"), at: now) }
        self.stream.take(self.cloud.dynamoDB["Orders"].changes) { _ in 0 }
    }

    private func ask(_ operation: String, _ members: String, at now: Int64 = 0, page: Int = 10) throws -> String {
        let body = Array("{\"StreamArn\":\"\(Self.arn)\",\(members)}".utf8)
        let answer = try self.stream.perform(operation, body, at: now, page: page) { Array("\($0)".utf8) }
        return String(decoding: answer.body, as: UTF8.self)
    }

    private func iterator(_ position: String, at now: Int64 = 0) throws -> String {
        let answer = try self.ask("GetShardIterator", "\"ShardId\":\"\(Self.first)\",\(position)", at: now)
        return "\"ShardIterator\":\"" + answer.dropFirst("{\"ShardIterator\":\"".count).dropLast(2) + "\""
    }

    private static let oldest = "\"ShardIteratorType\":\"TRIM_HORIZON\""

    private static func after(_ number: Int) -> String {
        "\"ShardIteratorType\":\"AFTER_SEQUENCE_NUMBER\","
            + "\"SequenceNumber\":\"\(SimulatedTableStream.sequenceNumber(number))\""
    }

    @Test mutating func `a page holds no more than it may, and the next goes on behind it`() throws {
        self.write("A", "B", "C")
        let first = try self.ask("GetRecords", try self.iterator(Self.oldest), page: 2)
        #expect(first.hasPrefix("{\"Records\":[0,1],\"NextShardIterator\":"))
        let second = try self.ask("GetRecords", try self.iterator(Self.after(1)))
        #expect(second.hasPrefix("{\"Records\":[2],\"NextShardIterator\":"))
    }

    @Test mutating func `a shard that has ended has children, and no iterator behind its last record`() throws {
        self.write("A")
        self.stream.endShard(0, children: 2)
        self.write("B")
        #expect(try self.ask("GetRecords", try self.iterator(Self.oldest)) == "{\"Records\":[0]}")
        let description = try self.ask("DescribeStream", "\"Limit\":100")
        #expect(description.components("\"ParentShardId\":\"\(Self.first)\"") == 2)
        #expect(description.components("EndingSequenceNumber") == 1)
    }

    @Test mutating func `a description comes in pages`() throws {
        for _ in 0..<3 { self.stream.endShard(0, children: 1) }
        #expect(
            try self.ask("DescribeStream", "\"Limit\":100").hasSuffix(
                "\"LastEvaluatedShardId\":\"shardId-00000000000000000002\"}}"
            )
        )
        let rest = try self.ask("DescribeStream", "\"ExclusiveStartShardId\":\"shardId-00000000000000000002\"")
        #expect(rest.components("\"ShardId\"") == 1)
        #expect(!rest.contains("LastEvaluatedShardId"))
    }

    @Test mutating func `an iterator is good for 15 minutes`() throws {
        self.write("A")
        let iterator = try self.iterator(Self.oldest)
        #expect(throws: Never.self) { try self.ask("GetRecords", iterator, at: 15 * Self.minute) }
        let error = #expect(throws: ServiceError.self) { try self.ask("GetRecords", iterator, at: 16 * Self.minute) }
        #expect(error?.code == "ExpiredIteratorException")
    }

    @Test mutating func `nothing is read behind the trim horizon`() throws {
        self.write("A", "B", "C")
        let iterator = try self.iterator(Self.oldest)
        self.stream.trim(0, keeping: 1)
        #expect(self.stream.trimmed == [0, 1])
        let (error, other) = (
            #expect(throws: ServiceError.self) { try self.ask("GetRecords", iterator) },
            #expect(throws: ServiceError.self) { try self.iterator(Self.after(0)) }
        )
        #expect(error?.code == "TrimmedDataAccessException")
        #expect(other?.code == "TrimmedDataAccessException")
        #expect(try self.ask("GetRecords", try self.iterator(Self.oldest)).hasPrefix("{\"Records\":[2],"))
    }

    @Test mutating func `changes leave by their age`() throws {
        self.write("A", at: 0)
        self.write("B", at: Self.minute)
        self.stream.trim(self.cloud.dynamoDB["Orders"].changes, before: Self.minute)
        #expect(self.stream.trimmed == [0])
    }
}

extension String {
    /// How often a text occurs in it.
    fileprivate func components(_ text: String) -> Int {
        self.split(separator: text, omittingEmptySubsequences: false).count - 1
    }
}
