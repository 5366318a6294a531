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
        let index = isFew ? [:] : self.quantityIndex()
        var seen: Set<Identifier> = []
        var lines: [OrderLine] = []
        lines.reserveCapacity(self.products.count)
        for (position, field) in self.products.enumerated() {
            let id = try field.identifier("$.Payload.ProductIds[\(position)]")
            if isFew ? lines.contains(where: { $0.productID == id }) : !seen.insert(id).inserted { continue }
            let quantity = isFew ? self.lastQuantity(of: id) : index[id]
            let path = "$.Payload.Quantities, of product \(position)"
            lines.append(OrderLine(productID: id, quantity: try quantity?.quantity(path) ?? 1))
        }
        return lines
    }

    private func lastQuantity(of id: Identifier) -> JSONField? {
        self.quantityMembers.last { member in
            member.key.withDecoded { id.text.utf8.elementsEqual($0) }
        }?.field
    }

    private func quantityIndex() -> [Identifier: JSONField] {
        var index: [Identifier: JSONField] = [:]
        for member in self.quantityMembers {
            if let id = Identifier(member.key.string) { index[id] = member.field }
        }
        return index
    }
}
