internal import ArchiveAccounts

/// An hour of the archive from which on it is read, with what of the hours before may reach into it.
///
/// An object is named after its first record. So the last one of a shard before the border may reach beyond it, by many
/// hours where the archiver was stopped; and where that one begins and ends inside another one, that other may.
package struct ArchiveBorder: Sendable {
    /// How many objects of a shard are asked for their last records: one whose checkpoint was lost, and those that its
    /// records were cut into when they came again, which are mostly one or two.
    private static let maximumAsked = 8
    /// Requests at once.
    private static let concurrency = 16

    /// The keys behind the border are not less than this.
    private let first: String
    private let store: any ArchiveStore

    /// The border before the first of these keys: `orders/dt=2025-08-27`, or with its hour.
    package init(before first: String, in store: any ArchiveStore) {
        self.first = first
        self.store = store
    }

    /// Of the keys those behind the border and those before it whose objects may reach beyond it, in no order.
    ///
    /// A shard that has one object before the border costs no request, another one up to eight.
    package func keys(of all: [String]) async throws -> [String] {
        let shards = ArchiveObjectName.last(Self.maximumAsked, before: self.first, in: all)
        let ends = try await self.ends(of: shards.filter { $0.count > 1 }.flatMap { $0 })
        return shards.flatMap { ArchiveObjectName.reachingFurthest($0, ends: ends) } + all.filter { self.first <= $0 }
    }

    /// The numbers of the objects' last records, where anything tells them.
    private func ends(of keys: [String]) async throws -> [String: String] {
        try await withThrowingTaskGroup(of: (String, String?).self) { group in
            var ends: [String: String] = [:]
            var rest = keys[...]
            func begin() {
                guard let key = rest.popFirst() else { return }
                group.addTask { (key, try await self.store.lastSequenceNumber(of: key)) }
            }
            for _ in 0..<Self.concurrency { begin() }
            while let (key, end) = try await group.next() {
                ends[key] = end
                begin()
            }
            return ends
        }
    }
}
