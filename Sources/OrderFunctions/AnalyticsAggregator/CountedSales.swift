internal import LambdaRuntime
internal import Orders

/// What an invocation has added to the counters, for the metrics: approximate, as CloudWatch's numbers are doubles and an
/// invocation that is killed tells nothing.
struct CountedSales {
    private(set) var orders = 0
    private(set) var revenue: [Currency: Money] = [:]

    /// Adds what a row got.
    mutating func add(_ row: CounterRow) {
        guard case .revenue(_, let currency) = row.key, case .revenue(let value, let count) = row.delta else { return }
        self.orders += Int(clamping: count)
        // A sum with more digits than a counter has is none that CloudWatch could tell from another.
        self.revenue[currency] = self.revenue[currency].map { $0.adding(value) ?? $0 } ?? value
    }

    /// Adds what another shard's batch has added.
    mutating func add(_ other: CountedSales) {
        self.orders += other.orders
        self.revenue.merge(other.revenue) { $0.adding($1) ?? $0 }
    }

    /// One line for each currency of ISO 4217, and one for the sum of all that is in none, whose number could be any.
    func emitRevenue(to logger: Logger) {
        var others: Money?
        for (currency, value) in self.revenue.sorted(by: { $0.key < $1.key }) {
            if currency.isListed {
                logger.emit([Metric("Revenue", .none, .decimal(value.text))], dimensions: ["currency": currency.text])
            } else {
                others = others.map { $0.adding(value) ?? $0 } ?? value
            }
        }
        if let others {
            logger.emit([Metric("Revenue", .none, .decimal(others.text))], dimensions: ["currency": "other"])
        }
    }
}
