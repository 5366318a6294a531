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
