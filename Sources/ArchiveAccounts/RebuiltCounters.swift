package import Orders

/// The counters that the events of an archive add up to, each event once.
package struct RebuiltCounters: Sendable, Equatable {
    /// What became of the events.
    package struct Summary: Sendable, Equatable {
        /// Those that are in the sums.
        package fileprivate(set) var counted = 0
        /// Those of them under an id that counted before, whose claim had ended, or which nothing remembers.
        package fileprivate(set) var countedAgain = 0
        /// The same event again, within the lifetime of what makes it count once.
        package fileprivate(set) var repetitions = 0
        /// Another order under the id of one that counts, which the aggregator dead-letters.
        package fileprivate(set) var conflicts: [LinePlace] = []
        /// The record of an event again, in an object that begins inside another one (docs/formats.md, "The archive"): it
        /// is as if the line were not there.
        package fileprivate(set) var copies: [LinePlace] = []
    }

    /// The sums, also of rows whose sums are too large.
    private var sums = RowSums()
    /// What became of the events.
    package private(set) var summary = Summary()
    /// Rows of events of which it cannot be told whether they count: they repeat others in a row that began before all arrivals
    /// are known.
    package private(set) var undecided: Set<CounterKey> = []
    /// What counts a second time, by the rows that it is in.
    package private(set) var secondCounts: [CounterKey: SecondCounts] = [:]

    /// The counters of no events.
    package init() {}

    /// The sums by row, made anew at each call; of products that share a row, as `CounterKey.asRead` has it, in one.
    package var rows: [CounterKey: CounterDelta] { self.sumsByRow.rows }

    /// How many rows there are.
    package var rowCount: Int { self.sums.count }

    /// Rows whose sums have more digits than DynamoDB stores.
    package var overflows: Set<CounterKey> { self.sumsByRow.overflows }

    private var sumsByRow: (rows: [CounterKey: CounterDelta], overflows: Set<CounterKey>) {
        var rows: [CounterKey: CounterDelta] = [:]
        var overflows: Set<CounterKey> = []
        rows.reserveCapacity(self.sums.count)
        self.sums.forEach { row, isOverflown in
            let key = row.key.asRead
            if isOverflown { overflows.insert(key) }
            guard let other = rows.updateValue(row.delta, forKey: key) else { return }
            if let sum = try? other.adding(row.delta) { rows[key] = sum } else { overflows.insert(key) }
        }
        return (rows, overflows)
    }

    /// Adds the events of some keys, all that there are of each.
    ///
    /// Of the events of one key the first that arrived counts, and those that arrive within `lifetime` seconds of it do not,
    /// whatever the tables have forgotten by now; the first behind that counts again. Arrivals are compared in whole
    /// seconds, as claims have them. Of the lines of one record the first alone is there. Those events that
    /// `isExcluded` names count as if they were not there.
    ///
    /// `start` is from when on all arrivals are known, in milliseconds since 1970; nil where they are from the beginning. An
    /// event that arrives within the lifetime of it, and comes again, may itself repeat one from before, so that which of its
    /// repetitions count is decided only behind a pause as long as the lifetime. One that does not come again is for the
    /// caller to leave out, by its day.
    package mutating func add(
        _ events: EventBytes,
        lifetime: Int64,
        knownFrom start: Int64? = nil,
        isExcluded: (EventKey, LinePlace) -> Bool = { _, _ in false }
    ) {
        var groups = EventGroups()
        events.forEachHead { head in if !isExcluded(head.key, head.place) { groups.add(head) } }
        groups.forEach { heads in
            let heads = self.withoutCopies(heads)
            // One that only its own copies repeat does not come again.
            guard heads.count > 1 else { return heads.forEach { self.count($0, of: events) } }
            var first: EventHead?
            var undecided = start
            for head in heads {
                // While another may have counted up to then, of which nothing says when it did.
                if let latest = undecided, !Self.isOver(latest, lifetime, head.arrival) {
                    undecided = max(latest, head.arrival)
                    events.forEachRow(at: head.offset) { key, _ in self.undecided.insert(EventBytes.key(key).asRead) }
                } else {
                    undecided = nil
                }
                if let counted = first, !Self.isOver(counted.arrival, lifetime, head.arrival) {
                    if counted.content == head.content {
                        self.summary.repetitions += 1
                    } else {
                        self.summary.conflicts.append(head.place)
                    }
                    continue
                }
                let countsAgain = first != nil
                first = head
                self.count(head, of: events)
                if countsAgain { self.noteSecondCount(of: head, events) }
            }
        } single: { head in
            self.count(head, of: events)
        }
    }

    /// The events of different records, by the first line of each; notes where the others are.
    ///
    /// A line that says something else of the same record is nothing that the archiver wrote, and stays to be seen.
    private mutating func withoutCopies(_ heads: [EventHead]) -> [EventHead] {
        // The heads are in the order of their arrivals, and a record has one: no more is kept than the records of one
        // arrival.
        var firsts: [UInt64: EventHead] = [:]
        var arrival: Int64?
        // Nil as long as there is no copy, as in almost all groups, which are not written anew.
        var others: [EventHead]?
        for (index, head) in heads.enumerated() {
            if head.arrival != arrival {
                firsts.removeAll(keepingCapacity: true)
                arrival = head.arrival
            }
            guard let first = firsts[head.record] else {
                firsts[head.record] = head
                others?.append(head)
                continue
            }
            guard first.content == head.content else {
                others?.append(head)
                continue
            }
            self.summary.copies.append(head.place)
            others = others ?? Array(heads[..<index])
        }
        return others ?? heads
    }

    private mutating func count(_ head: EventHead, of events: EventBytes) {
        self.summary.counted += 1
        events.forEachRow(at: head.offset) { key, delta in self.sums.add(delta, to: key) }
    }

    private mutating func noteSecondCount(of head: EventHead, _ events: EventBytes) {
        self.summary.countedAgain += 1
        events.forEachRow(at: head.offset) { key, delta in
            let (row, counts) = (EventBytes.key(key).asRead, SecondCounts(delta, arrival: head.arrival))
            self.secondCounts[row] = self.secondCounts[row]?.adding(counts) ?? counts
        }
    }

    /// Adds the counters of other keys.
    package mutating func add(_ other: RebuiltCounters) {
        self.sums.add(other.sums)
        self.summary.counted += other.summary.counted
        self.summary.countedAgain += other.summary.countedAgain
        self.summary.repetitions += other.summary.repetitions
        self.summary.conflicts += other.summary.conflicts
        self.summary.copies += other.summary.copies
        self.undecided.formUnion(other.undecided)
        self.secondCounts.merge(other.secondCounts) { $0.adding($1) }
    }

    /// Whether the sums are the same, whatever the order in which their rows came.
    package static func == (left: RebuiltCounters, right: RebuiltCounters) -> Bool {
        left.summary == right.summary && left.rows == right.rows && left.overflows == right.overflows
            && left.secondCounts == right.secondCounts
    }

    /// Whether the claim of what arrived at `counted` has ended at `arrival`.
    private static func isOver(_ counted: Int64, _ lifetime: Int64, _ arrival: Int64) -> Bool {
        // What tells no arrival is claimed for ever. The lifetime is a number of days, far from overflowing.
        counted != .min && Self.wholeSeconds(counted) + lifetime <= Self.wholeSeconds(arrival)
    }

    /// Rounded down, as a claim has its arrival.
    private static func wholeSeconds(_ milliseconds: Int64) -> Int64 {
        milliseconds / 1_000 - (milliseconds % 1_000 < 0 ? 1 : 0)
    }
}

