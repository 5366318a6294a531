/// An event pattern with exactly the operators that EventBridge Pipes support, compiled once and matched often.
package struct EventPattern: Sendable {
    /// What `Pattern` of a Pipe's filter may have, in characters.
    package static let maximumLength = 4_096

    /// The event matches if any of these does.
    let conjunctions: [PatternNode]

    /// Compiles a pattern that is a JSON tree already, without the limit on its length.
    package init(_ pattern: JSONValue) throws(PatternError) {
        self.conjunctions = try PatternCompiler(pattern).conjunctions
    }

    /// Whether the event has every field the pattern asks for.
    package func matches(_ event: JSONValue) -> Bool {
        self.conjunctions.contains { $0.matches(event, in: event) }
    }
}
