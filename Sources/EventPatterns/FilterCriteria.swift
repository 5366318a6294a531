/// The filters of a Pipe or an event source mapping: an event passes if it matches any of them, or if there is none.
package struct FilterCriteria: Sendable {
    /// What a Pipe may have, and a mapping without a raised quota.
    package static let maximumFilters = 5

    package let patterns: [EventPattern]

    package init(_ patterns: [EventPattern] = []) throws(PatternError) {
        guard patterns.count <= Self.maximumFilters else {
            throw PatternError(
                .limitExceeded,
                at: "",
                "\(patterns.count) filters: there are at most \(Self.maximumFilters)"
            )
        }
        self.patterns = patterns
    }

    /// Whether the event is delivered.
    package func admits(_ event: JSONValue) -> Bool {
        self.patterns.isEmpty || self.patterns.contains { $0.matches(event) }
    }
}
