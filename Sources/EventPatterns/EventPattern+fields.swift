extension EventPattern {
    /// The outermost fields that the pattern asks for, each once: a source may offer only some to filters.
    package var outermostFields: [String] {
        var names: [String] = []
        for field in self.conjunctions.flatMap(\.fields) where !names.contains(where: { sameBytes($0, field.name) }) {
            names.append(field.name)
        }
        return names
    }
}
