/// What the Analytics table must hold, from what was sent.
struct AnalyticsOracle {
    /// The rows: by partition and sort key, joined by `|`, the values of their counters.
    typealias Rows = [String: [String: Amount]]

    private(set) var rows: Rows = [:]
    /// The records whose dead letters must have been sent, by event id.
    private(set) var dead: [String: SentRecord] = [:]

    init(_ records: [SentRecord]) {
        var counted: [String: Sale.Facts] = [:]
        var identities: Set<String> = []
        for record in records {
            if record.isPoison { self.dead[record.eventID] = record }
            let identity = record.identity
            switch record.meaning {
            case .sale(let sale):
                if sale.messageID != nil {
                    if counted[identity] == nil { counted[identity] = sale.facts }
                    if counted[identity] != sale.facts {
                        // Another order under the id of one that was counted.
                        self.dead[record.eventID] = record
                        continue
                    }
                }
                guard identities.insert(identity).inserted else { continue }
                Self.count(sale, in: &self.rows)
            case .invalidOrder(_, let day):
                guard identities.insert(identity).inserted else { continue }
                Self.countInvalid(day, in: &self.rows)
            case .otherType, .unreadable: continue
            }
        }
    }

    /// What no row may ever exceed: each order of an id that differs from the others counts once.
    ///
    /// An order without a date is of the day on which it arrives. Of its repetitions on other days each may be the one that
    /// counts, since the others may leave the stream before they are delivered.
    static func bounds(_ records: [SentRecord]) -> Rows {
        var rows: Rows = [:]
        var seen: Set<String> = []
        var facts: Set<Sale.Facts> = []
        for record in records {
            switch record.meaning {
            case .sale(let sale):
                let isNew = seen.insert("\(sale.day) \(record.identity)").inserted
                let isOther = sale.messageID != nil && facts.insert(sale.facts).inserted
                if isNew || isOther { Self.count(sale, in: &rows) }
            case .invalidOrder(_, let day):
                guard seen.insert("\(day) \(record.identity)").inserted else { continue }
                Self.countInvalid(day, in: &rows)
            case .otherType, .unreadable: continue
            }
        }
        return rows
    }

    private static func countInvalid(_ day: String, in rows: inout Rows) {
        Self.add("ORDERS#\(day)|TOTAL", ["TotalOrders": Amount(1), "SuccessfulOrders": Amount(0)], to: &rows)
    }

    private static func count(_ sale: Sale, in rows: inout Rows) {
        Self.add("ORDERS#\(sale.day)|TOTAL", ["TotalOrders": Amount(1), "SuccessfulOrders": Amount(1)], to: &rows)
        Self.add("REVENUE#\(sale.day)|\(sale.currency)", ["Value": sale.amount, "Count": Amount(1)], to: &rows)
        if sale.products.isEmpty { return }
        let shares = sale.amount.shares(sale.products.map(\.quantity), currency: sale.currency)
        for (product, share) in zip(sale.products, shares) {
            let key = sale.currency == "USD" ? product.id : product.id + "#" + sale.currency
            Self.add(
                "PRODUCT#\(sale.day)|\(key)",
                ["OrderCount": Amount(1), "Units": Amount(product.quantity), "Revenue": share],
                to: &rows
            )
        }
    }

    private static func add(_ key: String, _ counters: [String: Amount], to rows: inout Rows) {
        for (name, amount) in counters {
            rows[key, default: [:]][name, default: Amount(0)].billionths += amount.billionths
        }
    }
}

extension Amount {
    init(_ count: Int) { self.init(billionths: Int128(count) * 1_000_000_000) }
}
