internal import ArchiveAccounts
internal import JSONText
internal import Orders

extension SalesReport {
    /// The heading of `csvLines`.
    private static let csvHeading = [
        "from", "to", "measure", "currency", "product", "orders", "units", "gross_revenue",
    ]

    /// One row for each measure of each day, and one for each product of the whole span; amounts with all their digits.
    package var csvLines: [String] {
        var rows = [Self.csvHeading]
        for (day, figures) in self.days {
            let dates = [day.text, day.text]
            rows.append(dates + ["orders", "", "", String(figures.totalOrders), "", ""])
            rows.append(dates + ["accepted", "", "", String(figures.acceptedOrders), "", ""])
            rows.append(dates + ["refused", "", "", String(figures.refusedOrders), "", ""])
            for (currency, row) in figures.revenue.sorted(by: { $0.key < $1.key }) {
                rows.append(dates + ["revenue", currency.text, "", String(row.orders), "", row.value.text])
            }
        }
        for (product, sales) in self.products {
            rows.append([
                self.span.first.text, self.span.last.text, "product", product.currency.text, product.id.text,
                String(sales.orders), String(sales.units), sales.revenue.text,
            ])
        }
        return rows.map(CSVText.row)
    }

    /// One object: amounts are decimal text, since a reader of JSON would make floating-point numbers of them.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("from", self.span.first.text)
            writer.member("to", self.span.last.text)
            writer.member("revenueIs", "gross")
            Self.add(self.total, to: &writer)
            writer.key("days")
            writer.array { writer in
                for (day, figures) in self.days {
                    writer.object { writer in
                        writer.member("day", day.text)
                        Self.add(figures, to: &writer)
                    }
                }
            }
            writer.key("products")
            writer.array { writer in
                for (product, sales) in self.products {
                    writer.object { writer in
                        writer.member("product", product.id.text)
                        writer.member("currency", product.currency.text)
                        writer.key("orders")
                        writer.integer(sales.orders)
                        writer.member("units", String(sales.units))
                        writer.member("grossRevenue", sales.revenue.text)
                    }
                }
            }
            if let omittedProducts {
                writer.key("omittedProducts")
                writer.integer(omittedProducts)
            }
        }
        return writer.bytes
    }

    private static func add(_ figures: DayFigures, to writer: inout JSONWriter) {
        for (name, value) in [
            ("orders", figures.totalOrders), ("accepted", figures.acceptedOrders), ("refused", figures.refusedOrders),
        ] {
            writer.key(name)
            writer.integer(value)
        }
        writer.key("revenue")
        writer.array { writer in
            for (currency, row) in figures.revenue.sorted(by: { $0.key < $1.key }) {
                writer.object { writer in
                    writer.member("currency", currency.text)
                    writer.key("orders")
                    writer.integer(row.orders)
                    writer.member("grossRevenue", row.value.text)
                }
            }
        }
    }
}
