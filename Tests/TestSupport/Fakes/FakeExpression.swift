internal import AWSClient

/// A condition: `attribute_exists(a)`, `attribute_not_exists(a)`, `a = :b` and, of texts, `a < :b`, joined by `AND` and `OR`,
/// and such in parentheses.
struct FakeExpression {
    private let text: String
    private let attributes: ExpressionAttributes

    init(_ text: String, _ attributes: ExpressionAttributes) {
        self.text = text
        self.attributes = attributes
    }

    /// Throws for what this fake does not know, so that a test cannot pass by a condition that was ignored.
    func holds(for item: AttributeMap) throws -> Bool {
        try self.holds(self.text[...], item)
    }

    private func holds(_ text: Substring, _ item: AttributeMap) throws -> Bool {
        try Self.parts(of: text, between: " OR ").contains { alternative in
            try Self.parts(of: alternative, between: " AND ").allSatisfy { part in
                let term = part.trimmed
                guard term.hasPrefix("("), term.hasSuffix(")") else { return try self.termHolds(term, item) }
                return try self.holds(term.dropFirst().dropLast(), item)
            }
        }
    }

    /// The parts between a word that stands in no parentheses.
    private static func parts(of text: Substring, between word: String) -> [Substring] {
        var parts: [Substring] = []
        var (start, depth) = (text.startIndex, 0)
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" { depth -= 1 }
            guard depth == 0, index >= start, text[index...].hasPrefix(word) else { continue }
            parts.append(text[start..<index])
            start = text.index(index, offsetBy: word.count)
        }
        return parts + [text[start...]]
    }

    private func termHolds(_ term: String, _ item: AttributeMap) throws -> Bool {
        for (function, expected) in [("attribute_exists", true), ("attribute_not_exists", false)] {
            guard term.hasPrefix(function + "("), term.hasSuffix(")") else { continue }
            let path = String(term.dropFirst(function.count + 1).dropLast()).trimmed
            return (item[try self.attributes.name(path)] != nil) == expected
        }
        if case let sides = term.split(separator: "<").map(\.trimmed), sides.count == 2 {
            guard case .s(let text)? = item[try self.attributes.name(sides[0])],
                case .s(let bound) = try self.attributes.value(sides[1])
            else { return false }
            return text.utf8.lexicographicallyPrecedes(bound.utf8)
        }
        let sides = term.split(separator: "=").map(\.trimmed)
        guard sides.count == 2 else { throw FakeTable.Failure.validation("unknown condition: \(term)") }
        guard let value = item[try self.attributes.name(sides[0])] else { return false }
        return FakeDecimal.equals(value, try self.attributes.value(sides[1]))
    }
}

/// An update: `SET a = :b, …`, `REMOVE a, …`, `ADD a :b, …`.
struct FakeUpdate {
    private let text: String
    private let attributes: ExpressionAttributes

    init(_ text: String, _ attributes: ExpressionAttributes) {
        self.text = text
        self.attributes = attributes
    }

    func apply(to item: inout AttributeMap) throws {
        var clause = ""
        var rest: [Substring] = []
        var changed: Set<String> = []
        for word in self.text.split(separator: " ") + [Substring("END")] {
            guard ["SET", "REMOVE", "ADD", "END"].contains(word) else {
                rest.append(word)
                continue
            }
            for action in rest.joined(separator: " ").split(separator: ",") {
                try self.apply(clause, action.trimmed, to: &item, &changed)
            }
            (clause, rest) = (String(word), [])
        }
    }

    private func apply(
        _ clause: String,
        _ action: String,
        to item: inout AttributeMap,
        _ changed: inout Set<String>
    ) throws {
        let target = try self.attributes.name(String(action.prefix { $0 != " " && $0 != "=" }))
        guard changed.insert(target).inserted else {
            throw FakeTable.Failure.validation("Two document paths overlap with each other; \(target)")
        }
        switch clause {
        case "SET":
            let sides = action.split(separator: "=").map(\.trimmed)
            guard sides.count == 2 else { throw FakeTable.Failure.validation("unknown action: \(action)") }
            item[try self.attributes.name(sides[0])] = try self.attributes.value(sides[1])
        case "REMOVE":
            item[try self.attributes.name(action)] = nil
        case "ADD":
            let words = action.split(separator: " ").map(String.init)
            guard words.count == 2 else { throw FakeTable.Failure.validation("unknown action: \(action)") }
            let name = try self.attributes.name(words[0])
            guard let added = try self.attributes.value(words[1]).number else {
                throw FakeTable.Failure.validation("ADD needs a number")
            }
            guard let present = (item[name] ?? .n("0")).number else {
                throw FakeTable.Failure.validation("ADD to an attribute of another type")
            }
            item[name] = .n(try FakeDecimal.sum(present, added))
        default:
            throw FakeTable.Failure.validation("unknown clause: \(clause)")
        }
    }
}

extension ExpressionAttributes {
    fileprivate func name(_ path: String) throws -> String {
        guard path.hasPrefix("#") else { return path }
        guard let name = self.names[path] else { throw FakeTable.Failure.validation("\(path) is not defined") }
        return name
    }

    fileprivate func value(_ placeholder: String) throws -> AttributeValue {
        guard let value = self.values[placeholder] else {
            throw FakeTable.Failure.validation("\(placeholder) is not defined")
        }
        return value
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        var text = Substring(self)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
