internal import EventPatterns

/// What a function's answer says about the records of a batch.
package enum BatchAnswer: Sendable, Equatable {
    case success
    /// These failed, by identifier; all of them are of the batch.
    case partialFailure(Set<String>)
    /// The answer cannot be related to the batch, which therefore counts as failed.
    ///
    /// The text says why.
    case failure(String)

    /// Reads an answer as AWS does: nothing, `null`, `""`, `{}` and an empty or null list are complete success, an
    /// identifier that is empty, null, missing or of no record in the batch is complete failure.
    package init(payload: [UInt8], identifiers: some Sequence<String>) {
        guard !payload.isEmpty else {
            self = .success
            return
        }
        guard let value = try? JSONValue(parsing: payload) else {
            self = .failure("the answer is not valid JSON")
            return
        }
        // An answer of another type, such as "OK", reports no failure.
        guard case .object(let answer) = value, let failures = answer["batchItemFailures"] else {
            self = .success
            return
        }
        switch failures {
        case .null: self = .success
        case .array(let elements): self.init(elements, identifiers: Set(identifiers))
        case .object, .string, .number, .bool: self = .failure("`batchItemFailures` is \(failures.typeName)")
        }
    }

    private init(_ elements: [JSONValue], identifiers: Set<String>) {
        var failed: Set<String> = []
        for (index, element) in elements.enumerated() {
            guard case .object(let item) = element, case .string(let identifier) = item["itemIdentifier"] else {
                self = .failure("`batchItemFailures[\(index)]` has no `itemIdentifier` that is a string")
                return
            }
            guard identifiers.contains(identifier) else {
                self = .failure("`batchItemFailures[\(index)]` names no record of the batch")
                return
            }
            failed.insert(identifier)
        }
        self = failed.isEmpty ? .success : .partialFailure(failed)
    }
}
