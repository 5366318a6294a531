/// A row of the Analytics table and what is added to it.
package struct CounterRow: Sendable, Equatable {
    /// Which row it is.
    package let key: CounterKey
    /// What is added to the row.
    package internal(set) var delta: CounterDelta

    /// A row and what is added to it, which is of the key's kind.
    package init(_ key: CounterKey, _ delta: CounterDelta) {
        self.key = key
        self.delta = delta
    }
}

extension OrderEvent {
    /// What this order adds to the analytics: its revenue row, its orders row and one row for each product.
    package var counterRows: [CounterRow] {
        var rows: [CounterRow] = []
        rows.reserveCapacity(2 + self.lines.count)
        self.forEachCounterRow { key, delta in rows.append(CounterRow(key, delta)) }
        return rows
    }

    /// Hands each of `counterRows` to `body`, for who keeps none of them.
    package func forEachCounterRow(_ body: (CounterKey, CounterDelta) -> Void) {
        let day = self.timestamp.day
        body(.revenue(day, self.currency), .revenue(value: self.amount, count: 1))
        body(.orders(day), .orders(total: 1, successful: 1))
        if self.lines.isEmpty { return }
        var weights: UInt128 = 0
        for line in self.lines { weights += UInt128(line.quantity) }
        var split = MoneySplit(self.amount, in: self.currency, weights: weights)
        for line in self.lines { split.count(line.quantity) }
        for line in self.lines {
            let share = split.share(of: line.quantity)
            let delta = CounterDelta.product(orderCount: 1, units: UInt128(line.quantity), revenue: share)
            body(.product(day, line.productID, self.currency), delta)
        }
    }
}

extension InvalidOrder {
    /// One order in its day's total, not a successful one; nothing for a record that is no order.
    package var counterRows: [CounterRow] {
        self.timestamp.map { [CounterRow(.orders($0.day), .orders(total: 1, successful: 0))] } ?? []
    }
}

/// What is added to a row's counters, exactly.
package enum CounterDelta: Sendable, Equatable {
    case revenue(value: Money, count: UInt64)
    /// `units` is wider than one order's quantities, so that no batch of them overflows.
    case product(orderCount: UInt64, units: UInt128, revenue: Money)
    case orders(total: UInt64, successful: UInt64)

    /// An attribute of the row and the number to `ADD` to it, as DynamoDB's number text.
    package struct Attribute: Sendable, Equatable {
        /// The attribute.
        package let name: String
        /// What is added, in DynamoDB's notation.
        package let number: String

        /// An attribute and what is added to it.
        package init(_ name: String, _ number: String) {
            self.name = name
            self.number = number
        }
    }

    /// The attributes in a fixed order, zeros included, so that a row always has all its counters.
    package var attributes: [Attribute] {
        var attributes: [Attribute] = []
        let names = self.names
        self.forEachNumber { attributes.append(Attribute(names[attributes.count], $0)) }
        return attributes
    }

    private static let revenueNames = ["Value", "Count"]
    private static let productNames = ["OrderCount", "Units", "Revenue"]
    private static let ordersNames = ["TotalOrders", "SuccessfulOrders"]

    /// The names of `attributes`.
    package var names: [String] {
        switch self {
        case .revenue: Self.revenueNames
        case .product: Self.productNames
        case .orders: Self.ordersNames
        }
    }

    /// Hands the numbers of `attributes` to `body`.
    package func forEachNumber(_ body: (String) -> Void) {
        switch self {
        case .revenue(let value, let count):
            body(value.text)
            body(String(count))
        case .product(let orderCount, let units, let revenue):
            body(String(orderCount))
            body(UInt64(exactly: units).map { String($0) } ?? String(units))
            body(revenue.text)
        case .orders(let total, let successful):
            body(String(total))
            body(String(successful))
        }
    }

    /// The sum of two deltas of one row; throws where it has more digits than DynamoDB stores.
    package func adding(_ other: CounterDelta) throws(OrderError) -> CounterDelta {
        switch (self, other) {
        case (.revenue(let value, let count), .revenue(let otherValue, let otherCount)):
            return .revenue(value: try Self.sum(value, otherValue), count: count + otherCount)
        case (.product(let orders, let units, let revenue), .product(let others, let otherUnits, let otherRevenue)):
            let sum = try Self.sum(revenue, otherRevenue)
            return .product(orderCount: orders + others, units: units + otherUnits, revenue: sum)
        case (.orders(let total, let successful), .orders(let otherTotal, let otherSuccessful)):
            return .orders(total: total + otherTotal, successful: successful + otherSuccessful)
        case (.revenue, _), (.product, _), (.orders, _):
            preconditionFailure("a row's deltas are of its own kind: rows are made with their keys")
        }
    }

    private static func sum(_ left: Money, _ right: Money) throws(OrderError) -> Money {
        guard let sum = left.adding(right) else {
            throw OrderError(.sumTooLarge, "a sum has more than DynamoDB's 38 digits", path: "Revenue")
        }
        return sum
    }
}
