/// The numbers that a `numeric` operator lets through.
///
/// Compared as IEEE doubles, the precision EventBridge has.
struct NumericRange: Sendable, Equatable {
    struct Bound: Sendable, Equatable {
        let value: Double
        let isInclusive: Bool
    }

    /// nil: no limit on that side.
    let lower: Bound?
    let upper: Bound?

    func contains(_ number: Double) -> Bool {
        if let lower, !(number > lower.value || lower.isInclusive && number == lower.value) { return false }
        if let upper, !(number < upper.value || upper.isInclusive && number == upper.value) { return false }
        return true
    }

    /// Reads `["=", 5]`, `["<", 10]`, `[">=", 0]` or `[">", 0, "<=", 5]`, and nothing else.
    init(_ operand: JSONValue, at path: String) throws(PatternError) {
        guard case .array(let elements) = operand else {
            throw PatternError(
                .malformedPattern,
                at: path,
                "needs a list such as [\">\", 0, \"<=\", 5], not \(operand.typeName)"
            )
        }
        guard elements.count == 2 || elements.count == 4 else {
            throw PatternError(
                .malformedPattern,
                at: path,
                "needs one comparison with its number, or a lower and an upper one: [\">\", 0, \"<=\", 5]"
            )
        }
        let first = try Self.comparison(elements, index: 0, path)
        switch first.sign {
        case "=":
            self.lower = Bound(value: first.number, isInclusive: true)
            self.upper = self.lower
        case "<", "<=":
            self.lower = nil
            self.upper = Bound(value: first.number, isInclusive: first.sign == "<=")
        default:
            self.lower = Bound(value: first.number, isInclusive: first.sign == ">=")
            self.upper = try elements.count == 4 ? Self.upperBound(elements, above: first.number, path) : nil
            return
        }
        guard elements.count == 2 else {
            throw PatternError(
                .malformedPattern,
                at: path,
                "\"\(first.sign)\" stands alone: a range is a lower bound followed by an upper one"
            )
        }
    }

    private static func upperBound(
        _ elements: [JSONValue],
        above lower: Double,
        _ path: String
    ) throws(PatternError) -> Bound {
        let second = try Self.comparison(elements, index: 2, path)
        guard second.sign == "<" || second.sign == "<=" else {
            throw PatternError(.malformedPattern, at: "\(path)[2]", "the second comparison must be \"<\" or \"<=\"")
        }
        guard lower < second.number else {
            throw PatternError(.malformedPattern, at: path, "the lower bound must be less than the upper one")
        }
        return Bound(value: second.number, isInclusive: second.sign == "<=")
    }

    private static func comparison(
        _ elements: [JSONValue],
        index: Int,
        _ path: String
    ) throws(PatternError) -> (sign: String, number: Double) {
        guard case .string(let sign) = elements[index], ["=", "<", "<=", ">", ">="].contains(sign) else {
            throw PatternError(
                .malformedPattern,
                at: "\(path)[\(index)]",
                "a comparison is one of \"=\", \"<\", \"<=\", \">\", \">=\""
            )
        }
        guard case .number(let number) = elements[index + 1] else {
            throw PatternError(
                .malformedPattern,
                at: "\(path)[\(index + 1)]",
                "\"\(sign)\" needs a number, not \(elements[index + 1].typeName)"
            )
        }
        return (sign, try ValueMatcher.finite(number, at: "\(path)[\(index + 1)]"))
    }
}
