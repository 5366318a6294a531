import AWSClient
import AWSOperations
import EventPatterns
import JSONText
import OrdersCommand
import PipesRunner
import Platform
import Synchronization
import TestSupport
import Testing

/// Both Pipes of the real template over a generated history of the Orders table, against rules written down here
/// without the matcher.
@Suite struct PipesOracleTests {
    /// An item as its writer left it; nil attributes are missing.
    private struct Item: Equatable {
        var status: String?
        /// The status, as others spell it.
        var orderStatus: String?
        var amountBand: String?
        var emailDomain: String?
        var amount = "1"
    }

    private struct Change {
        let number: Int
        let name: String
        let old: Item?
        let new: Item?
        var isExpiry = false

        /// What the filters say, in plain Swift.
        var isForNormal: Bool {
            guard self.name == "INSERT" || self.name == "MODIFY", let new = self.new else { return false }
            guard let band = new.amountBand else { return true }
            if new.orderStatus != nil { return true }
            let status = new.status?.lowercased()
            return (status == "pending" || status == "shipped") && band != "LE100"
                && new.emailDomain != "test.com"
        }

        var isForPremium: Bool {
            guard self.name == "MODIFY", let new = self.new else { return false }
            guard let band = new.amountBand else { return true }
            if new.orderStatus != nil || self.old?.orderStatus != nil { return true }
            return self.old?.status?.lowercased() == "pending" && new.status?.lowercased() == "shipped"
                && band != "LE100"
                && band != "normal-LE1000" && new.emailDomain != "test.com"
        }

        var json: [UInt8] {
            var writer = JSONWriter()
            writer.object {
                $0.member("eventID", "e\(self.number)")
                $0.member("eventName", self.name)
                if self.isExpiry {
                    $0.key("userIdentity")
                    $0.object {
                        $0.member("PrincipalId", "dynamodb.amazonaws.com")
                        $0.member("Type", "Service")
                    }
                }
                $0.key("dynamodb")
                $0.object {
                    $0.member("SequenceNumber", "\(self.number)")
                    if let old = self.old { Self.write(old, "OldImage", to: &$0) }
                    if let new = self.new { Self.write(new, "NewImage", to: &$0) }
                }
            }
            return writer.bytes
        }

        private static func write(_ item: Item, _ name: String, to writer: inout JSONWriter) {
            let attributes = [
                ("status", "S", item.status), ("orderStatus", "S", item.orderStatus),
                ("amountBand", "S", item.amountBand),
                ("emailDomain", "S", item.emailDomain), ("amount", "N", item.amount),
            ]
            writer.key(name)
            writer.object { writer in
                for case (let name, let type, let value?) in attributes {
                    writer.key(name)
                    writer.object { $0.member(type, value) }
                }
            }
        }
    }

    /// Items come, change, go and expire; some writers know nothing of the derived attributes.
    private static func history(seed: UInt64, versions: Int) -> [Change] {
        let random = SeededRandom(seed: seed)
        var generator = random.generator
        var items: [Int: Item] = [:]
        func item() -> Item {
            let isOurs = Int.random(in: 0..<10, using: &generator) > 1
            return Item(
                status: ["pending", "shipped", "shipped", "pending", "new", "Pending", "SHIPPED", nil].randomElement(
                    using: &generator
                )
                    ?? nil,
                orderStatus: Int.random(in: 0..<20, using: &generator) == 0 ? "pending" : nil,
                // Some were written under other thresholds.
                amountBand: isOurs
                    ? ["LE100", "normal-LE1000", "premium-GT1000", "LE50", "normal-LE500"].randomElement(
                        using: &generator
                    )
                    : nil,
                emailDomain: isOurs
                    ? ["example.com", "test.com", "contest.com", "a.test.com", nil].randomElement(using: &generator)
                        ?? nil
                    : nil,
                amount: "\(Int.random(in: 0..<2_000, using: &generator))"
            )
        }
        return (1...versions).map { number in
            let id = Int.random(in: 0..<60, using: &generator)
            let old = items[id]
            if old != nil, Int.random(in: 0..<10, using: &generator) == 0 {
                items[id] = nil
                return Change(number: number, name: "REMOVE", old: old, new: nil, isExpiry: number.isMultiple(of: 2))
            }
            let new = item()
            items[id] = new
            return Change(number: number, name: old == nil ? "INSERT" : "MODIFY", old: old, new: new)
        }
    }

    /// One shard with the whole history, closed at its end.
    private struct Stream: DynamoDBStreamsOperations {
        let changes: [Change]

        func describeStream(
            streamARN: String,
            deadline: UTCInstant?
        ) async throws(AWSError) -> DynamoDBStreamDescription {
            DynamoDBStreamDescription(
                streamStatus: "ENABLED",
                shards: [StreamShard(shardID: "s", endingSequenceNumber: "999999")]
            )
        }

        func getShardIterator(
            streamARN: String,
            shardID: String,
            position: ShardIteratorPosition,
            deadline: UTCInstant?
        ) async throws(AWSError) -> String { "0" }

        func getRecords(
            shardIterator: String,
            limit: Int?,
            deadline: UTCInstant?
        ) async throws(AWSError) -> DynamoDBStreamsRecordsPage {
            let start = Int(shardIterator) ?? 0
            let end = min(self.changes.count, start + 333)
            let records = self.changes[start..<end].map { change in
                DynamoDBStreamsRecord(
                    eventID: "e\(change.number)",
                    sequenceNumber: "\(change.number)",
                    approximateCreationDateTime: nil,
                    json: change.json
                )
            }
            return DynamoDBStreamsRecordsPage(
                records: records,
                nextShardIterator: end == self.changes.count ? nil : "\(end)"
            )
        }
    }

    /// Notes the ids of the records it got.
    private final class Target: PipeTarget {
        private let ids = Mutex<[String]>([])

        var received: [String] { self.ids.withLock { $0 } }

        func invoke(payload: [UInt8]) async -> TargetOutcome {
            guard case .array(let records)? = try? JSONValue(parsing: payload) else { return .failed("no array") }
            for case .object(let record) in records {
                if case .string(let id)? = record["eventID"] { self.ids.withLock { $0.append(id) } }
            }
            return .answered([])
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `each function gets exactly what the rules say, in order`(seed: UInt64) async throws {
        let changes = Self.history(seed: seed, versions: 2_000)
        let expected = [
            "NormalOrdersPipe": changes.filter(\.isForNormal), "PremiumOrdersPipe": changes.filter(\.isForPremium),
        ]
        for pipe in try PipeDefinition.all(in: Fixtures.template()) {
            let stop = StopFlag()
            let time = ManualTime()
            let target = Target()
            let runner = StreamRunner(
                settings: pipe.settings,
                stream: DynamoDBStreamSource(
                    client: Stream(changes: changes),
                    streamARN: pipe.streamARN,
                    filters: pipe.filters,
                    time: time
                ),
                target: target,
                deadLetters: nil,
                time: time,
                stop: stop,
                tell: { if case .shardFinished = $0 { stop.set() } }
            )
            try await runner.run()
            let ids = (expected[pipe.logicalID] ?? []).map { "e\($0.number)" }
            #expect(!ids.isEmpty && ids.count < 2_000)
            #expect(target.received == ids, "\(pipe.logicalID), seed \(seed)")
            let summary = await runner.summary
            #expect(summary.read == 2_000 && summary.filteredOut == 2_000 - ids.count, "seed \(seed)")
        }
    }
}
