internal import EventPatterns

extension ResourceProperties {
    /// `FilterCriteria` of a Pipe's source or a mapping, with the properties of each filter; no filters where it is
    /// missing.
    func filterCriteria() throws -> (criteria: FilterCriteria, filters: [ResourceProperties]) {
        let criteria = try self.properties("FilterCriteria")
        try criteria.refuseAll(but: ["Filters"])
        let filters = try criteria.list("Filters")
        let patterns = try filters.map { filter in
            try filter.refuseAll(but: ["Pattern"])
            do {
                return try EventPattern(parsing: try filter.requiredText("Pattern"))
            } catch let error as PatternError {
                throw filter.error("\(error)", "Pattern")
            }
        }
        do {
            return (try FilterCriteria(patterns), filters)
        } catch {
            throw self.error("\(error)", "FilterCriteria")
        }
    }
}
