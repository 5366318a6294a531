package import Orders

/// The counters that the events of an archive add up to, each event once.
package struct RebuiltCounters: Sendable, Equatable {
    /// What became of the events.
    package struct Summary: Sendable, Equatable {
        /// Those that are in the sums.
        package fileprivate(set) var counted = 0
        /// The same event again, within the lifetime of what makes it count once.
        package fileprivate(set) var repetitions = 0
        /// Another order under the id of one that counts, which the aggregator dead-letters.
        package fileprivate(set) var conflicts: [LinePlace] = []
    }

    /// The sums by row.
    package private(set) var rows: [CounterKey: CounterDelta] = [:]
    /// What became of the events.
    package private(set) var summary = Summary()
    /// Rows whose sums have more digits than DynamoDB stores.
    package private(set) var overflows: Set<CounterKey> = []

    /// The counters of no events.
    package init() {}

    /// Adds the events of some keys, all that there are of each.
    ///
    /// Of the events of one key the first that arrived counts, and those that arrive within `lifetime` seconds of it do not,
    /// whatever the tables have forgotten by now; the first behind that counts again. Those that `isExcluded` names count as
    /// if they were not there.
    package mutating func add(
        _ events: EventBytes,
        lifetime: Int64,
        isExcluded: (EventKey, LinePlace) -> Bool = { _, _ in false }
    ) {
        var heads: [EventHead] = []
        events.forEachHead { head in if !isExcluded(head.key, head.place) { heads.append(head) } }
        heads.sort { left, right in
            if left.key != right.key { return left.key < right.key }
            return left.arrival == right.arrival ? left.place < right.place : left.arrival < right.arrival
        }
        var first: EventHead?
        var sums = RowSums()
        for head in heads {
            if let counted = first, counted.key == head.key, !Self.isOver(counted.arrival, lifetime, head.arrival) {
                if counted.content == head.content {
                    self.summary.repetitions += 1
                } else {
                    self.summary.conflicts.append(head.place)
                }
                continue
            }
            first = head
            self.summary.counted += 1
            events.forEachRow(at: head.offset) { sums.add($1, to: $0) }
        }
        sums.forEach { row, isOverflown in
            self.add(row)
            if isOverflown { self.overflows.insert(row.key) }
        }
    }

    /// Adds the counters of other keys.
    package mutating func add(_ other: RebuiltCounters) {
        for (key, delta) in other.rows { self.add(CounterRow(key, delta)) }
        self.overflows.formUnion(other.overflows)
        self.summary.counted += other.summary.counted
        self.summary.repetitions += other.summary.repetitions
        self.summary.conflicts += other.summary.conflicts
    }

    private mutating func add(_ row: CounterRow) {
        guard let index = self.rows.index(forKey: row.key) else {
            self.rows[row.key] = row.delta
            return
        }
        do {
            self.rows.values[index] = try self.rows.values[index].adding(row.delta)
        } catch {
            self.overflows.insert(row.key)
        }
    }

    private static func isOver(_ counted: Int64, _ lifetime: Int64, _ arrival: Int64) -> Bool {
        // The lifetime is a number of days, far from overflowing.
        let (end, overflow) = counted.addingReportingOverflow(1_000 * lifetime)
        return !overflow && counted != .min && arrival >= end
    }
}
