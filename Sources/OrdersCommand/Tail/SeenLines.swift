package import Platform

/// What the looks into a function's log have found, so that each of its lines is shown once.
package struct SeenLines: Sendable {
    /// Lines show up late, and not in order: each look goes back so far behind the newest line.
    private static let overlap = Duration.seconds(30)

    /// Milliseconds since 1970.
    private var newest: Int64?
    /// Whether the last look had no room for all that there was.
    private var isBehind = false
    /// When the lines were written that another look may find again, by their identities.
    private var times: [ExactText: Int64] = [:]

    /// No look so far.
    package init() {}

    /// From when on the next look reads a log that is followed from `start` on.
    ///
    /// Behind a look that was cut off it goes on where that one ended: going back it might find the same lines each time.
    package func nextStart(following start: UTCInstant) -> UTCInstant {
        guard let newest else { return start }
        let instant = UTCInstant(millisecondsSince1970: newest)
        return max(self.isBehind ? instant : instant + (.zero - Self.overlap), start)
    }

    /// The lines of a look that no look before has found.
    package mutating func new(in lines: [FunctionLogLine], isCutOff: Bool) -> [FunctionLogLine] {
        let new = lines.filter { self.times.updateValue($0.timestamp, forKey: $0.identity) == nil }
        self.isBehind = isCutOff
        guard let newest = (lines.map(\.timestamp) + [self.newest].compactMap { $0 }).max() else { return new }
        self.newest = newest
        // No later look begins before.
        let forgotten = newest - Self.overlap.components.seconds * 1_000
        self.times = self.times.filter { $0.value >= forgotten }
        return new
    }
}
