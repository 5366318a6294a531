import AWSClient
import ArchiveAccounts
import OrderFunctions
import Orders
import OrdersCommand
import Testing

/// Reading an archive out of which objects go by age meanwhile.
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
}
