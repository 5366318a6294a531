package import Orders
internal import Synchronization

/// The rows of the Analytics table that this process has added to, by the position that it has left in them.
///
/// Updates of such rows go together, 25 in a request; what is to be done with others is read first (`BatchRows`).
package final class KnownRows: Sendable {
    /// How many rows are remembered, some 100 bytes each; beyond, all are forgotten and learnt anew.
    private let limit: Int
    private let state = Mutex((rows: [String: Set<CounterKey>](), count: 0))

    /// A process that has added to no row yet.
    package init(limit: Int = 50_000) {
        self.limit = limit
    }

    /// The rows that have this position attribute.
    package func rows(with position: String) -> Set<CounterKey> {
        self.state.withLock { $0.rows[position] ?? [] }
    }

    /// Forgets the rows that have this position attribute.
    package func forget(position: String) {
        self.state.withLock { state in
            state.count -= state.rows.removeValue(forKey: position)?.count ?? 0
        }
    }

    /// Remembers rows that have this position attribute.
    package func insert(_ rows: Set<CounterKey>, position: String) {
        if rows.isEmpty { return }
        self.state.withLock { state in
            let before = state.rows[position]?.count ?? 0
            state.rows[position, default: []].formUnion(rows)
            state.count += (state.rows[position]?.count ?? 0) - before
            if state.count > self.limit { state = ([:], 0) }
        }
    }
}
