package import ArchiveAccounts
package import Orders

/// Revenue, orders and best-selling products of a span of days: what `orders report` shows, in any of its formats.
///
/// It performs no I/O.
package struct SalesReport: Sendable {
    /// The days that the report is about.
    package let span: DaySpan
    /// In order, those without orders included.
    package let days: [(day: Day, figures: DayFigures)]
    /// The figures of all days.
    package let total: DayFigures
    /// Of each currency, those with the greatest revenue, that first.
    package let products: [(product: DayFigures.Product, sales: DayFigures.Sales)]
    /// How many products the list leaves out; nil where none was asked for, since they are not read then.
    package let omittedProducts: Int?

    /// `top` is the number of products of each currency; nil for all.
    package init(span: DaySpan, days: [(day: Day, figures: DayFigures)], top: Int?) {
        self.span = span
        self.days = days
        var total = DayFigures()
        for day in days { total.add(day.figures) }
        self.total = total
        let byCurrency = Dictionary(grouping: total.products) { $0.key.currency }
        let chosen = Self.currencies(of: total).flatMap { currency in
            (byCurrency[currency] ?? []).sorted(by: Self.sellsBetter).prefix(top ?? Int.max)
        }
        self.products = chosen.map { ($0.key, $0.value) }
        self.omittedProducts = top == 0 ? nil : total.products.count - chosen.count
    }

    /// The currencies, that with the most orders first: amounts of two currencies cannot be compared.
    package var currencies: [Currency] { Self.currencies(of: self.total) }

    private static func currencies(of total: DayFigures) -> [Currency] {
        let all = Set(total.revenue.keys).union(total.products.keys.map(\.currency))
        return all.sorted { left, right in
            let counts = [left, right].map { total.revenue[$0]?.orders ?? 0 }
            return counts[0] == counts[1] ? left < right : counts[0] > counts[1]
        }
    }

    /// By revenue, then by orders, then by id, so that equal figures have one order.
    private static func sellsBetter(
        _ left: (key: DayFigures.Product, value: DayFigures.Sales),
        _ right: (key: DayFigures.Product, value: DayFigures.Sales)
    ) -> Bool {
        if left.value.revenue != right.value.revenue { return left.value.revenue > right.value.revenue }
        if left.value.orders != right.value.orders { return left.value.orders > right.value.orders }
        return left.key < right.key
    }
}
