package import JSONText

/// What turns one value into another, as a JSON merge patch (RFC 7396): only what differs.
package indirect enum DashboardPatch: Sendable, Equatable {
    /// The member is gone: null.
    case removed
    case replaced(DashboardValue)
    /// Both are objects, of which only these members differ.
    case members([ExactText: DashboardPatch])

    /// Nil where both are equal.
    package init?(from old: DashboardValue, to new: DashboardValue) {
        switch (old, new) {
        case (.object(let old), .object(let new)):
            var changes: [ExactText: DashboardPatch] = [:]
            for name in old.keys where new[name] == nil { changes[name] = .removed }
            for (name, value) in new {
                if let before = old[name] {
                    changes[name] = DashboardPatch(from: before, to: value)
                } else {
                    changes[name] = .replaced(value)
                }
            }
            if changes.isEmpty { return nil }
            self = .members(changes)
        case (.text(let old), .text(let new)) where old.hasBytes(of: new):
            return nil
        case (.text, _), (.object, .text):
            self = .replaced(new)
        }
    }

    /// What the page makes of it: nil where nothing is left.
    package func applied(to value: DashboardValue?) -> DashboardValue? {
        switch self {
        case .removed: return nil
        case .replaced(let new): return new
        case .members(let changes):
            var members: [ExactText: DashboardValue] = [:]
            if case .object(let old) = value { members = old }
            for (name, change) in changes { members[name] = change.applied(to: members[name]) }
            return .object(members)
        }
    }

    /// Writes it as JSON, members sorted.
    package func write(to writer: inout JSONWriter) {
        switch self {
        case .removed: writer.null()
        case .replaced(let value): value.write(to: &writer)
        case .members(let changes):
            writer.object { writer in
                for (name, change) in changes.sorted(by: { $0.key < $1.key }) {
                    writer.key(name.text)
                    change.write(to: &writer)
                }
            }
        }
    }
}
