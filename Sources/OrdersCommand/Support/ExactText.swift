internal import JSONText

/// A text that is another one only where both are the same byte for byte, as DynamoDB and the functions compare ids.
///
/// For dictionaries, sets and comparisons of ids that come from outside and have no type of their own, as `OrderID` is
/// one: `String` takes canonically equivalent texts for the same, such as "é" in one character and in two, so that two
/// orders or products with such ids would be one.
package struct ExactText: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringInterpolation {
    /// The text as it came.
    package let text: String

    /// A text that came from outside.
    package init(_ text: String) {
        self.text = text
    }

    /// A text that is written down in code.
    package init(stringLiteral text: String) {
        self.text = text
    }

    /// Whether the texts are the same byte for byte.
    package static func == (left: ExactText, right: ExactText) -> Bool { left.text.hasBytes(of: right.text) }

    /// The order of the bytes.
    package static func < (left: ExactText, right: ExactText) -> Bool { left.text.precedesInBytes(right.text) }

    /// Feeds the text's bytes to a hasher.
    package func hash(into hasher: inout Hasher) { self.text.hashBytes(into: &hasher) }

    /// The text as it came.
    package var description: String { self.text }
}
