/// The members of an attribute that is a map, in the order of their names, as they are written.
///
/// Two arrays: nobody looks for more than a few of an order's members, and a dictionary hashes each name (docs/performance.md).
package struct ItemMembers: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// The names, ascending.
    package private(set) var names: [String] = []
    /// The value of each.
    package private(set) var values: [ItemValue] = []

    /// No members, with room for some.
    init(reservingCapacity capacity: Int) {
        self.names.reserveCapacity(capacity)
        self.values.reserveCapacity(capacity)
    }

    /// Members whose names ascend.
    package init(names: [String], values: [ItemValue]) {
        self.names = names
        self.values = values
    }

    /// Members in any order, each once.
    package init(dictionaryLiteral members: (String, ItemValue)...) {
        for (name, value) in members.sorted(by: { $0.0 < $1.0 }) { self.append(name, value) }
    }

    /// Adds a member, whose name comes behind those that are there.
    mutating func append(_ name: String, _ value: ItemValue) {
        assert(self.names.last.map { $0 < name } ?? true, "members are written in the order of their names")
        self.names.append(name)
        self.values.append(value)
    }

    /// The value of a member; nil where there is none of that name.
    package subscript(name: String) -> ItemValue? { self.names.firstIndex(of: name).map { self.values[$0] } }
}
