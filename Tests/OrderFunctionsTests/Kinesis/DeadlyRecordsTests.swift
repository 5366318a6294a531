import AWSClient
import JSONText
import OrderFunctions
import Orders
import Synchronization
import TestSupport
import Testing

/// A record that the process dies of when it is decoded, and deaths of other kinds.
///
/// Nothing that a process does after a request is seen of it once all its later requests come to nothing: so it dies here.
@Suite struct DeadlyRecordsTests {
    private static let records = (0..<4).map { StreamedRecord($0, orderEvent("M\($0)")) }
    /// The requests of a new process before it decodes: it looks for a note, and writes one.
    private static let notes = 2

    private static func die(_ fixture: AggregatorFixture, after request: Int) async throws {
        fixture.faults.cutOff(at: request, after: true)
        _ = try await fixture.deliverToNewProcess(Self.records)
        fixture.faults.plan()
    }

    @Test func `a record that three processes died of is a dead letter, and its shard goes on`() async throws {
        let fixture = try AggregatorFixture()
        for _ in 0..<2 { try await Self.die(fixture, after: Self.notes - 1) }
        // From the third on, there is a note before each record: they die at the third.
        for _ in 0..<3 { try await Self.die(fixture, after: Self.notes + 2) }
        #expect(fixture.rows.isEmpty && fixture.sqs.sent.isEmpty)
        #expect(try await fixture.deliverToNewProcess(Self.records).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "3")
        let letter = try #require(try fixture.deadLetters.first)
        #expect(fixture.sqs.sent.count == 1)
        #expect(letter["sequenceNumber"] == Self.records[2].sequenceNumber)
        #expect(letter["record"] == Base64.encode(Self.records[2].data))
        #expect(letter["reason"]?.contains("died") == true)
        #expect(fixture.logs.text.contains("record not decoded"))
        // Delivered once more, it is not read either.
        #expect(try await fixture.deliverToNewProcess(Self.records).isEmpty)
        #expect(fixture.sqs.sent.count == 1)
    }

    @Test func `a record stays condemned where a later batch begins behind what is done`() async throws {
        let fixture = try AggregatorFixture()
        for _ in 0..<2 { try await Self.die(fixture, after: Self.notes - 1) }
        for _ in 0..<3 { try await Self.die(fixture, after: Self.notes + 2) }
        // The fourth finds it, and ends when the first two records are all that it has noted.
        try await Self.die(fixture, after: Self.notes + 4)
        #expect(fixture.sqs.sent.isEmpty)
        #expect(try await fixture.deliverToNewProcess(Array(Self.records[1...])).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "2")
        #expect(try fixture.deadLetters.map { $0["sequenceNumber"] } == [Self.records[2].sequenceNumber])
        #expect(try await fixture.deliverToNewProcess(Array(Self.records[2...])).isEmpty)
        #expect(fixture.sqs.sent.count == 1)
    }

    @Test func `deaths after the decoding condemn nobody, however many there are`() async throws {
        let fixture = try AggregatorFixture()
        for round in 0..<9 {
            // Before the claims; later behind them, when the four and the note that nothing is being decoded have passed.
            fixture.faults.cutOff(at: round < 2 ? Self.notes : Self.notes + 5, after: round >= 2)
            _ = try await fixture.deliverToNewProcess(Self.records)
            fixture.faults.plan()
        }
        #expect(fixture.claims.count == 4 && fixture.rows.isEmpty)
        #expect(try await fixture.deliverToNewProcess(Self.records).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "4")
        #expect(fixture.sqs.sent.isEmpty)
    }

    @Test func `deaths at one record after another condemn nobody`() async throws {
        let fixture = try AggregatorFixture()
        for _ in 0..<2 { try await Self.die(fixture, after: Self.notes - 1) }
        for round in 0..<8 { try await Self.die(fixture, after: Self.notes + round % 4) }
        #expect(try await fixture.deliverToNewProcess(Self.records).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "4")
        #expect(fixture.sqs.sent.isEmpty)
    }

    @Test func `a process that lives notes nothing, and where notes cannot be written work goes on`() async throws {
        let fixture = try AggregatorFixture()
        try await fixture.deliver(Self.records)
        #expect(fixture.requests["DynamoDB.PutItem"] == 1 && fixture.requests["DynamoDB.GetItem"] == nil)
        let other = try AggregatorFixture()
        let denied = AWSError(code: .accessDenied, message: "no", operation: "DynamoDB.GetItem")
        other.faults.plan { $0.operation == "DynamoDB.GetItem" ? .before(denied) : .none }
        #expect(try await other.deliverToNewProcess(Self.records).isEmpty)
        #expect(other.row("REVENUE#2025-08-27", "USD")?["Count"] == "4")
        #expect(other.logs.text.contains("attempt not noted"))
    }

