/// A field of one conjunction, with what is asked of its value and of the fields inside it.
///
/// The root has no name.
struct PatternNode: Sendable {
    let name: String
    /// The names from the root to here: `exists: false` is about the whole path.
    let path: [String]
    /// Any of these must match; nil if only fields inside are asked for.
    ///
    /// A field of list type may have both.
    private(set) var matchers: [ValueMatcher]?
    /// All of these must match.
    private(set) var fields: [PatternNode] = []

    init(name: String, path: [String]) {
        self.name = name
        self.path = path
    }

    static let root = PatternNode(name: "", path: [])

    /// This conjunction with one field more; nil if the field is there already.
    func adding(_ matchers: [ValueMatcher], at path: ArraySlice<String>) -> PatternNode? {
        var node = self
        guard let name = path.first else {
            guard node.matchers == nil else { return nil }
            node.matchers = matchers
            return node
        }
        let index = node.fields.firstIndex { sameBytes($0.name, name) }
        let child = index.map { node.fields[$0] } ?? PatternNode(name: name, path: self.path + [name])
        guard let grown = child.adding(matchers, at: path.dropFirst()) else { return nil }
        if let index {
            node.fields[index] = grown
        } else {
            node.fields.append(grown)
        }
        return node
    }

    /// Whether `value` (nil: nothing is there) has what this field asks for.
    ///
    /// `isInList` says that an enclosing list was entered, so that other elements may hold the field that this one
    /// lacks.
    func matches(_ value: JSONValue?, in event: JSONValue, isInList: Bool = false) -> Bool {
        if let matchers, !self.matches(matchers, value, in: event, isInList: isInList) { return false }
        return self.fields.isEmpty || self.fieldsMatch(value, in: event, isInList: isInList)
    }

    private func fieldsMatch(_ value: JSONValue?, in event: JSONValue, isInList: Bool) -> Bool {
        switch value {
        case .object(let object):
            self.fields.allSatisfy { $0.matches(object[$0.name], in: event, isInList: isInList) }
        case .array(let elements):
            // One element has to satisfy all fields. The nil stands for a list without any.
            elements.contains { self.fieldsMatch($0, in: event, isInList: true) }
                || self.fieldsMatch(nil, in: event, isInList: true)
        case .string, .number, .bool, .null, nil:
            self.fields.allSatisfy { $0.matches(nil, in: event, isInList: isInList) }
        }
    }

    private func matches(
        _ matchers: [ValueMatcher],
        _ value: JSONValue?,
        in event: JSONValue,
        isInList: Bool
    ) -> Bool {
        if let value, Self.anyLeaf(of: value, satisfies: { leaf in matchers.contains { $0.matches(leaf) } }) {
            return true
        }
        guard matchers.contains(where: \.isAbsence) else { return false }
        return isInList
            ? !Self.hasLeaf(event, at: self.path[...])
            : !(value.map { Self.anyLeaf(of: $0, satisfies: { _ in true }) } ?? false)
    }

    /// Leaves are scalars and the scalars in lists; what is inside an object has a longer path.
    private static func anyLeaf(of value: JSONValue, satisfies predicate: (JSONValue) -> Bool) -> Bool {
        switch value {
        case .object: false
        case .array(let elements): elements.contains { self.anyLeaf(of: $0, satisfies: predicate) }
        case .string, .number, .bool, .null: predicate(value)
        }
    }

    private static func hasLeaf(_ value: JSONValue, at path: ArraySlice<String>) -> Bool {
        guard let name = path.first else { return self.anyLeaf(of: value, satisfies: { _ in true }) }
        return switch value {
        case .object(let object): object[name].map { self.hasLeaf($0, at: path.dropFirst()) } ?? false
        case .array(let elements): elements.contains { self.hasLeaf($0, at: path) }
        case .string, .number, .bool, .null: false
        }
    }
}

extension ValueMatcher {
    /// `exists: false`, the one entry that a missing field satisfies.
    var isAbsence: Bool {
        if case .exists(false) = self { return true }
        return false
    }
}
