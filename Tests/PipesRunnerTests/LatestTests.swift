import EventPatterns
import PipesRunner
import Platform
import Synchronization
import TestSupport
import Testing

/// `LATEST`: whatever fails at the start, what comes after it is delivered, once.
@Suite struct LatestTests {
    enum Service: Sendable, CaseIterable {
        case dynamoDB, kinesis

        /// How long an iterator is good.
        var lifetime: Duration { self == .dynamoDB ? .seconds(15 * 60) : .seconds(5 * 60) }
    }

    /// The numbers delivered, in order, and the shard they came from.
    private static func run(
        _ service: Service,
        arrivals: [UTCInstant],
        outages: [Range<UTCInstant>],
        seed: UInt64
    ) async throws -> (delivered: [Int], shard: GrowingShard) {
        let stop = StopFlag()
        let time = ManualTime(now: .seconds(100_000))
        let shard = GrowingShard(
            time: time,
            arrivals: arrivals,
            lifetime: service.lifetime,
            outages: outages,
            seed: seed
        )
        let target = IdentifierTarget { if $0 == arrivals.count { stop.set() } }
        let stream: any StreamReader =
            switch service {
            case .dynamoDB:
                DynamoDBStreamSource(
                    client: GrowingDynamoDBStream(shard: shard),
                    streamARN: "arn:aws:dynamodb:eu-west-1:1:table/t/stream/x",
                    filters: try FilterCriteria(),
                    time: time
                )
            case .kinesis:
                KinesisStreamSource(
                    client: GrowingKinesisStream(shard: shard),
                    streamARN: "arn:aws:kinesis:eu-west-1:1:stream/s",
                    roleARN: "r",
                    filters: try FilterCriteria(),
                    time: time
                )
            }
        let runner = StreamRunner(
            settings: StreamRunner.Settings(
                position: .latest,
                policy: DeliveryPolicy(partialFailure: .retryFailed, maximumRetries: 1)
            ),
            stream: stream,
            target: target,
            deadLetters: nil,
            time: time,
            stop: stop
        )
        try await runner.run()
        return (target.numbers, shard)
    }

    @Test(arguments: Service.allCases, 1...25 as ClosedRange<UInt64>)
    func `no record is lost or repeated, however long the first reads fail`(
        service: Service,
        seed: UInt64
    ) async throws {
        var random = SeededGenerator(seed: seed)
        var second: Int64 = 98_000
        // Several in one second, some before the start at 100,000; the last long after every outage.
        var arrivals = (0..<150).map { _ in
            second += [0, 0, 1, 5, 60].randomElement(using: &random) ?? 0
            return UTCInstant.seconds(second)
        }
        arrivals.append(.seconds(max(second, 106_000) + 1_000))
        let start = Int64.random(in: 99_990...100_010, using: &random)
        let length = Int64.random(in: 0...3_000, using: &random)
        let outages = [UTCInstant.seconds(start)..<UTCInstant.seconds(start + length)]
        let (delivered, shard) = try await Self.run(service, arrivals: arrivals, outages: outages, seed: seed)
        let context = Comment(rawValue: "seed \(seed)")
        let latest = try #require(shard.latest)
        let first = arrivals.prefix { $0 <= latest }.count + 1
        #expect(delivered == Array((delivered.first ?? 0)...arrivals.count), context)
        #expect(delivered.first ?? .max <= first, context)
        // What is older is at most what a clock may be wrong, and what the hand-moved one jumps meanwhile.
        let oldest = try #require(delivered.first.map { arrivals[$0 - 1] })
        #expect(oldest > latest + (.zero - ShardCursor.clockTolerance - .seconds(30)), context)
        if length < 200 { #expect(delivered.first == first, context) }
    }

    @Test(arguments: Service.allCases)
    func `records of the very second of the start are not lost`(service: Service) async throws {
        // The start is at 100,000; the iterator has expired when reading works again.
        let arrivals: [UTCInstant] = [.seconds(99_000), .seconds(100_001), .seconds(100_001), .seconds(200_000)]
        let outage = UTCInstant.seconds(100_000)..<UTCInstant.seconds(101_000)
        let (delivered, _) = try await Self.run(service, arrivals: arrivals, outages: [outage], seed: 1)
        #expect(delivered == [2, 3, 4])
    }
}

/// Accepts everything and notes the sequence numbers.
private final class IdentifierTarget: PipeTarget {
    private let state = Mutex<[Int]>([])
    private let accepted: @Sendable (Int) -> Void

    init(accepted: @escaping @Sendable (Int) -> Void) {
        self.accepted = accepted
    }

    var numbers: [Int] { self.state.withLock { $0 } }

    func invoke(payload: [UInt8]) async -> TargetOutcome {
        let event = try? JSONValue(parsing: payload)
        guard case .array(let records)? = event else { return .failed("no records") }
        let numbers = records.compactMap(Self.number)
        self.state.withLock { $0 += numbers }
        numbers.forEach(self.accepted)
        return .answered([])
    }

    private static func number(_ record: JSONValue) -> Int? {
        guard case .object(let record) = record, case .string(let id)? = record["eventID"] else { return nil }
        // `s:7` in Kinesis.
        return id.split(separator: ":").last.flatMap { Int($0) }
    }
}
