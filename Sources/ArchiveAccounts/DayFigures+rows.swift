package import Orders

extension DayFigures {
    /// The figures as rows of the table.
    package func rows(of day: Day) -> [CounterKey: CounterDelta] {
        var rows: [CounterKey: CounterDelta] = [:]
        for (currency, row) in self.revenue {
            rows[.revenue(day, currency)] = .revenue(value: row.value, count: row.orders)
        }
        for (product, row) in self.products {
            let delta = CounterDelta.product(orderCount: row.orders, units: row.units, revenue: row.revenue)
            rows[.product(day, product.id, product.currency)] = delta
        }
        if self.totalOrders > 0 || self.acceptedOrders > 0 {
            rows[.orders(day)] = .orders(total: self.totalOrders, successful: self.acceptedOrders)
        }
        return rows
    }
}
