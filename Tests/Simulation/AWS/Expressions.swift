internal import AWSClient

/// A condition or update expression of DynamoDB, taken apart once; what its placeholders stand for comes with each request.
///
/// The grammar is DynamoDB's own as far as top-level attributes go; whatever it does not know is refused as invalid, so that
/// no condition is ignored.
package struct ExpressionParser {
    private var tokens: [String] = []
    private var position = 0

    private init(_ text: String) {
        var word = ""
        for character in text {
            if character == " " || "(),=<>".contains(character) {
                if !word.isEmpty { self.tokens.append(word) }
                word = ""
                guard character != " " else { continue }
                if let last = self.tokens.last, last == "<" || last == ">", character == "=" || character == ">" {
                    self.tokens[self.tokens.count - 1] = last + String(character)
                } else {
                    self.tokens.append(String(character))
                }
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { self.tokens.append(word) }
    }

    static func condition(_ text: String) throws -> Condition {
        var parser = ExpressionParser(text)
        let condition = try parser.alternatives()
        guard parser.position == parser.tokens.count else { throw Self.invalid("ConditionExpression", text) }
        return condition
    }

    static func update(_ text: String) throws -> [UpdateAction] {
        var parser = ExpressionParser(text)
        var actions: [UpdateAction] = []
        while let clause = parser.next() {
            repeat {
                guard let path = parser.next() else { throw Self.invalid("UpdateExpression", text) }
                switch clause {
                case "SET":
                    guard parser.next() == "=", let value = parser.next() else {
                        throw Self.invalid("UpdateExpression", text)
                    }
                    if parser.take("+") {
                        guard let added = parser.next() else { throw Self.invalid("UpdateExpression", text) }
                        actions.append(.sum(path, value, added))
                    } else {
                        actions.append(.set(path, value))
                    }
                case "REMOVE": actions.append(.remove(path))
                case "ADD":
                    guard let value = parser.next() else { throw Self.invalid("UpdateExpression", text) }
                    actions.append(.add(path, value))
                default: throw Self.invalid("UpdateExpression", text)
                }
            } while parser.take(",")
        }
        return actions
    }

    private static func invalid(_ name: String, _ text: String) -> ServiceError {
        ServiceError(400, "ValidationException", "Invalid \(name): \(text)")
    }

    private mutating func next() -> String? {
        guard self.position < self.tokens.count else { return nil }
        self.position += 1
        return self.tokens[self.position - 1]
    }

    private mutating func take(_ token: String) -> Bool {
        guard self.position < self.tokens.count, self.tokens[self.position] == token else { return false }
        self.position += 1
        return true
    }

    private mutating func alternatives() throws -> Condition {
        var conditions = [try self.conjunction()]
        while self.take("OR") { conditions.append(try self.conjunction()) }
        return conditions.count == 1 ? conditions[0] : .any(conditions)
    }

    private mutating func conjunction() throws -> Condition {
        var conditions = [try self.term()]
        while self.take("AND") { conditions.append(try self.term()) }
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    private mutating func term() throws -> Condition {
        if self.take("NOT") { return .not(try self.term()) }
        if self.take("(") {
            let condition = try self.alternatives()
            guard self.take(")") else { throw Self.invalid("ConditionExpression", "a parenthesis is open") }
            return condition
        }
        guard let first = self.next(), let second = self.next(), let third = self.next() else {
            throw Self.invalid("ConditionExpression", "it ends too early")
        }
        if second == "(" {
            guard self.take(")") else { throw Self.invalid("ConditionExpression", first) }
            switch first {
            case "attribute_exists": return .exists(third)
            case "attribute_not_exists": return .not(.exists(third))
            default: throw Self.invalid("ConditionExpression", "function \(first)")
            }
        }
        guard let comparison = Comparison(rawValue: second) else { throw Self.invalid("ConditionExpression", second) }
        return .compares(first, comparison, third)
    }
}

/// How two operands of a condition are compared.
enum Comparison: String, Sendable {
    case equal = "="
    case different = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
}

/// Whether a write may happen.
indirect enum Condition: Sendable {
    case any([Condition])
    case all([Condition])
    case not(Condition)
    case exists(String)
    case compares(String, Comparison, String)

    func holds(for item: AttributeMap, _ attributes: ExpressionAttributes) throws -> Bool {
        switch self {
        case .any(let conditions):
            for condition in conditions where try condition.holds(for: item, attributes) { return true }
            return false
        case .all(let conditions):
            for condition in conditions where try !condition.holds(for: item, attributes) { return false }
            return true
        case .not(let condition): return try !condition.holds(for: item, attributes)
        case .exists(let path): return item[try attributes.name(path)] != nil
        case .compares(let left, let comparison, let right):
            guard let first = try attributes.operand(left, of: item),
                let second = try attributes.operand(right, of: item)
            else {
                // What is not there differs from everything, and compares with nothing.
                return comparison == .different
            }
            return try comparison.holds(first, second)
        }
    }
}

extension Comparison {
    fileprivate func holds(_ left: AttributeValue, _ right: AttributeValue) throws -> Bool {
        if case .n(let first) = left, case .n(let second) = right {
            return try self.holds(Decimal38(first), Decimal38(second))
        }
        if case .s(let first) = left, case .s(let second) = right {
            // By the bytes of UTF-8, as DynamoDB does.
            if first == second { return try self.holds(0, 0) }
            return try self.holds(0, first.precedesByBytes(second) ? 1 : -1)
        }
        switch self {
        case .equal: return left == right
        case .different: return left != right
        case .less, .lessOrEqual, .greater, .greaterOrEqual: return false
        }
    }

    private func holds<Value: Comparable>(_ left: Value, _ right: Value) throws -> Bool {
        switch self {
        case .equal: left == right
        case .different: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}

/// One action of an update expression.
enum UpdateAction: Sendable {
    case set(String, String)
    /// Sets a path to the sum of two operands, which must be numbers.
    case sum(String, String, String)
    case remove(String)
    case add(String, String)

    /// Applies the action; all operands are read from `old`, the item as it was before the update.
    func apply(to item: inout AttributeMap, old: AttributeMap, _ attributes: ExpressionAttributes) throws {
        switch self {
        case .set(let path, let operand):
            guard let value = try attributes.operand(operand, of: old) else {
                throw ServiceError(
                    400,
                    "ValidationException",
                    "The provided expression refers to an attribute that does not exist in the item"
                )
            }
            item[try attributes.name(path)] = value
        case .sum(let path, let first, let second):
            let operands = [try attributes.operand(first, of: old), try attributes.operand(second, of: old)]
            guard let augend = operands[0]?.number, let addend = operands[1]?.number else {
                throw ServiceError(
                    400,
                    "ValidationException",
                    "An operand in the update expression has an incorrect data type"
                )
            }
            item[try attributes.name(path)] = .n(try Decimal38(augend).adding(Decimal38(addend)).text)
        case .remove(let path): item[try attributes.name(path)] = nil
        case .add(let path, let operand):
            let name = try attributes.name(path)
            guard case .n(let added)? = try attributes.operand(operand, of: [:]) else {
                throw ServiceError(
                    400,
                    "ValidationException",
                    "Incorrect operand type for operator or function; operator: ADD"
                )
            }
            var present = Decimal38.zero
            if let value = old[name] {
                guard case .n(let number) = value else {
                    throw ServiceError(
                        400,
                        "ValidationException",
                        "An operand in the update expression has an incorrect data type"
                    )
                }
                present = try Decimal38(number)
            }
            item[name] = .n(try present.adding(Decimal38(added)).text)
        }
    }
}

extension ExpressionAttributes {
    fileprivate func name(_ path: String) throws -> String {
        guard path.utf8.first == UInt8(ascii: "#") else { return path }
        guard let name = self.names[path] else {
            throw ServiceError(
                400,
                "ValidationException",
                "An expression attribute name used in the document path is not defined; attribute name: \(path)"
            )
        }
        return name
    }

    /// A value's placeholder stands for the value; nil where an attribute is not there.
    fileprivate func operand(_ text: String, of item: AttributeMap) throws -> AttributeValue? {
        guard text.utf8.first == UInt8(ascii: ":") else { return item[try self.name(text)] }
        guard let value = self.values[text] else {
            throw ServiceError(
                400,
                "ValidationException",
                "An expression attribute value used in expression is not defined; attribute value: \(text)"
            )
        }
        return value
    }
}

/// The expressions that were taken apart before, by their text: a run has a dozen of them and thousands of requests.
///
/// One for a thread, since it has no lock.
package final class ExpressionCache {
    private var conditions: [String: Condition] = [:]
    private var updates: [String: [UpdateAction]] = [:]
    private var statements: [String: Statement.Form] = [:]

    package init() {}

    func condition(_ text: String) throws -> Condition {
        if let condition = self.conditions[text] { return condition }
        let condition = try ExpressionParser.condition(text)
        if self.conditions.count < 1_000 { self.conditions[text] = condition }
        return condition
    }

    func update(_ text: String) throws -> [UpdateAction] {
        if let actions = self.updates[text] { return actions }
        let actions = try ExpressionParser.update(text)
        if self.updates.count < 1_000 { self.updates[text] = actions }
        return actions
    }

    func statement(_ text: String) throws -> Statement.Form {
        if let form = self.statements[text] { return form }
        let form = try Statement.Form(text)
        if self.statements.count < 1_000 { self.statements[text] = form }
        return form
    }
}
