import OrderFunctions
import OrdersCommand
import Synchronization
import Testing

/// Which objects are read for what arrived from an hour on.
@Suite struct ArchiveBorderTests {
    /// Objects by key, with their last records: in their metadata, or as a copy in a folder has them.
    private final class Store: ArchiveStore {
        let name = "s3://bordered"
        private let ends: [String: Int]
        private let isCopy: Bool
        private let asked = Mutex<[String]>([])

        init(_ ends: [String: Int], isCopy: Bool) {
            self.ends = ends
            self.isCopy = isCopy
        }

        var askedKeys: [String] { self.asked.withLock { $0.sorted() } }

        func keys(from first: String?, before last: String?) async throws -> [String] { self.ends.keys.sorted() }

        func object(_ key: String) async throws -> StoredObject {
            self.asked.withLock { $0.append(key) }
            let end = try #require(self.ends[key])
            guard self.isCopy else { return StoredObject(body: [], metadata: ["last-sequence-number": "\(end)"]) }
            guard end > 0 else { return StoredObject(body: Array("no gzip".utf8)) }
            var compressor = Gzip.Compressor()
            for number in [end - 1, end] {
                compressor.append(Array(#"{"sequenceNumber":"\#(number)","partitionKey":"k","record":1}\#n"#.utf8))
            }
            return StoredObject(body: compressor.finish())
        }
    }

    private static func key(_ hour: Int, _ first: Int, shard: Int = 0) -> String {
        "orders/dt=2025-08-27/hour=\(hour)/shardId-00000000000\(shard)-\(first).ndjson.gz"
    }

    /// What was archived late of hours 10 to 13 stands in one object, inside which another begins and ends.
    @Test(arguments: [false, true])
    func `an object inside which another one lies is read with it, by bucket and copy`(isCopy: Bool) async throws {
        let (outer, inner, behind) = (Self.key(10, 1), Self.key(10, 6), Self.key(14, 11))
        let (earlier, alone) = (Self.key(10, 100, shard: 1), Self.key(10, 1, shard: 2))
        let later = Self.key(11, 120, shard: 1)
        let store = Store(
            [outer: 10, inner: 8, behind: 15, earlier: 119, later: 130, alone: 5],
            isCopy: isCopy
        )
        let border = ArchiveBorder(before: "orders/dt=2025-08-27/hour=12/", in: store)
        let keys = try await border.keys(of: store.keys(from: nil, before: nil))
        #expect(keys.sorted() == [outer, inner, behind, later, alone].sorted())
        // What is behind the border is read anyway, and so is the only one before it.
        #expect(store.askedKeys == [outer, inner, earlier, later].sorted())
    }

    @Test func `an object that does not say how far it reaches is read`() async throws {
        let (damaged, inner) = (Self.key(10, 1), Self.key(10, 6))
        let store = Store([damaged: 0, inner: 8], isCopy: true)
        let border = ArchiveBorder(before: "orders/dt=2025-08-28", in: store)
        #expect(try await border.keys(of: [damaged, inner]) == [inner, damaged])
    }

    @Test func `of each of many shards no more than eight objects are asked`() async throws {
        let keys = (0..<5).flatMap { shard in (10..<40).map { Self.key(10, $0, shard: shard) } }
        let store = Store(Dictionary(uniqueKeysWithValues: keys.map { ($0, 9) }), isCopy: false)
        let border = ArchiveBorder(before: "orders/dt=2025-08-28", in: store)
        let found = try await border.keys(of: keys.shuffled())
        #expect(found.sorted() == (0..<5).map { Self.key(10, 39, shard: $0) })
        #expect(store.askedKeys.count == 40)
    }
}
