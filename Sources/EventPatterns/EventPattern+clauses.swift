internal import JSONText

extension EventPattern {
    /// One field that a pattern asks for, and what an event has there: by which a person sees why an event passed or not.
    package struct Clause: Sendable, Equatable {
        /// The names from the event's root to the field.
        package let path: [String]
        /// What the field may be, as a pattern's list: `["pending",{"prefix":"ship"}]`.
        package let wanted: String
        /// The scalars that the event has there, as JSON; none where the field is not there.
        package let found: [String]
        /// Whether the event has there what is wanted.
        package let isMet: Bool
    }

    /// The clauses of each conjunction: a pattern without `$or` has one, and an event passes if all clauses of one are met.
    ///
    /// Lists are the exception: one element has to satisfy all clauses inside it, which a clause alone does not tell.
    package func clauses(for event: JSONValue) -> [[Clause]] {
        self.conjunctions.map { conjunction in
            conjunction.leaves.map { node in
                let alone = PatternNode.root.adding(node.matchers ?? [], at: node.path[...])
                return Clause(
                    path: node.path,
                    wanted: "[" + (node.matchers ?? []).map(\.json).joined(separator: ",") + "]",
                    found: event.scalars(at: node.path[...]),
                    isMet: alone?.matches(event, in: event) ?? false
                )
            }
        }
    }
}

extension PatternNode {
    /// The fields that have a list of values, in the order of the pattern.
    fileprivate var leaves: [PatternNode] {
        (self.matchers == nil ? [] : [self]) + self.fields.flatMap(\.leaves)
    }
}

extension JSONValue {
    /// The scalars at a path as JSON, those in lists included.
    fileprivate func scalars(at path: ArraySlice<String>) -> [String] {
        switch self {
        case .object(let object):
            guard let name = path.first else { return [] }
            return object[name]?.scalars(at: path.dropFirst()) ?? []
        case .array(let elements): return elements.flatMap { $0.scalars(at: path) }
        case .string, .number, .bool, .null:
            guard path.isEmpty else { return [] }
            var writer = JSONWriter()
            self.write(to: &writer)
            return [String(decoding: writer.bytes, as: UTF8.self)]
        }
    }

    /// Writes a scalar; a number as the shortest text of its double.
    fileprivate func write(to writer: inout JSONWriter) {
        switch self {
        case .string(let text): writer.string(text)
        case .number(let number): writer.number(number)
        case .bool(let value): writer.bool(value)
        case .null, .object, .array: writer.null()
        }
    }
}

extension ValueMatcher {
    /// The entry as it stands in a pattern; operands of case-insensitive operators in small letters.
    fileprivate var json: String {
        var writer = JSONWriter()
        self.write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func write(to writer: inout JSONWriter) {
        switch self {
        case .string(let text): writer.string(text)
        case .number(let number): writer.number(number)
        case .bool(let value): writer.bool(value)
        case .null: writer.null()
        case .prefix(let text): writer.object { $0.member("prefix", text) }
        case .suffix(let text): writer.object { $0.member("suffix", text) }
        case .equalsIgnoreCase(let text): writer.object { $0.member("equals-ignore-case", text) }
        case .prefixIgnoreCase(let text): Self.ignoringCase("prefix", text, &writer)
        case .suffixIgnoreCase(let text): Self.ignoringCase("suffix", text, &writer)
        case .numeric(let range):
            writer.object {
                $0.key("numeric")
                range.write(to: &$0)
            }
        case .anythingButStrings(let texts):
            writer.object {
                $0.key("anything-but")
                $0.array { writer in texts.forEach { writer.string($0) } }
            }
        case .anythingButNumbers(let numbers):
            writer.object {
                $0.key("anything-but")
                $0.array { writer in numbers.forEach { writer.number($0) } }
            }
        case .exists(let isWanted):
            writer.object {
                $0.key("exists")
                $0.bool(isWanted)
            }
        }
    }

    private static func ignoringCase(_ name: String, _ text: String, _ writer: inout JSONWriter) {
        writer.object {
            $0.key(name)
            $0.object { $0.member("equals-ignore-case", text) }
        }
    }
}

extension NumericRange {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.array { writer in
            if let lower, lower == self.upper {
                writer.string("=")
                return writer.number(lower.value)
            }
            if let lower {
                writer.string(lower.isInclusive ? ">=" : ">")
                writer.number(lower.value)
            }
            if let upper {
                writer.string(upper.isInclusive ? "<=" : "<")
                writer.number(upper.value)
            }
        }
    }
}

extension JSONWriter {
    /// The shortest text that is this double, integers without a fraction.
    fileprivate mutating func number(_ value: Double) {
        if let integer = Int64(exactly: value) {
            self.integer(integer)
        } else {
            self.raw("\(value)".utf8)
        }
    }
}
