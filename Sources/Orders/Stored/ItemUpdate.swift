/// The one conditional write that brings an item from what was read to what it shall be: what to set, what to remove,
/// and what must still be as it was read.
///
/// Attributes that are none of ours are never touched.
package struct ItemUpdate: Sendable, Equatable {
    /// An attribute and its value.
    package struct Attribute: Sendable, Equatable {
        package let name: String
        package let value: ItemValue
    }

    /// What an attribute must still be for the write to happen.
    package enum Expectation: Sendable, Equatable {
        case equals(ItemValue)
        case exists
        case isAbsent
    }

    /// An attribute and what is expected of it.
    package struct Condition: Sendable, Equatable {
        package let name: String
        package let expectation: Expectation
    }

    /// By name.
    ///
    /// Never the key.
    package let sets: [Attribute]
    package let removes: [String]
    /// By name, one for each attribute that a merge depends on, the key included: a deleted item is not revived.
    package let conditions: [Condition]

    /// `old` is the item as read, `order` what the merge made of it.
    package init(from old: [String: ItemValue], to order: StoredOrder, _ bands: AmountBands) {
        let new = order.item(bands)
        let names = OrderAttribute.allCases.map(\.rawValue).sorted()
        self.sets = names.compactMap { name in
            guard let value = new[name], value != old[name] else { return nil }
            return Attribute(name: name, value: value)
        }
        self.removes = names.filter { new[$0] == nil && old[$0] != nil && Self.derived.contains($0) }
        self.conditions = names.filter { !Self.derived.contains($0) }.map { name in
            Condition(name: name, expectation: Self.expectation(old[name]))
        }
    }

    /// Follow from the others: they need no condition, and go when what they derive from has none.
    private static let derived = [OrderAttribute.amountBand.rawValue, OrderAttribute.emailDomain.rawValue]

    private static func expectation(_ value: ItemValue?) -> Expectation {
        switch value {
        case nil: .isAbsent
        case .some(let value): value.isComparable ? .equals(value) : .exists
        }
    }
}

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
