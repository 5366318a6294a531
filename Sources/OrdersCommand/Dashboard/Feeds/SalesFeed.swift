internal import AWSClient
package import ArchiveAccounts
internal import Orders
internal import Platform

/// The Analytics table's rows of each day that a page shows.
///
/// Revenue and orders are a few rows and read at each poll; a day's products may be 10,000 rows, and are read as often as
/// `productInterval` says, and no more than a fifth of the time.
package struct SalesFeed: DashboardFeed {
    /// As the page's notes name the feed.
    package static let name = "sales"
    /// Products that are sent, by each ranking.
    private static let best = 10

    private struct Products {
        var figures = DayFigures()
        var next = Duration.zero
    }

    /// How long to wait between two polls.
    package let interval: Duration
    private let productInterval: Duration
    private let reader: AnalyticsReader
    private let time: any TimeSource
    private var products: [Day: Products] = [:]

    init(reader: AnalyticsReader, time: any TimeSource, pace: FeedPace) {
        self.reader = reader
        self.time = time
        self.interval = pace.figures
        self.productInterval = pace.products
    }

    /// Reads the figures of the days that pages look at.
    package mutating func poll(into store: DashboardStore) async throws {
        let days = store.followedDays(today: Day(self.time.now))
        self.products = self.products.filter { days.contains($0.key) }
        for day in days.sorted(by: >) {
            let figures = try await self.reader.figures(of: day, [.orders, .revenue]).withoutTests
            var products = self.products[day] ?? Products()
            if self.time.uptime >= products.next {
                let start = self.time.uptime
                products.figures = try await self.reader.figures(of: day, [.products]).withoutTests
                let end = self.time.uptime
                products.next = end + max(self.productInterval, (end - start) * 4)
                self.products[day] = products
            }
            store.set(day, Self.value(figures, products: products.figures), figures: products.figures)
        }
    }

    /// What the page gets of a day.
    package static func value(_ figures: DayFigures, products: DayFigures) -> DashboardValue {
        var revenue: [ExactText: DashboardValue] = [:]
        for (currency, row) in figures.revenue {
            revenue[ExactText(currency.text)] = ["value": .text(row.value.text), "orders": .count(row.orders)]
        }
        var best: [ExactText: DashboardValue] = [:]
        for (product, sales) in self.best(of: products) {
            best[ExactText("\(product.currency.text) \(product.id.text)")] = self.value(of: product, sales)
        }
        // A row says what is wrong with it by its key. Both figures were read with the day's orders.
        let damagedRows = Set((figures.damagedRows + products.damagedRows).map { ExactText($0) })
        return [
            "orders": [
                "total": .count(figures.totalOrders), "accepted": .count(figures.acceptedOrders),
                "refused": .count(figures.refusedOrders),
            ],
            "revenue": .object(revenue), "products": .object(best), "productCount": .count(products.products.count),
            "damagedRows": .count(damagedRows.count),
        ]
    }

    /// A product's figures.
    static func value(of product: DayFigures.Product, _ sales: DayFigures.Sales) -> DashboardValue {
        [
            "id": .text(product.id.text), "currency": .text(product.currency.text), "orders": .count(sales.orders),
            "units": .count(sales.units), "revenue": .text(sales.revenue.text),
        ]
    }

    /// The best ones by units, by orders, and by revenue in each currency, each product once.
    private static func best(of figures: DayFigures) -> [DayFigures.Product: DayFigures.Sales] {
        let all = Array(figures.products)
        typealias Entry = (key: DayFigures.Product, value: DayFigures.Sales)
        func top(_ entries: [Entry], by isBetter: (Entry, Entry) -> Bool?) -> ArraySlice<Entry> {
            // Equal ones by name, so that the choice does not change from poll to poll.
            entries.sorted { isBetter($0, $1) ?? ($0.key < $1.key) }.prefix(self.best)
        }
        var chosen: [Entry] = []
        chosen += top(all) { $0.value.units == $1.value.units ? nil : $0.value.units > $1.value.units }
        chosen += top(all) { $0.value.orders == $1.value.orders ? nil : $0.value.orders > $1.value.orders }
        for entries in Dictionary(grouping: all, by: { $0.key.currency }).values {
            chosen += top(entries) { $0.value.revenue == $1.value.revenue ? nil : $0.value.revenue > $1.value.revenue }
        }
        return Dictionary(chosen.map { ($0.key, $0.value) }) { first, _ in first }
    }
}
