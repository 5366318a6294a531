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
        /// The member's name.
        package let name: String
        /// The value behind the name.
        package let value: TemplateValue
    }

    /// What kind of value it is, with its contents.
    package let kind: Kind
    /// Line in the file, from 1.
    package let line: Int

    /// A value that stands on that line.
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
