internal import JSONText

/// One value of a DynamoDB item.
///
/// Numbers stay decimal text: at most 38 significant digits, never a `Double`.
package enum AttributeValue: Hashable, Sendable {
    case s(String)
    case n(String)
    case b([UInt8])
    case bool(Bool)
    case null
    case l([AttributeValue])
    case m([String: AttributeValue])
    case ss([String])
    case ns([String])
    case bs([[UInt8]])
}

/// A whole item, a key, or the values of an expression.
package typealias AttributeMap = [String: AttributeValue]

extension AttributeValue {
    /// The text of an `S`.
    package var string: String? {
        if case .s(let text) = self { text } else { nil }
    }

    /// The digits of an `N`.
    package var number: String? {
        if case .n(let digits) = self { digits } else { nil }
    }

    /// The members of an `M`.
    package var map: AttributeMap? {
        if case .m(let members) = self { members } else { nil }
    }
}
