/// A part of a pattern that AWS accepts and that cannot do what its author meant.
package struct PatternWarning: Sendable, Equatable, CustomStringConvertible {
    /// What the part does instead of filtering.
    package enum Effect: String, Sendable {
        case neverMatches = "never matches"
        case alwaysMatches = "always matches"
    }

    package let effect: Effect
    /// The field, as `dynamodb.NewImage.amount.N`.
    package let path: String
    /// Why, and what would work.
    package let reason: String

    package var description: String { "pattern, at \(self.path): \(self.effect.rawValue): \(self.reason)" }
}
