package import JSONText

/// The answer that tells Lambda or a Pipe which records to bring again: `{"batchItemFailures":[…]}`.
package struct BatchResponse: Sendable, Equatable {
    /// The failed records in the order they were reported, each once.
    package private(set) var itemIdentifiers: [String] = []
    /// The failed records as a set, so that a batch of 10,000 failures does not compare each with all.
    private var known: Set<String> = []

    /// No failures: the whole batch is done.
    package init() {}

    /// Whether the whole batch succeeded.
    package var isEmpty: Bool { self.itemIdentifiers.isEmpty }

    /// Reports a record as failed, by its `itemIdentifier`.
    ///
    /// Throws an `EventError` where there is no id: an empty one means "everything failed" to Lambda, and leaving the
    /// record out would lose it.
    package mutating func fail(_ itemIdentifier: String?) throws(EventError) {
        guard let itemIdentifier, !itemIdentifier.isEmpty else {
            throw EventError(
                .unreportable,
                "a record failed that has no id to report it by; the batch fails so that it is delivered again"
            )
        }
        if self.known.insert(itemIdentifier).inserted { self.itemIdentifiers.append(itemIdentifier) }
    }

    /// The answer's bytes; `members` adds what a function answers besides.
    package func json(_ members: (inout JSONWriter) -> Void = { _ in }) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 64 + self.itemIdentifiers.count * 96)
        writer.object { writer in
            writer.key("batchItemFailures")
            writer.array { writer in
                for identifier in self.itemIdentifiers {
                    writer.object { $0.member("itemIdentifier", identifier) }
                }
            }
            members(&writer)
        }
        return writer.bytes
    }
}
