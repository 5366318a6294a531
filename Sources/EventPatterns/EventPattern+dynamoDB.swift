extension EventPattern {
    /// Whether the pattern is about records of DynamoDB streams: no other event has a field `dynamodb`.
    package var isAboutDynamoDB: Bool {
        self.conjunctions.contains { $0.fields.contains { $0.name == "dynamodb" } }
    }

    /// Parts of the pattern that no record of a DynamoDB stream, or every one, satisfies; each is told once.
    package var dynamoDBWarnings: [PatternWarning] {
        var warnings: [PatternWarning] = []
        for conjunction in self.conjunctions {
            for warning in DynamoDBPatternCheck().check(conjunction) where !warnings.contains(warning) {
                warnings.append(warning)
            }
        }
        return warnings
    }
}

/// Walks one conjunction along the shape of a stream record.
private struct DynamoDBPatternCheck {
    /// What a pattern may test besides `dynamodb`.
    ///
    /// A Pipe filters before it adds the rest of the record.
    private static let addedAfterFiltering = [
        "awsRegion", "eventID", "eventSource", "eventSourceARN", "eventVersion", "invokeIdentityArn", "eventSourceKey",
    ]
    private static let streamFields = [
        "ApproximateCreationDateTime", "SequenceNumber", "SizeBytes", "StreamViewType",
    ]
    private static let images = ["Keys", "NewImage", "OldImage"]
    /// What the leaves of each attribute type are in JSON; `L` and `M` hold attributes again.
    private static let leafTypes = [
        "S": Leaf.string, "N": .number, "B": .string, "SS": .string, "NS": .number, "BS": .string, "BOOL": .bool,
        "NULL": .bool, "L": .attributes, "M": .attributes,
    ]

    private enum Leaf {
        case string
        /// A number, which DynamoDB writes as a JSON string.
        case number
        case bool
        case attributes
    }

    func check(_ root: PatternNode) -> [PatternWarning] {
        root.fields.flatMap { field in
            switch field.name {
            case "eventName": self.checkEventName(field)
            case "dynamodb": self.leafWarning(field) + field.fields.flatMap(self.checkStreamField)
            case "userIdentity": [PatternWarning]()
            case let name where Self.addedAfterFiltering.contains(name):
                [self.never(field, "Pipes cannot filter on `\(name)`: it is added after filtering")]
            default:
                self.missing(field, "a stream record has no such field: use `eventName` or `dynamodb`")
            }
        }
    }

    private func checkEventName(_ field: PatternNode) -> [PatternWarning] {
        let known = ["INSERT", "MODIFY", "REMOVE"]
        return (field.matchers ?? []).enumerated().compactMap { index, matcher in
            guard case .string(let name) = matcher, !known.contains(name) else { return nil }
            let reason = "\"\(name)\" is no event name: there are \(known.joined(separator: ", "))"
            return self.never(field, reason, entry: index)
        }
    }

    private func checkStreamField(_ field: PatternNode) -> [PatternWarning] {
        if Self.images.contains(field.name) {
            return self.leafWarning(field) + field.fields.flatMap(self.checkAttribute)
        }
        if Self.streamFields.contains(field.name) { return [] }
        return self.missing(field, "a stream record has no such field: use `Keys`, `NewImage` or `OldImage`")
    }

    /// An attribute is an object with one member, named after its type.
    private func checkAttribute(_ attribute: PatternNode) -> [PatternWarning] {
        self.leafWarning(attribute) + attribute.fields.flatMap(self.checkTypeTag)
    }

    private func checkTypeTag(_ tag: PatternNode) -> [PatternWarning] {
        guard let leaf = Self.leafTypes[tag.name] else {
            return self.missing(tag, "`\(tag.name)` is no attribute type: put S, N, BOOL, … below the attribute's name")
        }
        if leaf == .attributes {
            return self.leafWarning(tag)
                + tag.fields.flatMap { tag.name == "L" ? self.checkTypeTag($0) : self.checkAttribute($0) }
        }
        let inside = tag.fields.map { self.never($0, "an attribute of type \(tag.name) has no fields inside") }
        return inside
            + (tag.matchers ?? []).enumerated().compactMap { index, matcher in
                self.warning(for: matcher, at: tag, index, leaf)
            }
    }

