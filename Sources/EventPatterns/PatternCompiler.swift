/// Turns a pattern's JSON into conjunctions of fields, one for each combination of `$or` alternatives.
struct PatternCompiler {
    /// EventBridge refuses rules whose `$or` lists multiply to more.
    static let maximumCombinations = 1_000

    /// The combinations so far.
    ///
    /// A pattern without `$or` has one.
    private(set) var conjunctions: [PatternNode] = [.root]

    init(_ pattern: JSONValue) throws(PatternError) {
        guard case .object(let object) = pattern else {
            throw PatternError(.malformedPattern, at: "", "must be a JSON object, not \(pattern.typeName)")
        }
        try self.add(object, at: [], place: "", isInAlternative: false)
    }

    /// `path` is the field in the event, `place` where the pattern says so: `$or[1]` is part of the latter only.
    private mutating func add(
        _ object: JSONObject,
        at path: [String],
        place: String,
        isInAlternative: Bool
    ) throws(PatternError) {
        guard !object.members.isEmpty else {
            throw PatternError(.malformedPattern, at: place, "an object must name at least one field")
        }
        for member in object.members {
            let inner = place.isEmpty ? member.name : "\(place).\(member.name)"
            if member.name == "$or" {
                try self.addAlternatives(member.value, at: path, place: inner)
                continue
            }
            if isInAlternative && ValueMatcher.isReservedName(member.name) {
                throw PatternError(
                    .malformedPattern,
                    at: inner,
                    "an operator's name cannot be a field inside `$or`"
                )
            }
            let innerPath = path + [member.name]
            switch member.value {
            case .object(let object):
                try self.add(object, at: innerPath, place: inner, isInAlternative: isInAlternative)
            case .array(let entries):
                try self.add(entries, at: innerPath, place: inner)
            case .string, .number, .bool, .null:
                throw PatternError(
                    .malformedPattern,
                    at: inner,
                    "needs a list of values or an object, not \(member.value.typeName): put it in [ ]"
                )
            }
        }
    }

    private mutating func add(_ entries: [JSONValue], at path: [String], place: String) throws(PatternError) {
        guard !entries.isEmpty else {
            throw PatternError(.malformedPattern, at: place, "the list is empty: name at least one value")
        }
        var matchers: [ValueMatcher] = []
        for (index, entry) in entries.enumerated() {
            matchers.append(try ValueMatcher(entry, at: "\(place)[\(index)]"))
        }
        for index in self.conjunctions.indices {
            guard let grown = self.conjunctions[index].adding(matchers, at: path[...]) else {
                throw PatternError(
                    .malformedPattern,
                    at: place,
                    "a field may be there only once: put its values into one list"
                )
            }
            self.conjunctions[index] = grown
        }
    }

    private mutating func addAlternatives(
        _ value: JSONValue,
        at path: [String],
        place: String
    ) throws(PatternError) {
        guard case .array(let alternatives) = value else {
            throw PatternError(.malformedPattern, at: place, "needs a list of objects, not \(value.typeName)")
        }
        guard alternatives.count >= 2 else {
            throw PatternError(.malformedPattern, at: place, "needs at least two objects to choose from")
        }
        let before = self.conjunctions
        var all: [PatternNode] = []
        for (index, alternative) in alternatives.enumerated() {
            let inner = "\(place)[\(index)]"
            guard case .object(let object) = alternative else {
                throw PatternError(.malformedPattern, at: inner, "needs an object, not \(alternative.typeName)")
            }
            self.conjunctions = before
            try self.add(object, at: path, place: inner, isInAlternative: true)
            all += self.conjunctions
            guard all.count <= Self.maximumCombinations else {
                throw PatternError(
                    .limitExceeded,
                    at: place,
                    "the `$or` lists multiply to more than \(Self.maximumCombinations) combinations"
                )
            }
        }
        self.conjunctions = all
    }
}

/// A pattern that EventBridge Pipes would reject.
package struct PatternError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of mistake it is.
    package enum Code: Sendable, Equatable {
        /// Not a JSON text.
        case malformedJSON
        /// A field, list or operand that is empty, of the wrong type or there twice.
        case malformedPattern
        /// An operator that EventBridge knows and Pipes do not.
        case unsupportedOperator
        /// An operator that nobody knows.
        case unknownOperator
        /// More filters, characters or `$or` combinations than a Pipe may have.
        case limitExceeded
    }

    /// What kind of mistake it is.
    package let code: Code
    /// Where in the pattern, as `dynamodb.NewImage.amount.N[0].numeric`; empty for the pattern as a whole.
    package let path: String
    /// What is wrong there and what to write instead.
    package let reason: String

    /// A mistake at a place of the pattern.
    package init(_ code: Code, at path: String, _ reason: String) {
        self.code = code
        self.path = path
        self.reason = reason
    }

    /// The mistake as a person reads it: the place and the reason.
    package var description: String {
        self.path.isEmpty ? "pattern: \(self.reason)" : "pattern, at \(self.path): \(self.reason)"
    }
}
