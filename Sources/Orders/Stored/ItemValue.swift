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

    /// Text is compared byte by byte, as DynamoDB does it: canonically equivalent texts are two values.
    package static func == (left: ItemValue, right: ItemValue) -> Bool {
        switch (left, right) {
        case (.string(let text), .string(let other)), (.number(let text), .number(let other)):
            text.hasBytes(of: other)
        case (.map(let map), .map(let other)): map == other
        case (.other, .other): true
        case (.string, _), (.number, _), (.map, _), (.other, _): false
        }
    }

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

    /// The text of a number; nil for any other type.
    package var digits: String? {
        if case .number(let digits) = self { digits } else { nil }
    }

    /// The digits of a number without sign, fraction and exponent, which stand for an id.
    var integerDigits: String? {
        self.digits.flatMap { $0.utf8.allSatisfy { $0 &- UInt8(ascii: "0") <= 9 } ? $0 : nil }
    }
}
