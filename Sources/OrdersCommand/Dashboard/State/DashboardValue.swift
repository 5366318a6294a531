package import JSONText

/// What the page shows, as a tree: objects of objects, and texts at the leaves.
///
/// Amounts and counts are decimal text, so that no reader takes them for floating-point numbers. There is no null, which
/// says in a patch that a member is gone, and there are no lists, which a patch could only send whole.
///
/// Names and texts are compared byte for byte, as the page does: ids of orders and products are among them.
package indirect enum DashboardValue: Sendable, Equatable {
    case text(String)
    case object([ExactText: DashboardValue])

    /// Whether both are the same to the page.
    package static func == (left: DashboardValue, right: DashboardValue) -> Bool {
        switch (left, right) {
        case (.text(let left), .text(let right)): left.hasBytes(of: right)
        case (.object(let left), .object(let right)): left == right
        case (.text, .object), (.object, .text): false
        }
    }

    /// A number as its digits.
    package static func count(_ value: some BinaryInteger) -> DashboardValue { .text(String(value)) }

    /// The member of an object; nil where there is none, or this is a text.
    package subscript(name: String) -> DashboardValue? {
        if case .object(let members) = self { members[ExactText(name)] } else { nil }
    }

    /// Writes it as JSON, members sorted.
    package func write(to writer: inout JSONWriter) {
        switch self {
        case .text(let text): writer.string(text)
        case .object(let members):
            writer.object { writer in
                for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                    writer.key(name.text)
                    value.write(to: &writer)
                }
            }
        }
    }
}

extension DashboardValue: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral {
    /// A text.
    package init(stringLiteral value: String) { self = .text(value) }

    /// An object with the members of a literal.
    package init(dictionaryLiteral elements: (String, DashboardValue)...) {
        self = .object(Dictionary(elements.map { (ExactText($0.0), $0.1) }) { _, last in last })
    }
}
