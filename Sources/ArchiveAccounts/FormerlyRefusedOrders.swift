package import Orders

/// Orders of an archive object that were refused when they were archived, so that the archiver made no row of them, and that
/// are orders by the rules of now.
package enum FormerlyRefusedOrders {
    /// What the orders of those lines, from 1, are stored as; of a line that was an order already then nil.
    ///
    /// A row of such an order that is missing was deleted by somebody. Lines that are no orders now are left out.
    package static func updates(
        in gzip: [UInt8],
        lines: Set<Int>,
        _ decoder: OrderRecordDecoder
    ) throws -> [(line: Int, update: OrderUpdate?)] {
        var updates: [(line: Int, update: OrderUpdate?)] = []
        var number = 0
        try GzipLines.forEach(in: gzip) { bytes in
            number += 1
            guard lines.contains(number), var line = try? ArchiveLine(bytes, decoder),
                case .order(let order) = line.order(decoder)
            else { return }
            // What the archiver took for an order has had its row.
            let verdict = try? ArchiveLine.orderMember("verdict", of: bytes)
            updates.append((number, verdict == "accepted" ? nil : order.update))
        }
        return updates
    }
}
