/// One element of a service's XML answer with what it contains.
///
/// Attributes are checked and forgotten: no service used here puts anything into them.
package struct XMLElement: Sendable, Equatable {
    /// Without namespace prefix.
    package let name: String
    /// The elements directly inside, in their order.
    package var children: [XMLElement] = []
    /// The character data directly inside, entities decoded.
    package var text: String = ""

    /// The document's root element.
    package init(parsing bytes: [UInt8]) throws {
        var parser = XMLParser(bytes: bytes)
        self = try parser.parseDocument()
    }

    init(name: String) {
        self.name = name
    }

    /// The first child of that name.
    package subscript(name: String) -> XMLElement? {
        self.children.first { $0.name == name }
    }

    /// The text of the first child of that name; nil where it is missing or empty.
    package func text(of name: String) -> String? {
        self[name].flatMap { $0.text.isEmpty ? nil : $0.text }
    }

    /// The elements of a list: `<Outputs><member>…</member></Outputs>`.
    package func members(of name: String) -> [XMLElement] {
        self[name]?.children.filter { $0.name == "member" } ?? []
    }
}
