/// What is added to a row's counters, exactly.
package enum CounterDelta: Sendable, Equatable {
    case revenue(value: Money, count: UInt64)
    /// `units` is wider than one order's quantities, so that no batch of them overflows.
    case product(orderCount: UInt64, units: UInt128, revenue: Money)
    case orders(total: UInt64, successful: UInt64)

    /// An attribute of the row and the number to `ADD` to it, as DynamoDB's number text.
    package struct Attribute: Sendable, Equatable {
        package let name: String
        package let number: String

        package init(_ name: String, _ number: String) {
            self.name = name
            self.number = number
        }
    }

    /// In a fixed order, zeros included, so that a row always has all its counters.
    package var attributes: [Attribute] {
        switch self {
        case .revenue(let value, let count):
            [Attribute("Value", value.text), Attribute("Count", String(count))]
        case .product(let orderCount, let units, let revenue):
            [
                Attribute("OrderCount", String(orderCount)), Attribute("Units", String(units)),
                Attribute("Revenue", revenue.text),
            ]
        case .orders(let total, let successful):
            [Attribute("TotalOrders", String(total)), Attribute("SuccessfulOrders", String(successful))]
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
