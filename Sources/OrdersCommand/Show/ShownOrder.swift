internal import AWSClient
internal import JSONText
internal import Orders

/// One order as `orders show` shows it: its row with the instant that each attribute came from, and its records in the
/// archive.
package struct ShownOrder: Sendable {
    /// The order's row; nil where the table has none.
    package let row: OrderRow?
    /// The order's records in the archive, oldest first.
    package let records: [ArchivedRecord]
    /// The order's id.
    package let id: String

    /// What was found of the order.
    package init(id: String, row: OrderRow?, records: [ArchivedRecord]) {
        self.id = id
        self.row = row
        self.records = records
    }

    /// Whether anything was found of the order.
    package var isFound: Bool { self.row != nil || !self.records.isEmpty }

    /// The lines for people: addresses are masked, and nothing foreign is obeyed by the terminal.
    package func lines(_ terminal: Terminal, bucket: String) -> [String] {
        var lines = [terminal.style("Order \(TerminalText.masked(self.id))", .bold), ""]
        if let row {
            var table = TextTable([.text("attribute"), .text("value"), .text("from the message of")])
            for name in Self.names(of: row) {
                guard let value = row.item[name] else { continue }
                table.add([name, TerminalText.masked(Self.text(of: value)), row.version(of: name) ?? ""])
            }
            lines += table.lines(terminal)
        } else {
            lines.append("It has no row in the Orders table.")
        }
        lines.append("")
        lines.append(
            terminal.style(
                self.records.isEmpty
                    ? "No record of it was found in what was searched of the archive and the stream." : "Archive",
                .bold
            )
        )
        for record in self.records {
            let arrival = TerminalText.escaped(record.arrivedAt ?? "at an unknown time")
            let reason = record.reason.map { ": \($0)" } ?? ""
            lines.append(
                "\(arrival)  \(TerminalText.masked(record.place))  \(TerminalText.masked(record.verdict + reason))"
            )
            lines.append("  " + TerminalText.escaped(record.location(in: bucket)))
        }
        return lines
    }

    /// One object: the row in DynamoDB's own spelling, nothing masked, and the places in the archive.
    package func json(bucket: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("orderId", self.id)
            writer.key("row")
            if let row { AttributeValue.write(row.item, to: &writer) } else { writer.null() }
            writer.key("archive")
            writer.array { writer in
                for record in self.records {
                    writer.object { writer in
                        record.writeLocation(in: bucket, to: &writer)
                        writer.member("place", record.place)
                        writer.member("verdict", record.verdict)
                        if let arrivedAt = record.arrivedAt { writer.member("arrivedAt", arrivedAt) }
                        if let reason = record.reason { writer.member("reason", reason) }
                        if let eventID = record.eventID { writer.member("eventId", eventID.text) }
                    }
                }
            }
        }
        return writer.bytes
    }

    /// Ours in their own order, then those of others by name; the versions stand beside their attributes.
    private static func names(of row: OrderRow) -> [String] {
        let own = OrderAttribute.allCases.map(\.rawValue)
        let foreign = row.item.keys.filter { !own.contains($0) }.sorted()
        return own.filter { $0 != OrderAttribute.versions.rawValue } + foreign
    }

    private static func text(of value: AttributeValue) -> String {
        switch value {
        case .s(let text), .n(let text): return text
        case .bool(let flag): return flag ? "true" : "false"
        case .null: return "null"
        case .b, .l, .m, .ss, .ns, .bs:
            var writer = JSONWriter()
            AttributeValue.write(["": value], to: &writer)
            // Without the braces and the empty name around it.
            return String(decoding: writer.bytes.dropFirst(4).dropLast(), as: UTF8.self)
        }
    }
}