    private func warning(
        for matcher: ValueMatcher,
        at tag: PatternNode,
        _ entry: Int,
        _ leaf: Leaf
    ) -> PatternWarning? {
        switch (matcher, leaf) {
        case (.numeric, .number), (.number, .number):
            self.never(
                tag,
                "DynamoDB writes numbers as JSON strings, and this compares JSON numbers only: "
                    + "filter on a string attribute derived from the number",
                entry: entry
            )
        case (.anythingButNumbers, .number), (.anythingButNumbers, .string):
            self.always(tag, "the values are JSON strings, which no number equals: list strings", entry: entry)
        case (.numeric, _), (.number, _), (.null, _):
            self.never(
                tag,
                "the values of type \(tag.name) are \(leaf == .bool ? "true or false" : "JSON strings")",
                entry: entry
            )
        case (.bool, .string), (.bool, .number):
            self.never(tag, "the values of type \(tag.name) are JSON strings", entry: entry)
        case (.string, .bool), (.prefix, .bool), (.suffix, .bool), (.equalsIgnoreCase, .bool),
            (.prefixIgnoreCase, .bool), (.suffixIgnoreCase, .bool):
            self.never(tag, "the values of type \(tag.name) are true or false, without quotes", entry: entry)
        case (.anythingButStrings, .bool), (.anythingButNumbers, .bool):
            self.always(tag, "the values of type \(tag.name) are true or false", entry: entry)
        case (.string, _), (.prefix, _), (.suffix, _), (.equalsIgnoreCase, _), (.prefixIgnoreCase, _),
            (.suffixIgnoreCase, _), (.anythingButStrings, _), (.anythingButNumbers, _), (.bool, _), (.exists, _):
            nil
        }
    }

    /// A filter that stops where the record goes on: operators look at leaves only.
    private func leafWarning(_ field: PatternNode) -> [PatternWarning] {
        guard let matchers = field.matchers else { return [] }
        let reason = "the filter stops above the attribute's type: go down to S, N, BOOL, … and test that"
        return [matchers.contains(where: \.isAbsence) ? self.always(field, reason) : self.never(field, reason)]
    }

    /// A field that no record has: every test of it fails, except that it is absent.
    private func missing(_ field: PatternNode, _ reason: String) -> [PatternWarning] {
        let isOnlyAbsence = self.leaves(of: field).allSatisfy { $0.contains(where: \.isAbsence) }
        return [isOnlyAbsence ? self.always(field, reason) : self.never(field, reason)]
    }

    private func leaves(of field: PatternNode) -> [[ValueMatcher]] {
        (field.matchers.map { [$0] } ?? []) + field.fields.flatMap(self.leaves)
    }

    private func never(_ field: PatternNode, _ reason: String, entry: Int? = nil) -> PatternWarning {
        PatternWarning(effect: .neverMatches, path: self.place(field, entry), reason: reason)
    }

    private func always(_ field: PatternNode, _ reason: String, entry: Int? = nil) -> PatternWarning {
        PatternWarning(effect: .alwaysMatches, path: self.place(field, entry), reason: reason)
    }

    /// The field, with the entry of its list that is meant: beside one that never matches another may.
    private func place(_ field: PatternNode, _ entry: Int?) -> String {
        let path = field.path.joined(separator: ".")
        guard let entry, let count = field.matchers?.count, count > 1 else { return path }
        return "\(path)[\(entry)]"
    }
}

/// A part of a pattern that AWS accepts and that cannot do what its author meant.
package struct PatternWarning: Sendable, Equatable, CustomStringConvertible {
    /// What the part does instead of filtering.
    package enum Effect: String, Sendable {
        case neverMatches = "never matches"
        case alwaysMatches = "always matches"
    }

    /// What the part does instead of filtering.
    package let effect: Effect
    /// The field, as `dynamodb.NewImage.amount.N`; of a list of several the entry, as `dynamodb.NewImage.amount.N[0]`.
    package let path: String
    /// Why, and what would work.
    package let reason: String

    /// The warning as a person reads it: the place, the effect and the reason.
    package var description: String { "pattern, at \(self.path): \(self.effect.rawValue): \(self.reason)" }
}
