internal import ArchiveAccounts
package import Orders

extension SalesReport {
    /// What the figures are, beside every table of them.
    static let grossNote =
        "Revenue is gross: the orders' amounts as they were sent. Cancellations, returns, tax and shipping are not taken off."

    /// The lines for people.
    package func lines(_ terminal: Terminal) -> [String] {
        let period = self.span.count == 1 ? self.span.first.text : "\(self.span.first) to \(self.span.last)"
        var lines = [terminal.style("Orders of \(period) (UTC)", .bold)]
        guard !self.total.isEmpty else { return lines + ["No orders were counted."] }
        lines.append(
            "\(self.total.totalOrders.grouped) \(self.total.totalOrders == 1 ? "order" : "orders"), \(self.total.acceptedOrders.grouped) accepted, "
                + "\(self.total.refusedOrders.grouped) refused"
        )
        lines += [""] + self.revenueTable.lines(terminal)
        if self.span.count > 1 { lines += [""] + self.dayTable.wrappedLines(terminal, repeating: 1) }
        if !self.products.isEmpty {
            lines += [""] + self.productTable.lines(terminal)
            if let omittedProducts, omittedProducts > 0 {
                lines.append(terminal.style("and \(omittedProducts.grouped) more (--top)", .dim))
            }
        }
        return lines + [""] + Self.wrapped(Self.grossNote, terminal.width ?? 120)
    }

    private var revenueTable: TextTable {
        var table = TextTable([.whole("currency"), .number("orders"), .number("gross revenue")])
        for currency in self.currencies {
            guard let row = self.total.revenue[currency] else { continue }
            table.add([currency.text, row.orders.grouped, row.value.grouped(in: currency)])
        }
        return table
    }

    private var dayTable: TextTable {
        let currencies = self.currencies
        var table = TextTable(
            [.whole("day"), .number("orders"), .number("refused")] + currencies.map { .number($0.text) }
        )
        for (day, figures) in self.days {
            let amounts = currencies.map { figures.revenue[$0]?.value.grouped(in: $0) ?? "–" }
            table.add([day.text, figures.totalOrders.grouped, figures.refusedOrders.grouped] + amounts)
        }
        return table
    }

    private var productTable: TextTable {
        var table = TextTable([
            .text("product"), .whole("currency"), .number("orders"), .number("units"), .number("gross revenue"),
        ])
        for (product, sales) in self.products {
            let revenue = sales.revenue.grouped(in: product.currency)
            table.add([
                product.id.text, product.currency.text, sales.orders.grouped, String(sales.units).grouped, revenue,
            ])
        }
        return table
    }

    /// Words in lines of at most `width` columns.
    static func wrapped(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return lines + [line]
    }
}

extension Money {
    /// For people, exactly: with the currency's digits at least, and thousands apart (`15,420.50`).
    package func grouped(in currency: Currency) -> String {
        let parts = self.text.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        let padding = String(repeating: "0", count: max(0, currency.minorUnitDigits - fraction.utf8.count))
        let whole = String(parts[0]).grouped
        return fraction.isEmpty && padding.isEmpty ? whole : "\(whole).\(fraction)\(padding)"
    }
}

extension BinaryInteger {
    /// With thousands apart.
    var grouped: String { String(self).grouped }
}

extension String {
    /// Decimal digits with thousands apart: `1,234,567`.
    var grouped: String {
        let digits = Array(self)
        return String(
            digits.enumerated().flatMap { index, digit in
                index > 0 && (digits.count - index) % 3 == 0 ? [",", digit] : [digit]
            }
        )
    }
}
