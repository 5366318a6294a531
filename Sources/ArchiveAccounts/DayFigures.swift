package import AWSClient
package import Orders

/// What the Analytics table says of one day or of several: exact sums.
///
/// It performs no I/O: `AnalyticsReader` gives it the rows.
package struct DayFigures: Sendable, Equatable {
    /// The accepted orders of one currency.
    package struct Revenue: Sendable, Equatable {
        /// The sum of the orders' amounts.
        package fileprivate(set) var value: Money
        /// How many orders the sum has.
        package fileprivate(set) var orders: UInt64
    }

    /// A product in one currency.
    package struct Product: Hashable, Comparable, Sendable {
        /// The product's id.
        package let id: Identifier
        /// The currency that its orders are in.
        package let currency: Currency

        /// A product in a currency.
        package init(id: Identifier, currency: Currency) {
            self.id = id
            self.currency = currency
        }

        /// Whether the left product comes first: by currency, then by id.
        package static func < (left: Product, right: Product) -> Bool {
            (left.currency, left.id) < (right.currency, right.id)
        }
    }

    /// What was sold of a product.
    package struct Sales: Sendable, Equatable {
        /// How many orders have the product.
        package fileprivate(set) var orders: UInt64
        /// How many units were ordered.
        package fileprivate(set) var units: UInt128
        /// The sum of the product's shares of its orders' amounts.
        package fileprivate(set) var revenue: Money
    }

    /// The accepted orders of each currency.
    package private(set) var revenue: [Currency: Revenue] = [:]
    /// What was sold of each product in each currency.
    package private(set) var products: [Product: Sales] = [:]
    /// Every order of the day, valid or not, once.
    package private(set) var totalOrders: UInt64 = 0
    /// Those that are in the revenue.
    package private(set) var acceptedOrders: UInt64 = 0
    /// Rows that were left out, each with what is wrong with it: the sums are too small where there is one.
    package private(set) var damagedRows: [String] = []

    /// The figures of no rows.
    package init() {}

    /// Those that are in no revenue, since they could not be read.
    package var refusedOrders: UInt64 {
        self.totalOrders >= self.acceptedOrders ? self.totalOrders - self.acceptedOrders : 0
    }

    /// Whether nothing was counted.
    package var isEmpty: Bool { self.totalOrders == 0 && self.revenue.isEmpty && self.products.isEmpty }

    /// The figures of a day's items.
    package init(_ items: [AttributeMap]) {
        for item in items { self.add(item) }
    }

    private mutating func add(_ item: AttributeMap) {
        guard let partition = item["PK"]?.string, let sort = item["SK"]?.string else {
            return self.damagedRows.append("an item without its keys")
        }
        let kind = partition.prefix { $0 != "#" }
        let isTaken =
            switch kind {
            case "REVENUE": self.addRevenue(sort[...], item)
            case "ORDERS": self.addOrders(sort[...], item)
            case "PRODUCT": self.addProduct(sort[...], item)
            default: false
            }
        if !isTaken { self.damagedRows.append("\(partition) \(sort): not a row that this version knows") }
    }

    /// Adds the figures of other days.
    package mutating func add(_ other: DayFigures) {
        for (currency, row) in other.revenue { self.add(row, to: currency) }
        for (product, row) in other.products { self.add(row, to: product) }
        self.totalOrders &+= other.totalOrders
        self.acceptedOrders &+= other.acceptedOrders
        self.damagedRows += other.damagedRows
    }

    /// The figures without orders in ISO 4217's currency for tests, which nobody paid: those of `orders doctor --probe`.
    package var withoutTests: DayFigures {
        var figures = self
        figures.products = self.products.filter { $0.key.currency != .test }
        guard let tests = figures.revenue.removeValue(forKey: .test) else { return figures }
        // Each accepted order is in one currency's count and in both of the day's.
        figures.totalOrders -= min(tests.orders, self.totalOrders)
        figures.acceptedOrders -= min(tests.orders, self.acceptedOrders)
        return figures
    }

    private mutating func addRevenue(_ key: Substring, _ item: AttributeMap) -> Bool {
        guard let currency = Self.currency(key), let value = Self.money(item["Value"]),
            let count = Self.count(item["Count"])
        else { return false }
        self.add(Revenue(value: value, orders: count), to: currency)
        return true
    }

    private mutating func addProduct(_ key: Substring, _ item: AttributeMap) -> Bool {
        guard let product = Product(sortKey: key), let orders = Self.count(item["OrderCount"]),
            let units = item["Units"]?.number.flatMap({ UInt128($0) }), let revenue = Self.money(item["Revenue"])
        else { return false }
        self.add(Sales(orders: orders, units: units, revenue: revenue), to: product)
        return true
    }

    private mutating func addOrders(_ key: Substring, _ item: AttributeMap) -> Bool {
        guard key == "TOTAL", let total = Self.count(item["TotalOrders"]),
            let accepted = Self.count(item["SuccessfulOrders"])
        else { return false }
        self.totalOrders &+= total
        self.acceptedOrders &+= accepted
        return true
    }

    private mutating func add(_ row: Revenue, to currency: Currency) {
        guard var sum = self.revenue[currency] else {
            self.revenue[currency] = row
            return
        }
        guard let value = sum.value.adding(row.value) else {
            return self.damagedRows.append("\(currency): a sum of more than DynamoDB's 38 digits")
        }
        sum.value = value
        sum.orders &+= row.orders
        self.revenue[currency] = sum
    }

    private mutating func add(_ row: Sales, to product: Product) {
        guard var sum = self.products[product] else {
            self.products[product] = row
            return
        }
        guard let revenue = sum.revenue.adding(row.revenue) else {
            return self.damagedRows.append("\(product.id): a sum of more than DynamoDB's 38 digits")
        }
        sum.revenue = revenue
        sum.orders &+= row.orders
        sum.units &+= row.units
        self.products[product] = sum
    }

    private static func money(_ value: AttributeValue?) -> Money? {
        value?.number.flatMap { Money($0, integerDigits: Money.sumIntegerDigits) }
    }

    private static func count(_ value: AttributeValue?) -> UInt64? {
        value?.number.flatMap { UInt64($0) }
    }

    /// A row's currency is in capitals; `usd` would be no row of ours.
    fileprivate static func currency(_ text: Substring) -> Currency? {
        Currency(String(text)).flatMap { $0.text == text ? $0 : nil }
    }
}

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

extension CounterKey {
    /// The row as a reader of the table takes it: of an id that ends like a currency, such as `TSHIRT#RED`, the row is that of
    /// `TSHIRT` in `RED`, whose key is the same.
    package var asRead: CounterKey {
        guard case .product(let day, let id, .usd) = self, id.text.utf8.dropLast(3).last == UInt8(ascii: "#"),
            let product = DayFigures.Product(sortKey: id.text[...])
        else { return self }
        return .product(day, product.id, product.currency)
    }
}

extension DayFigures.Product {
    /// `P1`, or `P1#EUR` for a currency other than `USD`.
    fileprivate init?(sortKey: Substring) {
        let suffix = sortKey.utf8.suffix(4)
        if suffix.count == 4, suffix.first == UInt8(ascii: "#"),
            let currency = DayFigures.currency(Substring(suffix.dropFirst())),
            let id = Identifier(String(sortKey[..<suffix.startIndex]))
        {
            self.init(id: id, currency: currency)
        } else {
            guard let id = Identifier(String(sortKey)) else { return nil }
            self.init(id: id, currency: .usd)
        }
    }
}
