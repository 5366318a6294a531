import AWSClient
import AWSOperations
import Platform
import Synchronization
import TestSupport
import Testing

@Suite struct OrderedRecordWriterTests {
    private static func record(_ key: String, _ number: Int, size: Int = 0) -> KinesisPutRecord {
        KinesisPutRecord(data: Array("\(number)".utf8) + Array(repeating: 0, count: size), partitionKey: key)
    }

    private static func put(_ records: [KinesisPutRecord], into stream: RecordingKinesis) async throws {
        let stored = Mutex(0)
        let writer = OrderedRecordWriter(client: stream, streamName: "orders", time: ManualTime())
        try await writer.put(records) { count in stored.withLock { $0 += count } }
        #expect(stored.withLock { $0 } == records.count, "what progress adds up to")
    }

    @Test func `sends nothing behind a refused record of the same key before it`() async throws {
        let records = (1...3).map { Self.record("order", $0) }
        let isRefused = Mutex(true)
        let stream = RecordingKinesis { record in
            guard record == records[1] else { return false }
            return isRefused.withLock { isRefused in
                defer { isRefused = false }
                return isRefused
            }
        }
        try await Self.put(records, into: stream)
        #expect(stream.stored == records)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `stores every record once and those of a key in their order, whatever is refused`(seed: UInt64) async throws {
        let random = SeededRandom(seed: seed)
        var generator = random.generator
        let keys = Int.random(in: 1...40, using: &generator)
        let records = (0..<1_200).map { Self.record("\(Int.random(in: 0..<keys, using: &generator))", $0) }
        let stream = RecordingKinesis { _ in random.nextFraction() < 0.2 }
        try await Self.put(records, into: stream)
        #expect(stream.stored.count == records.count)
        let stored = Dictionary(grouping: stream.stored, by: \.partitionKey)
        #expect(stored == Dictionary(grouping: records, by: \.partitionKey), "seed \(seed)")
        #expect(stream.requests.allSatisfy { Set($0.map(\.partitionKey)).count == $0.count }, "seed \(seed)")
    }

    @Test func `fills requests with records of other keys while one key is busy`() async throws {
        let busy = (0..<20).map { Self.record("busy", $0) }
        let others = (0..<1_000).map { Self.record("other \($0)", $0) }
        let stream = RecordingKinesis { _ in false }
        try await Self.put(busy + others, into: stream)
        #expect(stream.requests.prefix(2).map(\.count) == [500, 500])
        #expect(stream.requests.count == 20)
    }

    @Test func `keeps a request within the limits of records and bytes`() async throws {
        let records = (0..<7).map { Self.record("\($0)", $0, size: 1_024 * 1_024 - 2) }
        let large = Self.record("large", 7, size: 6 * 1_024 * 1_024)
        let stream = RecordingKinesis { _ in false }
        try await Self.put(records + [large], into: stream)
        #expect(stream.requests.map(\.count) == [5, 2, 1])
    }

    @Test func `gives up on a record that stays refused, and sends nothing behind it`() async throws {
        let records = (0..<4).map { Self.record("order", $0) } + [Self.record("other", 4)]
        let stream = RecordingKinesis { $0 == records[1] }
        let writer = OrderedRecordWriter(client: stream, streamName: "orders", time: ManualTime())
        let failure = await #expect(throws: OrderedRecordWriter.Failure.self) {
            try await writer.put(records) { _ in }
        }
        #expect(failure?.index == 1)
        #expect(
            failure?.reason == "ProvisionedThroughputExceededException: Rate exceeded, 8 times",
            "\(failure?.reason ?? "")"
        )
        #expect(stream.stored == [records[0], records[4]])
    }
}
