package import ArchiveAccounts

/// How far the objects of each shard reach that a replay has gone through, since a later one may begin inside them.
package struct ReplayedSpans: Sendable, Equatable {
    /// Records of a shard, from the first to the last.
    package struct Span: Sendable, Equatable {
        let first: String
        let last: String

        /// A span between two sequence numbers, both of them in it.
        package init(first: String, last: String) {
            self.first = first
            self.last = last
        }
    }

    /// The span that reaches furthest, by shard.
    package private(set) var spans: [String: Span]

    /// What was gone through; by default nothing.
    package init(_ spans: [String: Span] = [:]) { self.spans = spans }

    /// The record of the object's shard up to which all of its records were gone through before.
    ///
    /// Nil for an object that does not begin inside others, as hardly one does: it has no record of theirs.
    package func reached(within name: ArchiveObjectName) -> String? {
        guard let span = self.spans[name.shardID], ArchiveChain.isLess(span.first, name.firstSequenceNumber),
            !ArchiveChain.isLess(span.last, name.firstSequenceNumber)
        else { return nil }
        return span.last
    }

    /// Notes that an object was gone through, which ends with that record.
    package mutating func note(_ name: ArchiveObjectName, last: String) {
        let known = self.spans[name.shardID]
        guard known.map({ ArchiveChain.isLess($0.last, last) }) ?? true else { return }
        let first = self.reached(within: name) == nil ? nil : known?.first
        self.spans[name.shardID] = Span(first: first ?? name.firstSequenceNumber, last: last)
    }
}
