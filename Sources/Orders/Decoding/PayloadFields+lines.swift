internal import JSONText

extension PayloadFields {
    /// Above this many products or quantities, dictionaries pay; below it, comparing bytes is faster.
    private static var few: Int { 16 }

    /// The order's products in order, each once, with their quantities (1 where none is given).
    func lines() throws(OrderError) -> [OrderLine] {
        guard self.productIDs.isAbsent else {
            throw self.productIDs.error(.wrongType, "ProductIds is a list of ids", "$.Payload.ProductIds")
        }
        guard self.quantities.isAbsent else {
            throw self.quantities.error(.wrongType, "Quantities is an object", "$.Payload.Quantities")
        }
        let isFew = self.products.count <= Self.few && self.quantityMembers.count <= Self.few
        return try isFew ? self.fewLines() : self.manyLines()
    }

    private func fewLines() throws(OrderError) -> [OrderLine] {
        var lines: [OrderLine] = []
        lines.reserveCapacity(self.products.count)
        for (position, field) in self.products.enumerated() {
            let id = try field.identifier(Self.path(ofProduct: position))
            guard case .string(let token) = field.value, !self.isListed(token, before: position) else { continue }
            let quantity = self.quantityMembers.last { $0.key.hasBytes(of: token) }?.field
            lines.append(try Self.line(id, quantity, position))
        }
        return lines
    }

    private func manyLines() throws(OrderError) -> [OrderLine] {
        var quantities: [Identifier: JSONField] = [:]
        for member in self.quantityMembers {
            if let id = Identifier(member.key.string) { quantities[id] = member.field }
        }
        var seen: Set<Identifier> = []
        var lines: [OrderLine] = []
        for (position, field) in self.products.enumerated() {
            let id = try field.identifier(Self.path(ofProduct: position))
            if seen.insert(id).inserted { lines.append(try Self.line(id, quantities[id], position)) }
        }
        return lines
    }

    private func isListed(_ product: JSONString, before position: Int) -> Bool {
        self.products[..<position].contains { field in
            guard case .string(let token) = field.value else { return false }
            return token.hasBytes(of: product)
        }
    }

    private static func line(
        _ id: Identifier,
        _ quantity: JSONField?,
        _ position: Int
    ) throws(OrderError) -> OrderLine {
        let quantity = try quantity?.quantity("$.Payload.Quantities, of product \(position)")
        return OrderLine(productID: id, quantity: quantity ?? 1)
    }

    private static func path(ofProduct position: Int) -> String { "$.Payload.ProductIds[\(position)]" }
}
