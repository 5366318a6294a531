/// The members of an `M`, in the order of their names, as they are written.
package struct AttributeMembers: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// The names, ascending.
    package let names: [String]
    /// The value of each.
    package let values: [AttributeValue]

    /// Members whose names ascend.
    package init(names: [String], values: [AttributeValue]) {
        self.names = names
        self.values = values
    }

    /// The members of a map.
    package init(_ map: AttributeMap) {
        let members = map.sorted { $0.key < $1.key }
        self.init(names: members.map(\.key), values: members.map(\.value))
    }

    /// Members in any order, each once.
    package init(dictionaryLiteral members: (String, AttributeValue)...) {
        self.init(AttributeMap(uniqueKeysWithValues: members))
    }

    /// The members by their names.
    package var map: AttributeMap { AttributeMap(uniqueKeysWithValues: zip(self.names, self.values)) }
}
