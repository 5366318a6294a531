internal import JSONText
internal import Yams

extension TemplateValue {
    /// Parses the template's text; `file` is for error messages.
    package init(parsing text: String, file: String) throws {
        self = try TemplateParser.parse(text, file: file)
    }
}

/// Makes a template's values of YAML, aliases (`*name`) included, under limits.
///
/// Yams puts what an alias stands for in its place, so a few lines of anchors in one another make billions of values. It
/// also takes their hashes where they are keys, and their depth has no bound. So it gets the text with another character
/// for `*`: an alias then arrives as a plain scalar, and is resolved here, where values are counted.
private struct TemplateParser {
    /// CloudFormation takes 500 resources and 1 MB of text, in which a value has some ten bytes and more.
    private static let maximumValues = 100_000
    /// Lists and objects in one another, of which a resource of this repository has a dozen.
    private static let maximumDepth = 128

    private static let longForms = [
        "Ref", "Condition", "Fn::And", "Fn::Equals", "Fn::FindInMap", "Fn::GetAtt", "Fn::If", "Fn::Join", "Fn::Not",
        "Fn::Or", "Fn::Select", "Fn::Split", "Fn::Sub",
    ]

    /// A value, and what it costs wherever it is repeated.
    private struct Counted {
        let value: TemplateValue
        let count: Int
        let depth: Int
    }

    private let file: String
    /// Stands for `*`.
    private let asterisk: Unicode.Scalar
    private var anchors: [String: Counted] = [:]
    private var count = 0

    static func parse(_ text: String, file: String) throws -> TemplateValue {
        let privateUse = (0xE000...0xF8FF).lazy.compactMap { Unicode.Scalar($0) }
        guard let asterisk = privateUse.first(where: { !text.unicodeScalars.contains($0) }) else {
            throw ToolError.badUse("\(file): is no template: it has every private character of Unicode")
        }
        var parser = TemplateParser(file: file, asterisk: asterisk)
        // As bytes: a `*` before a combining character is an asterisk to YAML, but none of Swift's characters.
        let parts = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        let withoutAliases = parts.map { String(Substring($0)) }.joined(separator: String(asterisk))
        do {
            // CloudFormation has strings only, so that nothing asks what type a scalar looks like.
            let yaml = try Parser(yaml: withoutAliases, resolver: .basic)
            // Its nodes know their anchors only while it is there.
            return try withExtendedLifetime(yaml) {
                guard let node = try yaml.singleRoot() else { throw ToolError.badUse("\(file): is empty") }
                return try parser.counted(node, level: 1).value
            }
        } catch let error as YamlError {
            throw ToolError.badUse("\(file): not valid YAML: \(parser.restored("\(error)"))")
        }
    }

    private init(file: String, asterisk: Unicode.Scalar) {
        self.file = file
        self.asterisk = asterisk
    }

    private mutating func counted(_ node: Node, level: Int) throws -> Counted {
        let line = node.mark?.line ?? 0
        if let name = try self.alias(node, line: line) {
            guard let anchored = self.anchors[name] else {
                throw self.error("there is no anchor &\(name) before the alias *\(name)", line: line)
            }
            try self.add(anchored.count, level: level + anchored.depth - 1, line: line)
            return anchored
        }
        let before = self.count
        try self.add(1, level: level, line: line)
        var depth = 1
        let kind = try self.kind(of: node) { parser, child in
            let counted = try parser.counted(child, level: level + 1)
            depth = max(depth, counted.depth + 1)
            return counted.value
        }
        let value = Self.value(TemplateValue(kind, line: line), tag: node.tag.rawValue)
        let counted = Counted(value: value, count: self.count - before, depth: depth)
        if let anchor = node.anchor { self.anchors[anchor.rawValue] = counted }
        return counted
    }

    private mutating func add(_ count: Int, level: Int, line: Int) throws {
        self.count += count
        guard self.count <= Self.maximumValues else {
            throw self.error(
                "more than \(Self.maximumValues) values, those included that aliases (*name) repeat: CloudFormation "
                    + "takes no such template; write out what is meant",
                line: line
            )
        }
        guard level <= Self.maximumDepth else {
            throw self.error(
                "more than \(Self.maximumDepth) lists and objects in one another: is this a template of CloudFormation?",
                line: line
            )
        }
    }

    private mutating func kind(
        of node: Node,
        _ value: (inout TemplateParser, Node) throws -> TemplateValue
    ) throws -> TemplateValue.Kind {
        switch node {
        case .scalar(let scalar): return .text(self.restored(scalar.string))
        case .sequence(let sequence): return .list(try sequence.map { try value(&self, $0) })
        case .mapping(let mapping):
            return .members(
                try mapping.map { member in
                    let name = try value(&self, member.key).text ?? ""
                    return TemplateValue.Member(name: name, value: try value(&self, member.value))
                }
            )
        case .alias: return .text("")
        }
    }

    /// The function that a tag or a long form is, else the value as it is.
    private static func value(_ plain: TemplateValue, tag: String) -> TemplateValue {
        if tag.hasPrefix("!"), tag.utf8.count > 1, !tag.hasPrefix("!!") {
            return TemplateValue(.function(String(tag.dropFirst()), plain), line: plain.line)
        }
        guard plain.members.count == 1, let member = plain.members.first, self.longForms.contains(member.name),
            member.name != "Condition" || member.value.text != nil
        else { return plain }
        let name = member.name.hasPrefix("Fn::") ? String(member.name.dropFirst(4)) : member.name
        return TemplateValue(.function(name, member.value), line: plain.line)
    }

    /// The name after the `*`; nil for what is no alias.
    private func alias(_ node: Node, line: Int) throws -> String? {
        guard case .scalar(let scalar) = node, scalar.style == .plain,
            scalar.string.unicodeScalars.first == self.asterisk
        else { return nil }
        let name = String(scalar.string.unicodeScalars.dropFirst())
        let isName =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
        guard isName, node.anchor == nil, !node.tag.rawValue.hasPrefix("!") else {
            throw self.error(
                "not valid YAML: a text that begins with * needs quotes, an alias is *name alone",
                line: line
            )
        }
        return name
    }

    private func restored(_ text: String) -> String {
        guard text.unicodeScalars.contains(self.asterisk) else { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { scalars.append(scalar == self.asterisk ? "*" : scalar) }
        return String(scalars)
    }

    private func error(_ message: String, line: Int) -> ToolError {
        .badUse("\(self.file):\(line): \(message)")
    }
}
