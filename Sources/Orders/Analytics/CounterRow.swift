/// A row of the Analytics table and what is added to it.
package struct CounterRow: Sendable, Equatable {
    package let key: CounterKey
    package internal(set) var delta: CounterDelta

    /// The delta is of the key's kind.
    package init(_ key: CounterKey, _ delta: CounterDelta) {
        self.key = key
        self.delta = delta
    }
}

extension OrderEvent {
    /// What this order adds to the analytics: its revenue row, its orders row and one row for each product.
    package var counterRows: [CounterRow] {
        let day = self.timestamp.day
        var rows: [CounterRow] = []
        rows.reserveCapacity(2 + self.lines.count)
        rows.append(CounterRow(.revenue(day, self.currency), .revenue(value: self.amount, count: 1)))
        rows.append(CounterRow(.orders(day), .orders(total: 1, successful: 1)))
        if self.lines.isEmpty { return rows }
        let shares = self.amount.split(by: self.lines.map(\.quantity), in: self.currency)
        for (line, share) in zip(self.lines, shares) {
            let delta = CounterDelta.product(orderCount: 1, units: UInt128(line.quantity), revenue: share)
            rows.append(CounterRow(.product(day, line.productID, self.currency), delta))
        }
        return rows
    }
}

extension InvalidOrder {
    /// One order in its day's total, not a successful one; nothing for a record that is no order.
    package var counterRows: [CounterRow] {
        self.timestamp.map { [CounterRow(.orders($0.day), .orders(total: 1, successful: 0))] } ?? []
    }
}
