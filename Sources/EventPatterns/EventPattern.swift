internal import JSONText

/// An event pattern with exactly the operators that EventBridge Pipes support, compiled once and matched often.
///
/// Where the user guide is silent, it does what AWS's open-source matcher, event-ruler, does.
package struct EventPattern: Sendable {
    /// What `Pattern` of a Pipe's filter may have, in characters.
    package static let maximumLength = 4_096

    /// The event matches if any of these does: one for each combination of `$or` alternatives.
    let conjunctions: [PatternNode]

    /// Compiles the text of a filter as it stands in the template.
    package init(parsing text: String) throws(PatternError) {
        let length = text.unicodeScalars.count
        guard length <= Self.maximumLength else {
            throw PatternError(
                .limitExceeded,
                at: "",
                "\(length) characters: a Pipe takes at most \(Self.maximumLength)"
            )
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text.utf8)
        } catch let error as JSONError {
            throw PatternError(.malformedJSON, at: "", "not valid JSON: \(error)")
        } catch {
            throw PatternError(.malformedJSON, at: "", "not valid JSON")
        }
        self.conjunctions = try PatternCompiler(value).conjunctions
    }

    /// Whether the event has every field the pattern asks for.
    package func matches(_ event: JSONValue) -> Bool {
        self.conjunctions.contains { $0.matches(event, in: event) }
    }
}

extension EventPattern {
    /// The outermost fields that the pattern asks for, each once: a source may offer only some to filters.
    package var outermostFields: [String] {
        var names: [String] = []
        for field in self.conjunctions.flatMap(\.fields) where !names.contains(where: { sameBytes($0, field.name) }) {
            names.append(field.name)
        }
        return names
    }
}

/// The filters of a Pipe or an event source mapping: an event passes if it matches any of them, or if there is none.
package struct FilterCriteria: Sendable {
    /// What a Pipe may have, and a mapping without a raised quota.
    package static let maximumFilters = 5

    /// The filters, of which an event has to match one.
    package let patterns: [EventPattern]

    /// No filter: every event passes.
    package static let all = FilterCriteria(unchecked: [])

    private init(unchecked patterns: [EventPattern]) {
        self.patterns = patterns
    }

    /// Throws `PatternError` where there are more filters than a Pipe may have.
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
