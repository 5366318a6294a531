/// An attribute value as far as stored orders have them: what a shell turns into DynamoDB's types and back.
package enum ItemValue: Sendable, Equatable {
    /// `S`.
    case string(String)
    /// `N`, as text.
    case number(String)
    /// `M`.
    case map([String: ItemValue])
    /// Any other type, as others may have written: it is there, and nothing else is known of it.
    case other

    /// Whether all of it is known, so that a condition can name it.
    var isComparable: Bool {
        switch self {
        case .string, .number: true
        case .map(let map): map.values.allSatisfy(\.isComparable)
        case .other: false
        }
    }

    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    var digits: String? {
        if case .number(let digits) = self { digits } else { nil }
    }
}
