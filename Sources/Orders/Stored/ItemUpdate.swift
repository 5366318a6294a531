internal import JSONText

/// The one conditional write that brings an item from what was read to what it shall be: what to set, what to remove,
/// and what must still be as it was read.
///
/// Attributes that `OrderAttribute` does not name are never touched.
package struct ItemUpdate: Sendable, Equatable {
    /// An attribute and its value.
    package struct Attribute: Sendable, Equatable {
        /// The attribute's name.
        package let name: String
        /// The value that it gets.
        package let value: ItemValue
    }

    /// What an attribute must still be for the write to happen.
    package enum Expectation: Sendable, Equatable {
        /// The value that was read, exactly.
        case equals(ItemValue)
        /// Any value: what was read cannot be compared.
        case exists
        /// No value.
        case isAbsent
    }

    /// An attribute and what is expected of it.
    package struct Condition: Sendable, Equatable {
        /// The attribute's name.
        package let name: String
        /// What is expected of it.
        package let expectation: Expectation
    }

    /// The attributes to set, by name; never the key.
    package let sets: [Attribute]
    /// The names of the attributes to remove.
    package let removes: [String]
    /// What the write depends on, by name: one condition for each attribute that a merge reads, and one for the key, so that a
    /// deleted item is not revived.
    package let conditions: [Condition]

    /// The write that makes `order` of the item `old`, as the item was read.
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

    /// The attributes that follow from others: they need no condition, and are removed when what they follow from has no value
    /// for them.
    private static let derived = [OrderAttribute.amountBand.rawValue, OrderAttribute.emailDomain.rawValue]

    private static func expectation(_ value: ItemValue?) -> Expectation {
        switch value {
        case nil: .isAbsent
        case .some(let value): value.isComparable ? .equals(value) : .exists
        }
    }
}

/// An attribute value as far as stored orders have them; the Orders table turns it into DynamoDB's types and back.
package enum ItemValue: Sendable, Equatable {
    /// DynamoDB's `S`.
    case string(String)
    /// DynamoDB's `N`, as its digits.
    case number(String)
    /// DynamoDB's `M`.
    case map(ItemMembers)
    /// Any other type, as others may have written: nothing is known but that the attribute is there.
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

    /// Whether all of the value is known, so that a condition can name it.
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
        self.digits.flatMap { $0.utf8.allSatisfy { $0.isASCIIDigit } ? $0 : nil }
    }
}
