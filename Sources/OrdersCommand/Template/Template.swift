internal import Synchronization

/// A CloudFormation template against a deployed stack: its functions give what CloudFormation made of them.
package struct Template: Sendable {
    /// The whole document.
    package let root: TemplateValue
    /// The stack that its functions are evaluated against.
    package let stack: DeployedStack
    /// For error messages.
    package let file: String
    private let evaluation = Evaluation()

    /// A template of that file against a deployed stack.
    package init(root: TemplateValue, stack: DeployedStack, file: String) {
        self.root = root
        self.stack = stack
        self.file = file
    }

    /// Logical ids of the resources of a type whose condition holds, in the order of the file.
    package func resources(ofType type: String) throws -> [(logicalID: String, properties: TemplateValue)] {
        try (self.root["Resources"]?.members ?? []).compactMap { member in
            guard member.value["Type"]?.text == type else { return nil }
            if let condition = member.value["Condition"]?.text, try !self.holds(condition, line: member.value.line) {
                return nil
            }
            guard let properties = member.value["Properties"] else {
                throw self.error("\(member.name) has no Properties", line: member.value.line)
            }
            return (member.name, properties)
        }
    }

    /// The value with its functions evaluated; nil where that is `AWS::NoValue`.
    package func resolve(_ value: TemplateValue) throws -> ResolvedValue? {
        try self.bounded(line: value.line) {
            switch value.kind {
            case .text(let text):
                try self.spend(text.utf8.count, line: value.line)
                return .text(text)
            case .list(let elements): return .list(try elements.compactMap(self.resolve))
            case .members(let members):
                return .members(
                    try members.reduce(into: [:]) { result, member in
                        result[member.name] = try self.resolve(member.value)
                    }
                )
            case .function(let name, let argument):
                return try self.call(name, argument, line: value.line)
            }
        }
    }

    /// The value as one text.
    package func text(_ value: TemplateValue) throws -> String {
        guard case .text(let text)? = try self.resolve(value) else {
            throw self.error("needs a text, not a list or an object", line: value.line)
        }
        return text
    }

    /// An error that names the place.
    package func error(_ message: String, line: Int) -> ToolError {
        .badUse("\(self.file):\(line): \(message)")
    }

    private func call(_ name: String, _ argument: TemplateValue, line: Int) throws -> ResolvedValue? {
        switch name {
        case "Ref": return try self.reference(self.text(argument), line: line)
        case "GetAtt": return .text(try self.attribute(argument, line: line))
        case "Sub": return .text(try self.substitute(argument, line: line))
        case "If":
            let parts = try self.arguments(argument, count: 3, of: name)
            return try self.resolve(try self.holds(self.text(parts[0]), line: line) ? parts[1] : parts[2])
        case "Join":
            let parts = try self.arguments(argument, count: 2, of: name)
            let (separator, texts) = (try self.text(parts[0]), try self.texts(parts[1]))
            try self.spend(separator.utf8.count * texts.count, line: line)
            return .text(texts.joined(separator: separator))
        case "Split":
            let parts = try self.arguments(argument, count: 2, of: name)
            return .list(Self.split(try self.text(parts[1]), by: try self.text(parts[0])).map { .text($0) })
        case "Select":
            let parts = try self.arguments(argument, count: 2, of: name)
            let texts = try self.texts(parts[1])
            guard let index = Int(try self.text(parts[0])), texts.indices.contains(index) else {
                throw self.error("!Select: no such element", line: line)
            }
            return .text(texts[index])
        case "FindInMap": return try self.findInMap(argument, line: line)
        default: throw self.error("this tool cannot evaluate !\(name)", line: line)
        }
    }

    private func reference(_ name: String, line: Int) throws -> ResolvedValue? {
        switch name {
        case "AWS::NoValue": return nil
        case "AWS::StackName": return .text(self.stack.name)
        case "AWS::StackId": return .text(self.stack.id)
        case "AWS::Region": return .text(self.stack.region)
        case "AWS::AccountId": return .text(self.stack.accountID)
        case "AWS::Partition": return .text(self.stack.partition)
        case "AWS::URLSuffix":
            return .text(self.stack.region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com")
        default: break
        }
        if let parameter = self.root["Parameters"]?[name] {
            guard let value = self.stack.parameters[name] ?? parameter["Default"]?.text else {
                throw self.error("the stack \(self.stack.name) has no value for parameter \(name)", line: line)
            }
            let isList = parameter["Type"]?.text.map { $0 == "CommaDelimitedList" || $0.hasPrefix("List<") } ?? false
            return isList ? .list(Self.split(value, by: ",").map { .text(Self.trimmed($0)) }) : .text(value)
        }
        guard let resource = self.stack.resources[name] else {
            throw self.error(
                "!Ref \(name): the stack \(self.stack.name) has no such resource; deploy this template first",
                line: line
            )
        }
        return .text(resource.physicalID)
    }

    private func attribute(_ argument: TemplateValue, line: Int) throws -> String {
        let path: String
        if case .list = argument.kind {
            path = try self.texts(argument).joined(separator: ".")
        } else {
            path = try self.text(argument)
        }
        guard let dot = path.firstIndex(of: ".") else {
            throw self.error("!GetAtt \(path): needs Resource.Attribute", line: line)
        }
        let (name, attribute) = (String(path[..<dot]), String(path[path.index(after: dot)...]))
        guard self.stack.resources[name] != nil else {
            throw self.error(
                "!GetAtt \(path): the stack \(self.stack.name) has no such resource; deploy this template first",
                line: line
            )
        }
        guard let value = self.stack.attribute(attribute, of: name) else {
            throw self.error("!GetAtt \(path): this tool does not know that attribute, or it has no value", line: line)
        }
        return value
    }

    /// `${Name}`, `${Name.Attribute}`, `${Own}` of the second argument; `${!Literal}` stays as `${Literal}`.
    private func substitute(_ argument: TemplateValue, line: Int) throws -> String {
        var variables: [String: TemplateValue] = [:]
        var format = argument
        if case .list = argument.kind {
            let parts = try self.arguments(argument, count: 2, of: "Sub")
            format = parts[0]
            variables = Dictionary(parts[1].members.map { ($0.name, $0.value) }) { _, last in last }
        }
        var rest = Substring(try self.text(format))
        var result = ""
        while let open = rest.firstRange(of: "${") {
            result += rest[..<open.lowerBound]
            rest = rest[open.upperBound...]
            guard let close = rest.firstIndex(of: "}") else { throw self.error("!Sub: ${ without }", line: line) }
            let name = String(rest[..<close])
            rest = rest[rest.index(after: close)...]
            let begin = result.utf8.count
            if name.hasPrefix("!") {
                result += "${\(name.dropFirst())}"
            } else if let variable = variables[name] {
                result += try self.text(variable)
            } else if name.contains(".") {
                result += try self.attribute(TemplateValue(.text(name), line: line), line: line)
            } else if case .text(let text)? = try self.reference(name, line: line) {
                result += text
            } else {
                throw self.error("!Sub: ${\(name)} is a list; join it first", line: line)
            }
            try self.spend(result.utf8.count - begin, line: line)
        }
        return result + rest
    }

    private func findInMap(_ argument: TemplateValue, line: Int) throws -> ResolvedValue? {
        let parts = try self.arguments(argument, count: 3, of: "FindInMap")
        let names = try parts.map(self.text)
        guard let value = self.root["Mappings"]?[names[0]]?[names[1]]?[names[2]] else {
            throw self.error("!FindInMap: no \(names.joined(separator: "."))", line: line)
        }
        return try self.resolve(value)
    }
}

extension Template {
    /// Whether a condition of the template holds for the stack's parameters.
    package func holds(_ condition: String, line: Int) throws -> Bool {
        guard let value = self.root["Conditions"]?[condition] else {
            throw self.error("there is no condition \(condition)", line: line)
        }
        return try self.holds(value)
    }

    private func holds(_ value: TemplateValue) throws -> Bool {
        try self.bounded(line: value.line) { try self.evaluate(value) }
    }

    private func evaluate(_ value: TemplateValue) throws -> Bool {
        guard case .function(let name, let argument) = value.kind else {
            throw self.error("a condition needs !Equals, !Not, !And, !Or or !Condition", line: value.line)
        }
        switch name {
        case "Condition": return try self.holds(self.text(argument), line: value.line)
        case "Equals":
            let parts = try self.arguments(argument, count: 2, of: name)
            return try self.resolve(parts[0]) == self.resolve(parts[1])
        case "Not": return try !self.holds(self.arguments(argument, count: 1, of: name)[0])
        case "And": return try self.arguments(argument, count: nil, of: name).allSatisfy(self.holds)
        case "Or": return try self.arguments(argument, count: nil, of: name).contains(where: self.holds)
        default: throw self.error("this tool cannot evaluate the condition !\(name)", line: value.line)
        }
    }

    private func arguments(_ value: TemplateValue, count: Int?, of name: String) throws -> [TemplateValue] {
        guard case .list(let elements) = value.kind, count.map({ $0 == elements.count }) ?? true else {
            throw self.error("!\(name) needs a list\(count.map { " of \($0)" } ?? "")", line: value.line)
        }
        return elements
    }

    private func texts(_ value: TemplateValue) throws -> [String] {
        guard case .list(let elements)? = try self.resolve(value) else {
            throw self.error("needs a list", line: value.line)
        }
        return try elements.map { element in
            guard case .text(let text) = element else { throw self.error("needs a list of texts", line: value.line) }
            return text
        }
    }

    /// CloudFormation trims white space around each member of a list parameter.
    private static func trimmed(_ text: String) -> String {
        let rest = text.drop(while: \.isWhitespace)
        return rest.lastIndex(where: { !$0.isWhitespace }).map { String(rest[...$0]) } ?? ""
    }

    private static func split(_ text: String, by separator: String) -> [String] {
        guard !separator.isEmpty else { return [text] }
        var parts: [String] = []
        var rest = Substring(text)
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}

/// How far the evaluation of a template has gone.
///
/// Functions in one another can double a text at each level, and conditions or maps that name each other never end.
private final class Evaluation: Sendable {
    /// Bytes of text made: many times those of the greatest template that CloudFormation takes, which has 1 MB.
    static let maximumCost = 20_000_000
    /// What a value costs that makes no text, in bytes.
    static let costOfValue = 16
    /// Functions, lists and objects in one another, with the conditions and maps that they name.
    static let maximumDepth = 400

    let state = Mutex((cost: 0, depth: 0))
}

extension Template {
    private func bounded<Value>(line: Int, _ evaluate: () throws -> Value) throws -> Value {
        let depth = self.evaluation.state.withLock { state in
            state.depth += 1
            return state.depth
        }
        defer { self.evaluation.state.withLock { $0.depth -= 1 } }
        guard depth <= Evaluation.maximumDepth else {
            throw self.error(
                "functions or conditions never end here: does one name itself by way of others?",
                line: line
            )
        }
        try self.spend(Evaluation.costOfValue, line: line)
        return try evaluate()
    }

    private func spend(_ cost: Int, line: Int) throws {
        let total = self.evaluation.state.withLock { state in
            state.cost += cost
            return state.cost
        }
        guard total <= Evaluation.maximumCost else {
            throw self.error("functions in one another repeat too much here: write out what is meant", line: line)
        }
    }
}
