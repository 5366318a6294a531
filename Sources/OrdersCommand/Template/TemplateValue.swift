internal import Yams

/// A value of the template as written: intrinsic functions are not evaluated yet.
package struct TemplateValue: Sendable, Equatable {
    /// What kind of value it is.
    package indirect enum Kind: Sendable, Equatable {
        /// Any scalar as its text: CloudFormation itself has strings only.
        case text(String)
        case list([TemplateValue])
        /// In the order of the file.
        case members([Member])
        /// `!Ref Name` or `{ Ref: Name }`; the name without `Fn::`.
        case function(String, TemplateValue)
    }

    /// One `name: value`.
    package struct Member: Sendable, Equatable {
        package let name: String
        package let value: TemplateValue
    }

    package let kind: Kind
    /// Line in the file, from 1.
    package let line: Int

    package init(_ kind: Kind, line: Int) {
        self.kind = kind
        self.line = line
    }

    /// The value of a member; nil if there is none, or no members at all.
    package subscript(name: String) -> TemplateValue? {
        guard case .members(let members) = self.kind else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The members, of which a value of another kind has none.
    package var members: [Member] {
        guard case .members(let members) = self.kind else { return [] }
        return members
    }

    /// The text of a plain scalar.
    package var text: String? {
        guard case .text(let text) = self.kind else { return nil }
        return text
    }
}

extension TemplateValue {
    private static let longForms = [
        "Ref", "Condition", "Fn::And", "Fn::Equals", "Fn::FindInMap", "Fn::GetAtt", "Fn::If", "Fn::Join", "Fn::Not",
        "Fn::Or", "Fn::Select", "Fn::Split", "Fn::Sub",
    ]

    /// Parses the template's text; `file` is for error messages.
    package init(parsing text: String, file: String) throws {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw ToolError.badUse("\(file): not valid YAML: \(error)")
        }
        guard let node else { throw ToolError.badUse("\(file): is empty") }
        self.init(node)
    }

    private init(_ node: Node) {
        let line = node.mark?.line ?? 0
        let tag = node.tag.rawValue
        let plain = TemplateValue(Self.kind(of: node), line: line)
        if tag.hasPrefix("!"), tag.utf8.count > 1, !tag.hasPrefix("!!") {
            self.init(.function(String(tag.dropFirst()), plain), line: line)
        } else if plain.members.count == 1, let member = plain.members.first, Self.longForms.contains(member.name),
            member.name != "Condition" || member.value.text != nil
        {
            let name = member.name.hasPrefix("Fn::") ? String(member.name.dropFirst(4)) : member.name
            self.init(.function(name, member.value), line: line)
        } else {
            self = plain
        }
    }

    private static func kind(of node: Node) -> Kind {
        switch node {
        case .scalar(let scalar): .text(scalar.string)
        case .sequence(let sequence): .list(sequence.map { TemplateValue($0) })
        case .mapping(let mapping):
            .members(mapping.map { Member(name: $0.key.string ?? "", value: TemplateValue($0.value)) })
        case .alias: .text("")
        }
    }
}
