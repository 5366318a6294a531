extension ValueMatcher {
    /// Operators of EventBridge that Pipes do not have (EventBridge user guide, "Pipe support" column).
    private static let unsupportedOperators = ["wildcard", "cidr", "exact-match"]
    /// Operators of Pipes.
    ///
    /// As field names inside `$or` all of them and the unsupported ones are reserved.
    private static let supportedOperators = [
        "prefix", "suffix", "equals-ignore-case", "exists", "numeric", "anything-but",
    ]

    static func isReservedName(_ name: String) -> Bool {
        self.supportedOperators.contains(name) || self.unsupportedOperators.contains(name)
    }

    /// Reads one entry of a field's list.
    init(_ entry: JSONValue, at path: String) throws(PatternError) {
        switch entry {
        case .string(let value): self = .string(value)
        case .number(let value): self = .number(try Self.finite(value, at: path))
        case .bool(let value): self = .bool(value)
        case .null: self = .null
        case .array:
            throw PatternError(.malformedPattern, at: path, "a list must not contain a list")
        case .object(let object):
            let member = try Self.onlyMember(of: object, at: path)
            try self.init(operator: member.name, member.value, at: "\(path).\(member.name)")
        }
    }

    private init(operator name: String, _ operand: JSONValue, at path: String) throws(PatternError) {
        switch name {
        case "prefix":
            self = try Self.affix(operand, at: path, exact: Self.prefix, ignoringCase: Self.prefixIgnoreCase)
        case "suffix":
            self = try Self.affix(operand, at: path, exact: Self.suffix, ignoringCase: Self.suffixIgnoreCase)
        case "equals-ignore-case":
            self = .equalsIgnoreCase(try Self.string(operand, at: path).lowercased())
        case "exists":
            guard case .bool(let wanted) = operand else {
                throw PatternError(.malformedPattern, at: path, "needs true or false, not \(operand.typeName)")
            }
            self = .exists(wanted)
        case "numeric":
            self = .numeric(try NumericRange(operand, at: path))
        case "anything-but":
            self = try Self.anythingBut(operand, at: path)
        case _ where Self.unsupportedOperators.contains(name):
            throw PatternError(
                .unsupportedOperator,
                at: path,
                "Pipes do not support `\(name)`: they have \(Self.supportedOperators.joined(separator: ", "))"
            )
        default:
            throw PatternError(
                .unknownOperator,
                at: path,
                "no such operator: Pipes have \(Self.supportedOperators.joined(separator: ", "))"
            )
        }
    }

    /// `prefix` and `suffix` take a string, or `{"equals-ignore-case": string}`.
    private static func affix(
        _ operand: JSONValue,
        at path: String,
        exact: (String) -> ValueMatcher,
        ignoringCase: (String) -> ValueMatcher
    ) throws(PatternError) -> ValueMatcher {
        guard case .object(let object) = operand else { return exact(try self.string(operand, at: path)) }
        let member = try self.onlyMember(of: object, at: path)
        guard member.name == "equals-ignore-case" else {
            throw PatternError(
                .unknownOperator,
                at: "\(path).\(member.name)",
                "only `equals-ignore-case` may stand here"
            )
        }
        return ignoringCase(try self.string(member.value, at: "\(path).\(member.name)").lowercased())
    }

    /// A string, a number, a list of strings or a list of numbers.
    private static func anythingBut(_ operand: JSONValue, at path: String) throws(PatternError) -> ValueMatcher {
        switch operand {
        case .string(let value): return .anythingButStrings([value])
        case .number(let value): return .anythingButNumbers([try self.finite(value, at: path)])
        case .array(let elements): return try self.anythingBut(list: elements, at: path)
        case .object(let object):
            let name = try self.onlyMember(of: object, at: path).name
            throw PatternError(
                self.isReservedName(name) ? .unsupportedOperator : .unknownOperator,
                at: "\(path).\(name)",
                "Pipes support `anything-but` with strings or numbers only, not with an operator inside"
            )
        case .bool, .null:
            throw PatternError(
                .malformedPattern,
                at: path,
                "needs a string, a number or a list of one of them, not \(operand.typeName)"
            )
        }
    }

    private static func anythingBut(list: [JSONValue], at path: String) throws(PatternError) -> ValueMatcher {
        var strings: [String] = []
        var numbers: [Double] = []
        for (index, element) in list.enumerated() {
            switch element {
            case .string(let value): strings.append(value)
            case .number(let value): numbers.append(try self.finite(value, at: "\(path)[\(index)]"))
            case .object, .array, .bool, .null:
                throw PatternError(
                    .malformedPattern,
                    at: "\(path)[\(index)]",
                    "needs a string or a number, not \(element.typeName)"
                )
            }
        }
        switch (strings.isEmpty, numbers.isEmpty) {
        case (true, true):
            throw PatternError(.malformedPattern, at: path, "the list is empty: name at least one value")
        case (false, false):
            throw PatternError(.malformedPattern, at: path, "the list must be all strings or all numbers")
        case (false, true): return .anythingButStrings(strings)
        case (true, false): return .anythingButNumbers(numbers)
        }
    }

    /// Numbers beyond a double's range would all be equal.
    static func finite(_ number: Double, at path: String) throws(PatternError) -> Double {
        guard number.isFinite else {
            throw PatternError(.malformedPattern, at: path, "the number is beyond the range of IEEE doubles")
        }
        return number
    }

    private static func string(_ operand: JSONValue, at path: String) throws(PatternError) -> String {
        guard case .string(let value) = operand else {
            throw PatternError(.malformedPattern, at: path, "needs a string, not \(operand.typeName)")
        }
        return value
    }

    private static func onlyMember(of object: JSONObject, at path: String) throws(PatternError) -> JSONObject.Member {
        guard let member = object.members.first else {
            throw PatternError(.malformedPattern, at: path, "an operator is missing: {} matches nothing")
        }
        guard object.members.count == 1 else {
            let names = object.members.map { "`\($0.name)`" }.joined(separator: " and ")
            throw PatternError(
                .malformedPattern,
                at: path,
                "one operator only, not \(names): give each an object of its own"
            )
        }
        return member
    }
}