/// Events by key.
private struct EventGroups {
    private struct First {
        let head: EventHead
        /// Whether others of its key came behind it.
        var isRepeated = false
    }

    /// The first of each key that was read.
    private var firsts: [First] = []
    /// The others, by the place of their first one: few events are sent again.
    private var others: [Int: [EventHead]] = [:]
    /// Places of firsts by their keys, open addressing; -1 where there is none.
    ///
    /// Half of them at most are taken.
    private var slots = [Int32](repeating: -1, count: 1_024)

    mutating func add(_ head: EventHead) {
        var slot = self.slot(of: head.key)
        while self.slots[slot] >= 0 {
            let place = Int(self.slots[slot])
            if self.firsts[place].head.key == head.key {
                self.firsts[place].isRepeated = true
                self.others[place, default: []].append(head)
                return
            }
            slot = (slot + 1) & (self.slots.count - 1)
        }
        self.slots[slot] = Int32(self.firsts.count)
        self.firsts.append(First(head: head))
        if 2 * self.firsts.count > self.slots.count { self.grow() }
    }

    /// Hands the events of each key that came more than once to `repeated`, in the order of their arrivals, and each other one
    /// to `single`.
    func forEach(_ repeated: ([EventHead]) -> Void, single: (EventHead) -> Void) {
        for (place, first) in self.firsts.enumerated() {
            guard first.isRepeated else {
                single(first.head)
                continue
            }
            repeated(
                ([first.head] + (self.others[place] ?? [])).sorted { left, right in
                    left.arrival == right.arrival ? left.place < right.place : left.arrival < right.arrival
                }
            )
        }
    }

    private mutating func grow() {
        self.slots = [Int32](repeating: -1, count: 4 * self.slots.count)
        for (place, first) in self.firsts.enumerated() {
            var slot = self.slot(of: first.head.key)
            while self.slots[slot] >= 0 { slot = (slot + 1) & (self.slots.count - 1) }
            self.slots[slot] = Int32(place)
        }
    }

    /// By the product's middle bits, since keys of one part have the same lowest ones.
    private func slot(of key: EventKey) -> Int {
        let product = (key.high ^ key.low) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: product >> 32) & (self.slots.count - 1)
    }
}
