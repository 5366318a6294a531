internal import AWSClient
internal import SimulatedAWS

/// What the Orders table must hold: of each attribute the newest message that carries it, whatever came when.
struct OrdersOracle {
    private struct Row {
        var values: [String: (value: OrderFacts.Value, at: Moment)] = [:]
        var created: Moment?
        var updated: Moment?
        /// How many records and messages said something of it.
        var count = 0

        mutating func apply(_ facts: OrderFacts) {
            self.count += 1
            for (name, value) in facts.attributes {
                if let old = self.values[name] {
                    let wins = old.at == facts.at ? old.value.isLess(than: value) : old.at < facts.at
                    guard wins else { continue }
                }
                self.values[name] = (value, facts.at)
            }
            self.created = min(self.created ?? facts.at, facts.at)
            self.updated = max(self.updated ?? facts.at, facts.at)
        }
    }

    private var rows: [String: Row] = [:]

    init(_ facts: [OrderFacts]) {
        for facts in facts { self.rows[facts.orderID, default: Row()].apply(facts) }
    }

    /// Where the table differs, in words.
    ///
    /// Rows of others (`OTHER-…`) are not the oracle's.
    func differences(_ items: [AttributeMap]) -> [String] {
        var found: [String: AttributeMap] = [:]
        var counts: [String: Int] = [:]
        var differences: [String] = []
        for item in items {
            guard case .s(let id)? = item["orderId"], !id.hasPrefix("OTHER-") else { continue }
            // The pipeline makes the ids of orders without one, another for each record: their customers are unique, and the rows of
            // a repetition equal.
            var name = id
            if id.utf8.count == 36, case .s(let user)? = item["userId"] { name = "of " + user }
            found[name] = item
            counts[name, default: 0] += 1
        }
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
            guard let most = self.rows[name]?.count, count > most else { continue }
            differences.append("the \(most) records \(name) have \(count) rows")
        }
        for id in Set(self.rows.keys).union(found.keys).sorted() {
            guard let row = self.rows[id] else {
                differences.append("order \(id) should not be there")
                continue
            }
            guard let item = found[id] else {
                differences.append("order \(id) is missing")
                continue
            }
            differences += Self.differences(id, row, item)
        }
        return differences
    }

    private static func differences(_ id: String, _ row: Row, _ item: AttributeMap) -> [String] {
        var wanted = row.values.mapValues(\.value)
        if wanted["currency"] == nil { wanted["currency"] = .text("USD") }
        if case .number(let amount)? = wanted["amount"] { wanted["amountBand"] = .text(Self.band(amount)) }
        if case .text(let email)? = wanted["customerEmail"] { wanted["emailDomain"] = .text(Self.domain(email)) }
        wanted["format"] = .number(Amount(1))
        var differences: [String] = []
        let times: [String: Moment?] = ["timestamp": row.updated, "createdAt": row.created, "updatedAt": row.updated]
        let versions = item["versions"]?.map ?? [:]
        for name in Set(wanted.keys).union(item.keys).sorted() where name != "orderId" && name != "versions" {
            let value = item[name]
            if let time = times[name] {
                guard value?.string.flatMap({ Moment($0) }) != time else { continue }
                differences.append("order \(id): \(name) is \(Self.words(value))")
                continue
            }
            let have: OrderFacts.Value? =
                switch value {
                case .s(let text): .text(text)
                case .n(let digits): Amount(digits).map { .number($0) }
                case nil where name == "currency": .text("USD")
                default: nil
                }
            if have != wanted[name] {
                let want = wanted[name]?.words ?? "nothing"
                differences.append("order \(id): \(name) is \(Self.words(value)), not \(want)")
            }
        }
        for (name, value) in row.values.sorted(by: { $0.key < $1.key }) {
            // Whether a default has a version is the writer's own business.
            if name == "currency", versions["currency"] == nil { continue }
            if versions[name]?.string.flatMap({ Moment($0) }) != value.at {
                differences.append("order \(id): the version of \(name) is \(Self.words(versions[name]))")
            }
        }
        return differences
    }

    private static func words(_ value: AttributeValue?) -> String { value.map { "\($0)" } ?? "nothing" }

    static func band(_ amount: Amount) -> String {
        if amount > Amount(1_000) { return "premium-GT1000" }
        return amount > Amount(100) ? "normal-LE1000" : "LE100"
    }

    static func domain(_ email: String) -> String { String(email.split(separator: "@").last ?? "").lowercased() }
}
