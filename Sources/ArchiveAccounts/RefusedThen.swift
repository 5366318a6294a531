internal import JSONText
internal import OrderFunctions
package import Orders

/// Orders of an archive object that were refused when they were archived, so that the archiver made no row of them, and that
/// are orders by the rules of now.
package enum RefusedThen {
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
            updates.append((number, Self.wasOrder(bytes) ? nil : order.update))
        }
        return updates
    }

    /// Whether `order.verdict` says that the archiver took the record for an order.
    private static func wasOrder(_ line: ArraySlice<UInt8>) -> Bool {
        let verdict = try? JSONReader.read(line, limits: .archiveLine(bytes: line.count)) { reader in
            var verdict: String?
            try reader.readObject { name, reader in
                guard name == "order" else {
                    try reader.skip()
                    return
                }
                try reader.readObject { name, reader in
                    if name == "verdict" { verdict = try reader.readString() } else { try reader.skip() }
                }
            }
            return verdict
        }
        return verdict == "accepted"
    }
}
