package import Orders

/// Events that are counted in one transaction.
package struct TransactionChunk: Sendable, Equatable {
    /// The events that are counted, in the shard's order; at least one.
    package let events: [CountableEvent]
    /// The events' rows, summed, in the table's order.
    package let rows: [CounterRow]
    /// The last record of the batch with which everything is done once this chunk and those before it are committed;
    /// -1 while the first record is not.
    package let lastRecord: Int

    /// The first record of the batch that is not done if this chunk is not committed.
    package var firstRecord: Int { self.events[0].record }

    /// The places in `events` of those whose markers are written, in the order of the transaction's actions.
    var markedEvents: [Int] { self.events.indices.filter { self.events[$0].isMarked } }

    /// How many actions the transaction has, the checkpoint's not counted.
    package var actionCount: Int { self.events.count { $0.isMarked } + self.rows.count }

    init(events: [CountableEvent], sums: CounterSums, lastRecord: Int) {
        self.events = events
        self.rows = sums.rows
        self.lastRecord = lastRecord
    }

    /// The chunk without some of its events; they fitted before, so those that are left fit too.
    func keeping(_ isKept: (Int, CountableEvent) -> Bool) -> TransactionChunk? {
        let kept = self.events.enumerated().filter { isKept($0.offset, $0.element) }.map(\.element)
        if kept.count == self.events.count { return self }
        return kept.isEmpty ? nil : TransactionChunk(kept, lastRecord: self.lastRecord)
    }

    /// The chunk without the events at these places, and without other parts of theirs that are replaced.
    ///
    /// What replaces an event is no larger.
    func without(_ places: [Int], replacedBy others: [CountableEvent]) -> TransactionChunk? {
        if others.isEmpty { return self.keeping { place, _ in !places.contains(place) } }
        let records = Set(others.map(\.record))
        let kept = self.events.enumerated().filter { place, event in
            !places.contains(place) && (event.isTotalOfInvalid || !records.contains(event.record))
        }.map(\.element)
        return TransactionChunk((kept + others).sorted { $0.record < $1.record }, lastRecord: self.lastRecord)
    }

    /// The chunk without some of its events, which ends with the batch's record `lastRecord` or before.
    func keeping(upTo lastRecord: Int, _ isKept: (CountableEvent) -> Bool) -> TransactionChunk? {
        let kept = self.events.filter(isKept)
        return kept.isEmpty ? nil : TransactionChunk(kept, lastRecord: min(self.lastRecord, lastRecord))
    }

    /// The two halves, in order; nil for a single event.
    func split() -> (TransactionChunk, TransactionChunk)? {
        guard self.events.count > 1 else { return nil }
        let middle = self.events.count / 2
        let second = TransactionChunk(Array(self.events[middle...]), lastRecord: self.lastRecord)
        let first = TransactionChunk(Array(self.events[..<middle]), lastRecord: second.firstRecord - 1)
        return (first, second)
    }

    /// A chunk of events whose sums are known to be possible: they are parts of sums that were.
    init(_ events: [CountableEvent], lastRecord: Int) {
        var sums = CounterSums()
        for event in events {
            do {
                try sums.add(event.rows)
            } catch {
                preconditionFailure("amounts are not negative, so a part of a sum has no more digits than the sum")
            }
        }
        self.init(events: events, sums: sums, lastRecord: lastRecord)
    }
}
