/// Attributes of an item in their order, the names apart from the values.
///
/// Items of one kind share their names, which then are told to be the same without comparing them (docs/performance.md).
package struct ItemAttributes: Sendable, Equatable {
    /// The attributes' names.
    package let names: [String]
    /// The value of each.
    package let values: [AttributeValue]

    fileprivate init(names: [String], values: [AttributeValue]) {
        self.names = names
        self.values = values
    }

    /// The attributes, none of them twice.
    package init(_ attributes: [ItemAttribute]) {
        self.init(names: attributes.map(\.name), values: attributes.map(\.value))
    }

    /// The attributes one by one.
    package var list: [ItemAttribute] { zip(self.names, self.values).map { ItemAttribute($0, $1) } }
}

/// Puts the attributes of one item after the other together, and lets items that have the same names in the same order share
/// them.
package struct ItemAttributesBuilder {
    /// Those of the item so far, and behind them what the last item had there.
    private var names: [String] = []
    private var values: [AttributeValue] = []

    /// A builder that has seen no item yet.
    package init() {}

    /// Adds an attribute to the item.
    package mutating func add(_ name: String, _ value: AttributeValue) {
        let place = self.values.count
        if place >= self.names.count || self.names[place] != name {
            self.names.removeLast(self.names.count - place)
            self.names.append(name)
        }
        self.values.append(value)
    }

    /// Ends the item and gives it.
    package mutating func finish() -> ItemAttributes {
        if self.names.count > self.values.count { self.names.removeLast(self.names.count - self.values.count) }
        let item = ItemAttributes(names: self.names, values: self.values)
        self.values = []
        self.values.reserveCapacity(self.names.count)
        return item
    }
}
