/// The deltas of many orders, summed per row in memory, so that each row is written once.
package struct CounterSums: Sendable, Equatable {
    private var deltas: [CounterKey: CounterDelta] = [:]

    package init() {}

    /// How many rows are touched.
    package var count: Int { self.deltas.count }

    /// How many rows these would add to those that are touched already.
    package func newRows(in rows: [CounterRow]) -> Int {
        rows.count { self.deltas[$0.key] == nil }
    }

    /// Adds an order's rows, all or none: throws where a sum would have more digits than DynamoDB stores.
    package mutating func add(_ rows: [CounterRow]) throws(OrderError) {
        var added: [CounterDelta] = []
        added.reserveCapacity(rows.count)
        for row in rows { added.append(try self.deltas[row.key]?.adding(row.delta) ?? row.delta) }
        for (row, delta) in zip(rows, added) { self.deltas[row.key] = delta }
    }

    /// The sums in the keys' fixed order.
    package var rows: [CounterRow] {
        self.deltas.map { CounterRow($0.key, $0.value) }.sorted { $0.key < $1.key }
    }
}
