package import EventPatterns
package import Orders

/// What one Pipe and its function make of one change: every clause of the filters, then the function's own rule.
package struct PipeExplanation: Sendable {
    /// One of the Pipe's filters.
    package struct Filter: Sendable {
        /// Of each combination of `$or`; a filter without one has one.
        package let conjunctions: [[Clause]]
        /// Nil where a value that decides is not known.
        package let isMet: Bool?
    }

    /// A clause whose outcome may be unknown, since nobody knows the row before the change.
    package struct Clause: Sendable {
        /// The field, what is wanted there and what was found.
        package let clause: EventPattern.Clause
        /// Whether the clause is met; nil where its value is not known.
        package let isMet: Bool?
    }

    /// The Pipe's name in the template.
    package let pipe: String
    /// The change that is explained.
    package let change: TableChange
    /// The Pipe's filters, of which one has to be met.
    package let filters: [Filter]
    /// Whether any filter lets the change through; nil where that is not known.
    package let passes: Bool?
    /// Nil where the Pipe's function is none of the two processors.
    package let rule: RuleExplanation?

    /// What the Pipe and its function make of `change`.
    package init(
        pipe: String,
        filters: FilterCriteria,
        rule: ProcessorRule?,
        rules: OrderRules,
        change: TableChange
    ) {
        self.pipe = pipe
        self.change = change
        self.filters = filters.patterns.map { Filter($0, change) }
        self.passes = change.isAssumed ? Self.any(self.filters.map(\.isMet)) : filters.admits(change.filterInput)
        self.rule = rule.map { RuleExplanation(of: change, by: $0, rules) }
    }

    /// Whether the function gets the change and processes it; nil where that is not known.
    package var isProcessed: Bool? {
        if self.passes == false { return false }
        return switch self.rule?.decision {
        case .process: self.passes
        // Whether the Pipe delivers it or not.
        case .skip, .deadLetter: false
        case .dependsOnOldImage, nil: nil
        }
    }

    /// Whether the function gets the change and can make nothing of it.
    package var isPoison: Bool {
        guard self.passes == true, case .deadLetter = self.rule?.decision else { return false }
        return true
    }

    /// True if one is, false if none can be; an event passes where there is no filter.
    fileprivate static func any(_ values: [Bool?]) -> Bool? {
        if values.isEmpty || values.contains(true) { return true }
        return values.contains(nil) ? nil : false
    }
}

extension PipeExplanation.Filter {
    fileprivate init(_ pattern: EventPattern, _ change: TableChange) {
        self.conjunctions = pattern.clauses(for: change.filterInput).map { clauses in
            clauses.map { clause in
                let isKnown = !change.isAssumed || !(clause.path.contains("OldImage") || clause.path == ["eventName"])
                return PipeExplanation.Clause(clause: clause, isMet: isKnown ? clause.isMet : nil)
            }
        }
        if change.isAssumed {
            self.isMet = PipeExplanation.any(
                self.conjunctions.map { clauses in
                    clauses.contains { $0.isMet == false } ? false : clauses.contains { $0.isMet == nil } ? nil : true
                }
            )
        } else {
            self.isMet = pattern.matches(change.filterInput)
        }
    }
}
