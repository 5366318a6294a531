/// A row of the Analytics table.
package enum CounterKey: Hashable, Sendable, Comparable {
    /// A day's revenue in a currency.
    case revenue(Day, Currency)
    /// A day's sales of a product in a currency.
    case product(Day, Identifier, Currency)
    /// A day's orders.
    case orders(Day)

    /// `PK`: `REVENUE#2025-08-27`.
    package var partitionKey: String {
        switch self {
        case .revenue(let day, _): "REVENUE#" + day.text
        case .product(let day, _, _): "PRODUCT#" + day.text
        case .orders(let day): "ORDERS#" + day.text
        }
    }

    /// `SK`: a currency, a product's id (with `#EUR` behind it for a currency other than `USD`), or `TOTAL`.
    package var sortKey: String {
        switch self {
        case .revenue(_, let currency): currency.text
        case .product(_, let id, let currency): currency == .usd ? id.text : id.text + "#" + currency.text
        case .orders: "TOTAL"
        }
    }

    /// The day that it is of.
    package var day: Day {
        switch self {
        case .revenue(let day, _), .product(let day, _, _), .orders(let day): day
        }
    }

    /// Whether the rows have one `PK`.
    package func hasPartitionKey(of other: CounterKey) -> Bool {
        switch (self, other) {
        case (.revenue(let day, _), .revenue(let otherDay, _)), (.product(let day, _, _), .product(let otherDay, _, _)),
            (.orders(let day), .orders(let otherDay)):
            day == otherDay
        case (.revenue, _), (.product, _), (.orders, _): false
        }
    }

    /// The row of another day.
    package func on(_ day: Day) -> CounterKey {
        switch self {
        case .revenue(_, let currency): .revenue(day, currency)
        case .product(_, let id, let currency): .product(day, id, currency)
        case .orders: .orders(day)
        }
    }

    /// Whether the rows are one; written out, since one that the compiler makes is called through the conformance.
    package static func == (left: CounterKey, right: CounterKey) -> Bool {
        switch (left, right) {
        case (.product(let day, let id, let currency), .product(let otherDay, let otherID, let otherCurrency)):
            day == otherDay && currency == otherCurrency && id == otherID
        case (.revenue(let day, let currency), .revenue(let otherDay, let otherCurrency)):
            day == otherDay && currency == otherCurrency
        case (.orders(let day), .orders(let other)): day == other
        case (.revenue, _), (.product, _), (.orders, _): false
        }
    }

    /// The one order in which all writers take the rows, since they conflict more where each takes its own.
    package static func < (left: CounterKey, right: CounterKey) -> Bool {
        switch (left, right) {
        case (.orders(let day), .orders(let other)):
            return day < other
        case (.product(let day, let id, let currency), .product(let otherDay, let otherID, let otherCurrency)):
            if day != otherDay { return day < otherDay }
            // Ids are compared once, which for tuples they would be twice.
            let order = id.order(otherID)
            return order != 0 ? order < 0 : currency < otherCurrency
        case (.revenue(let day, let currency), .revenue(let otherDay, let otherCurrency)):
            return (day, currency) < (otherDay, otherCurrency)
        case (.orders, _), (.product, .revenue):
            return true
        case (.product, _), (.revenue, _):
            return false
        }
    }

    /// The places of keys in their order.
    ///
    /// They are sorted by numbers, as far as these tell the keys apart: comparing keys takes ten times as long.
    package static func places(inOrderOf keys: [CounterKey]) -> [Int] {
        var places: [(prefix: UInt128, place: Int)] = []
        places.reserveCapacity(keys.count)
        for place in keys.indices { places.append((keys[place].sortPrefix, place)) }
        // By a closure: `sort()` would look up how keys are compared at each comparison.
        places.sort { left, right in
            if left.prefix != right.prefix { return left.prefix < right.prefix }
            return keys[left.place] < keys[right.place]
        }
        return places.map(\.place)
    }

    /// A number that is less than another row's only where this row stands before that one: the kind, the day, and the first
    /// eleven bytes of a product's id.
    private var sortPrefix: UInt128 {
        switch self {
        case .orders(let day): return Self.sortPrefix(0, day)
        case .product(let day, let id, _): return Self.sortPrefix(1, day) | id.beginning >> 40
        case .revenue(let day, let currency): return Self.sortPrefix(2, day) | UInt128(currency.packed)
        }
    }

    private static func sortPrefix(_ kind: UInt64, _ day: Day) -> UInt128 {
        UInt128(kind << 32 | UInt64(day.number)) << 88
    }

    /// Feeds the day and the currency to a hasher as one number, and a product's id: a batch looks rows up for each of its
    /// records.
    package func hash(into hasher: inout Hasher) {
        switch self {
        case .revenue(let day, let currency):
            hasher.combine(UInt64(day.number) << 32 | UInt64(currency.packed))
        case .product(let day, let id, let currency):
            hasher.combine(UInt64(day.number) << 32 | UInt64(currency.packed))
            id.hash(into: &hasher)
        case .orders(let day):
            hasher.combine(UInt64(day.number) << 32)
        }
    }
}
