import AWSClient
import ArchiveAccounts
import OrderFunctions
import Orders
import OrdersCommand
import Testing

/// Reading an archive of which objects go by age meanwhile, or begin inside one another.
@Suite struct ArchiveFoldTests {
    /// A bucket that has nothing any more of what it has listed.
    private struct EmptiedStore: ArchiveStore {
        let name = "s3://emptied"

        func keys(from first: String?, before last: String?) async throws -> [String] { [] }

        func object(_ key: String) async throws -> StoredObject {
            throw AWSError(code: .noSuchKey, message: "gone", operation: "S3.GetObject")
        }
    }

    private static let old = "orders/dt=2025-08-27/hour=18/shardId-000000000000-1.ndjson.gz"
    private static let new = "orders/dt=2025-08-28/hour=18/shardId-000000000000-9.ndjson.gz"

    private static func read(_ keys: [String]) async throws -> (objects: [String], faults: Int) {
        var files = try EventFiles(folder: nil, purpose: "test")
        let fold = ArchiveFold(
            store: EmptiedStore(),
            decoder: OrderRecordDecoder(),
            mayHaveExpired: { $0 == Self.old }
        )
        let found = try await fold.read(keys, into: &files)
        return (files.objects, found.faults.count)
    }

    @Test func `an object that expired since it was listed is no fault`() async throws {
        let found = try await Self.read([Self.old])
        #expect(found.objects == [Self.old])
        #expect(found.faults == 0)
    }

    @Test func `one that cannot have expired is an error`() async throws {
        await #expect(throws: AWSError.self) { try await Self.read([Self.old, Self.new]) }
    }

    /// A bucket with these lines.
    private struct FilledStore: ArchiveStore {
        let name = "s3://filled"
        let lines: [String: [String]]

        func keys(from first: String?, before last: String?) async throws -> [String] { self.lines.keys.sorted() }

        func object(_ key: String) async throws -> StoredObject {
            var compressor = Gzip.Compressor()
            for line in self.lines[key] ?? [] { compressor.append(Array((line + "\n").utf8)) }
            return StoredObject(body: compressor.finish())
        }
    }

    private static func line(_ number: Int) -> String {
        #"{"format":1,"rules":1,"shardId":"shardId-000000000000","sequenceNumber":"\#(number)","partitionKey":"k","#
            + #""arrivedAt":"2025-08-27T18:08:00.5Z","record":{"MessageId":"m-\#(number)","Type":"OrderCreatedV1","#
            + #""Payload":{"OrderId":"O-\#(number)","TotalAmount":2,"ProductIds":["P"]}},"order":{}}"#
    }

    @Test func `objects with faults are told by their keys`() async throws {
        let store = FilledStore(lines: [Self.old: ["no line"], Self.new: [Self.line(9)]])
        var files = try EventFiles(folder: nil, purpose: "test")
        let fold = ArchiveFold(store: store, decoder: OrderRecordDecoder())
        let found = try await fold.read([Self.old, Self.new], into: &files)
        #expect(Array(found.doubtful.keys) == [Self.old])
    }

    /// What the objects of records 1 to 10 and 6 to 12 add up to, which are of two hours.
    @Test(arguments: [0, 86_400] as [Int64])
    func `what two objects have counts once and is told, in both modes`(lifetime: Int64) async throws {
        let keys = [(18, 1), (19, 6)].map { "orders/dt=2025-08-27/hour=\($0.0)/shardId-000000000000-\($0.1).ndjson.gz" }
        let store = FilledStore(lines: [keys[0]: (1...10).map(Self.line), keys[1]: (6...12).map(Self.line)])
        for order in [keys, keys.reversed()] {
            var files = try EventFiles(folder: nil, purpose: "test")
            let fold = ArchiveFold(store: store, decoder: OrderRecordDecoder())
            let found = try await fold.read(order, into: &files)
            let counters = try await ArchiveFold.counters(of: files, lifetime: lifetime)
            #expect(found.faults.isEmpty)
            #expect(counters.summary.counted == 12 && counters.summary.repetitions == 0)
            let texts = files.texts(ofCopies: counters.summary.copies)
            #expect(texts == ["\(order[1]): 5 events"])
            let total = counters.rows.filter { $0.key.sortKey == "TOTAL" }.values.flatMap(\.attributes).map(\.number)
            #expect(total == ["12", "12"])
        }
    }
}
