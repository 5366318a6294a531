import AWSClient
import TestSupport
import Testing

/// A batch's orders are stored in slices, so that memory holds the items of few of them at once.
@Suite struct ArchivedOrdersTests {
    private static let insert = "DynamoDB.BatchExecuteStatement"
    private static let read = "DynamoDB.BatchGetItem"
    private static let update = "DynamoDB.UpdateItem"

    private let fixture: ArchiverFixture

    init() throws {
        self.fixture = try ArchiverFixture()
    }

    /// An order of that number; a later version has another amount.
    private static func record(_ place: Int, order: Int, version: Int = 1) -> StreamedRecord {
        let event = orderEvent("M\(order)", amount: "\(version).00", time: "2025-08-27T18:08:0\(version)Z")
        return StreamedRecord(place, event)
    }

    /// The operations since the last plan, each with how often it follows itself.
    private var requests: [String] {
        var runs: [(operation: String, count: Int)] = []
        for call in self.fixture.faults.calls {
            if let last = runs.last, last.operation == call.operation {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((call.operation, 1))
            }
        }
        return runs.map { "\($0.count) \($0.operation)" }
    }

    /// What a batch asks for, with its checkpoint and its object around what its orders take.
    private static func batch(_ orders: String...) -> [String] {
        ["1 DynamoDB.GetItem"] + orders + ["1 S3.PutObject", "1 DynamoDB.PutItem"]
    }

    private func amount(ofOrder order: Int) -> String? {
        self.fixture.dynamoDB.item(of: "Orders", "O-M\(order)")?["amount"]?.number
    }

    @Test func `a thousand orders are one slice, of which a hundred are read together`() async throws {
        try await self.fixture.deliver((0..<100).map { Self.record($0, order: $0) })
        self.fixture.faults.plan()
        let records = (0..<1_000).map { Self.record(100 + $0, order: $0, version: 2) }
        // An order that is new and has two updates waits for no other slice.
        let again = Self.record(1_100, order: 500, version: 3)
        #expect(try await self.fixture.deliver(records + [again]).isEmpty)
        #expect(self.requests == Self.batch("40 \(Self.insert)", "1 \(Self.read)", "101 \(Self.update)"))
        #expect([0, 99, 100, 500].map { self.amount(ofOrder: $0) } == ["2", "2", "2", "3"])
        #expect(try self.fixture.logs.lastLine()["orders"] == "1001")
    }

    @Test func `more orders than a slice has are begun once the slice before is stored`() async throws {
        let records = (0..<2_100).map { Self.record($0, order: $0) }
        // Of the first slice, though it comes behind all others.
        let again = Self.record(2_100, order: 0, version: 2)
        #expect(try await self.fixture.deliver(records + [again]).isEmpty)
        #expect(self.requests == Self.batch("40 \(Self.insert)", "1 \(Self.update)", "44 \(Self.insert)"))
        #expect(self.fixture.dynamoDB.items(of: "Orders").count == 2_100)
        #expect(self.amount(ofOrder: 0) == "2")
        #expect(try self.fixture.logs.lastLine()["orders"] == "2101")
    }

    @Test func `what is read of stored orders is applied before more is read`() async throws {
        try await self.fixture.deliver((0..<250).map { Self.record($0, order: $0) })
        self.fixture.faults.plan()
        #expect(try await self.fixture.deliver((0..<250).map { Self.record(250 + $0, order: $0, version: 2) }).isEmpty)
        let (read, page) = ("1 \(Self.read)", "100 \(Self.update)")
        #expect(self.requests == Self.batch("10 \(Self.insert)", read, page, read, page, read, "50 \(Self.update)"))
        #expect((0..<250).allSatisfy { self.amount(ofOrder: $0) == "2" })
    }

    @Test func `where a slice fails for now the next is stored all the same, and the batch comes again`() async throws {
        let records = (0..<1_100).map { Self.record($0, order: $0) }
        self.fixture.faults.plan { $0.index == 1 ? .before(.gone($0.operation)) : .none }
        #expect(try await self.fixture.deliver(records) == [records[0].sequenceNumber])
        #expect(self.requests == ["1 DynamoDB.GetItem", "44 \(Self.insert)"])
        #expect(self.fixture.dynamoDB.items(of: "Orders").count == 1_075)
        self.fixture.faults.plan()
        #expect(try await self.fixture.deliver(records).isEmpty)
        #expect(self.fixture.dynamoDB.items(of: "Orders").count == 1_100)
    }
}
