/// A pattern that EventBridge Pipes would reject.
package struct PatternError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of mistake it is.
    package enum Code: Sendable, Equatable {
        /// Not a JSON text.
        case malformedJSON
        /// A field, list or operand that is empty, of the wrong type or there twice.
        case malformedPattern
        /// An operator that EventBridge knows and Pipes do not.
        case unsupportedOperator
        /// An operator that nobody knows.
        case unknownOperator
        /// More filters, characters or `$or` combinations than a Pipe may have.
        case limitExceeded
    }

    package let code: Code
    /// Where in the pattern, as `dynamodb.NewImage.amount.N[0].numeric`; empty for the pattern as a whole.
    package let path: String
    /// What is wrong there and what to write instead.
    package let reason: String

    package init(_ code: Code, at path: String, _ reason: String) {
        self.code = code
        self.path = path
        self.reason = reason
    }

    package var description: String {
        self.path.isEmpty ? "pattern: \(self.reason)" : "pattern, at \(self.path): \(self.reason)"
    }
}