    @Test func `a suspect batch is done in parts, so that its notes leave time for it`() async throws {
        let fixture = try AggregatorFixture()
        let records = (0..<150).map { StreamedRecord($0, orderEvent("M\($0)")) }
        for _ in 0..<2 {
            fixture.faults.cutOff(at: 1, after: true)
            _ = try await fixture.deliverToNewProcess(records)
        }
        fixture.faults.plan()
        #expect(try await fixture.deliverToNewProcess(records) == [records[100].sequenceNumber])
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "100")
        #expect(try await fixture.deliver(records.dropFirst(100)).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "150")
    }

    @Test func `the archiver keeps such a record as it came, and goes on`() async throws {
        let fixture = try ArchiverFixture()
        func die(after request: Int) async throws {
            fixture.faults.cutOff(at: request, after: true)
            _ = try await fixture.deliverToNewProcess(Self.records)
            fixture.faults.plan()
        }
        for _ in 0..<2 { try await die(after: 1) }
        for _ in 0..<3 { try await die(after: 4) }
        #expect(try await fixture.deliverToNewProcess(Self.records).isEmpty)
        let lines = try fixture.archived
        #expect(lines.count == 4)
        #expect(lines[2]["unparsed"] == Base64.encode(Self.records[2].data))
        #expect(lines[2].order["verdict"] == "refused")
        #expect(fixture.dynamoDB.items(of: "Orders").count == 3)
    }

    /// Records without ids, which are made when they are decoded.
    private static let withoutIDs = (0..<4).map { StreamedRecord($0, #"{"customer_id":"12345","amount":250.00}"#) }
    /// What a third process decodes: each record behind the note that names it, then all when none is noted any more.
    private static let rehearsed = Self.withoutIDs.map { Optional($0.eventID) } + [String?](repeating: nil, count: 4)

    @Test func `the aggregator decodes a suspect batch record by record, each behind its note`() async throws {
        let dead = try AggregatorFixture()
        for _ in 0..<2 {
            dead.faults.cutOff(at: Self.notes - 1, after: true)
            _ = try await dead.deliverToNewProcess(Self.withoutIDs)
        }
        dead.faults.plan()
        let notes = NotesOfDecoding(dead.dynamoDB, of: AnalyticsAggregator.name)
        let living = try AggregatorFixture(sharing: dead, decoder: notes.decoder)
        #expect(try await living.deliverToNewProcess(Self.withoutIDs).isEmpty)
        #expect(notes.seen == Self.rehearsed)
        #expect(living.row("REVENUE#2025-08-27", "USD")?["Count"] == "4")
    }

    @Test func `the archiver decodes a suspect batch record by record, each behind its note`() async throws {
        let dead = try ArchiverFixture()
        for _ in 0..<2 {
            dead.faults.cutOff(at: Self.notes - 1, after: true)
            _ = try await dead.deliverToNewProcess(Self.withoutIDs)
        }
        dead.faults.plan()
        let notes = NotesOfDecoding(dead.dynamoDB, of: OrderArchiver.name)
        let living = try ArchiverFixture(sharing: dead, decoder: notes.decoder)
        #expect(try await living.deliverToNewProcess(Self.withoutIDs).isEmpty)
        #expect(notes.seen == Self.rehearsed)
        #expect(try living.archived.count == 4)
    }
}

/// What the note of a shard says is being decoded, each time that a record without ids is.
private final class NotesOfDecoding: Sendable {
    private let table: InMemoryDynamoDB
    private let function: String
    private let decoding = Mutex<[String?]>([])

    init(_ table: InMemoryDynamoDB, of function: String) {
        self.table = table
        self.function = function
    }

    /// The event id that the note had at each decoding, or nil.
    var seen: [String?] { self.decoding.withLock { $0 } }

    /// Looks at the note where it should make a SHA-1, which it does once for each record without ids.
    var decoder: OrderRecordDecoder {
        OrderRecordDecoder(sha1: { text in
            let note = self.table.item(of: "Checkpoints", "\(self.function)#orders#shardId-000000000000#attempts")
            let id = note?["decoding"]?.string
            self.decoding.withLock { $0.append(id) }
            // The end of the record's event id, which tells it from the others.
            return Array(text.suffix(16)) + [0, 0, 0, 0]
        })
    }
}
