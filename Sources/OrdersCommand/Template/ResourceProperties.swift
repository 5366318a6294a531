/// Typed reading of one resource's properties; every error names the resource, the property and its line.
package struct ResourceProperties: Sendable {
    private let template: Template
    private let value: TemplateValue
    /// `NormalOrdersPipe.SourceParameters`.
    private let path: String

    /// The properties in `value`, which stand at `path` of the template.
    package init(template: Template, value: TemplateValue, path: String) {
        self.template = template
        self.value = value
        self.path = path
    }

    /// Line of the template, for errors about the whole.
    package var line: Int { self.value.line }

    /// Whether the property is there and has a value.
    package func has(_ name: String) throws -> Bool {
        try self.find(name) != nil
    }

    /// The property's own properties; empty ones where it is missing.
    package func properties(_ name: String) throws -> ResourceProperties {
        ResourceProperties(
            template: self.template,
            value: try self.find(name) ?? TemplateValue(.members([]), line: self.value.line),
            path: "\(self.path).\(name)"
        )
    }

    /// The property's text, its functions evaluated; nil where the property is missing.
    package func text(_ name: String) throws -> String? {
        try self.find(name).map(self.template.text)
    }

    /// The property's text; throws where the property is missing.
    package func requiredText(_ name: String) throws -> String {
        guard let text = try self.text(name) else { throw self.error("is missing", name) }
        return text
    }

    /// A whole number of the range; nil where the property is missing.
    package func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = try self.text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw self.error("must be a whole number from \(range.lowerBound) to \(range.upperBound)", name)
        }
        return number
    }

    /// A truth value; nil where the property is missing.
    package func bool(_ name: String) throws -> Bool? {
        guard let text = try self.text(name) else { return nil }
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default: throw self.error("must be true or false", name)
        }
    }

    /// One of AWS's names.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        _ type: Choice.Type
    ) throws -> Choice? where Choice.RawValue == String {
        guard let text = try self.text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw self.error("must be one of \(type.allCases.map(\.rawValue).joined(separator: ", "))", name)
        }
        return choice
    }

    /// The elements of a list of objects; none where the property is missing.
    package func list(_ name: String) throws -> [ResourceProperties] {
        guard let value = try self.find(name) else { return [] }
        guard case .list(let elements) = value.kind else { throw self.error("must be a list", name) }
        // Elements that CloudFormation drops leave no gap in its numbering.
        return try elements.compactMap { try self.follow($0, name) }.enumerated().map { index, element in
            ResourceProperties(template: self.template, value: element, path: "\(self.path).\(name)[\(index)]")
        }
    }

    /// The texts of a list; none where the property is missing.
    package func texts(_ name: String) throws -> [String] {
        guard let value = try self.find(name), let resolved = try self.template.resolve(value) else { return [] }
        guard case .list(let elements) = resolved else { throw self.error("must be a list", name) }
        return elements.compactMap { element in
            guard case .text(let text) = element else { return nil }
            return text
        }
    }

    /// The members of an object of texts; none where the property is missing.
    package func texts(of name: String) throws -> [String: String] {
        guard let value = try self.find(name) else { return [:] }
        return try value.members.reduce(into: [:]) { texts, member in
            guard let value = try self.follow(member.value, name) else { return }
            texts[member.name] = try self.template.text(value)
        }
    }

    /// Every text in these properties by its path, as `DestinationConfig.OnFailure.Destination`; lists by numbers.
    package func settings(_ names: [String]) throws -> [String: String] {
        var settings: [String: String] = [:]
        for name in names {
            guard let value = try self.find(name), let resolved = try self.template.resolve(value) else { continue }
            Self.add(resolved, at: name, to: &settings)
        }
        return settings
    }

    private static func add(_ value: ResolvedValue, at path: String, to settings: inout [String: String]) {
        switch value {
        case .text(let text): settings[path] = text
        case .list(let elements):
            for (index, element) in elements.enumerated() { self.add(element, at: "\(path)[\(index)]", to: &settings) }
        case .members(let members):
            for (name, member) in members { self.add(member, at: "\(path).\(name)", to: &settings) }
        }
    }

    /// Refuses properties that this tool cannot carry out: it must never do less than AWS in silence.
    package func refuse(_ names: [String]) throws {
        for name in names where try self.has(name) {
            throw self.error("is not supported locally", name)
        }
    }

    /// Refuses every other property, as AWS does: a misspelt one would have no effect in silence.
    package func refuseAll(but names: [String]) throws {
        for member in self.value.members where !names.contains(member.name) {
            throw self.error("is unknown: there are \(names.joined(separator: ", "))", member.name)
        }
    }

    /// An error about a property, or about the whole.
    package func error(_ message: String, _ name: String? = nil) -> ToolError {
        let place = name.map { "\(self.path).\($0)" } ?? self.path
        let line = name.flatMap { self.value[$0]?.line } ?? self.value.line
        return self.template.error("\(place) \(message)", line: line)
    }

    /// The value of a property with `!If` followed; nil if it is missing or `AWS::NoValue`.
    private func find(_ name: String) throws -> TemplateValue? {
        try self.value[name].flatMap { try self.follow($0, name) }
    }

    /// The value that `!If` chooses, in the property `name` or the whole of it; nil for `AWS::NoValue`, which CloudFormation
    /// drops from an object as well as from a list.
    private func follow(_ value: TemplateValue, _ name: String) throws -> TemplateValue? {
        var found = value
        while case .function("If", let argument) = found.kind {
            guard case .list(let parts) = argument.kind, parts.count == 3, let condition = parts[0].text else {
                throw self.error("!If needs a condition and two values", name)
            }
            found = try self.template.holds(condition, line: found.line) ? parts[1] : parts[2]
        }
        if case .function("Ref", let argument) = found.kind, argument.text == "AWS::NoValue" { return nil }
        return found
    }
}
