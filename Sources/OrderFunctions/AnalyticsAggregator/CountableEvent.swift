package import Orders

/// What counts once: an order, a part of a large one, or a record that cannot be counted.
package struct CountableEvent: Sendable, Equatable {
    /// The record's place in its shard's batch, from 0.
    package let record: Int
    /// What it is known by.
    ///
    /// Two events of one marker are the same event.
    package let marker: EventMarker
    /// Whether the marker is written with the counters.
    ///
    /// The shard's checkpoint does instead of it, but for parts.
    package let isMarked: Bool
    /// What it adds, at most one delta a row.
    package let rows: [CounterRow]
    /// Whether the record's dead letter has to be sent before this is written.
    package let isPoison: Bool
    /// What its marker keeps of the order's content; nil where there is nothing to compare.
    package let digest: String?

    /// Whether it only says that an invalid order is one of its day's; its dead letter is an event of its own.
    var isTotalOfInvalid: Bool { self.marker.scope == .invalid }

    package init(
        record: Int,
        marker: EventMarker,
        isMarked: Bool,
        rows: [CounterRow],
        isPoison: Bool = false,
        digest: String? = nil
    ) {
        self.record = record
        self.marker = marker
        self.isMarked = isMarked
        self.rows = rows
        self.isPoison = isPoison
        self.digest = digest
    }
}

extension CountableEvent {
    /// The event without its counters, so that at least its marker can be written.
    var withoutRows: CountableEvent {
        CountableEvent(
            record: self.record,
            marker: self.marker,
            isMarked: self.isMarked,
            rows: [],
            isPoison: self.isPoison
        )
    }

    /// What is written of an order under a `MessageId` that another order has: that its dead letter was sent.
    ///
    /// `marker` is the record's own. Its day's total has an order of this id already.
    func conflicting(marker: EventMarker, isMarked: Bool) -> CountableEvent {
        CountableEvent(record: self.record, marker: marker, isMarked: isMarked, rows: [], isPoison: true)
    }

    /// What is left to write of an order whose counters can never be: its dead letter's marker and that there was an
    /// order.
    ///
    /// The first part holds the orders row; behind it the order is in the total already.
    func poisoned(marker: EventMarker) -> CountableEvent {
        let total = self.rows.compactMap { row -> CounterRow? in
            guard case .orders(let day) = row.key else { return nil }
            return CounterRow(.orders(day), .orders(total: 1, successful: 0))
        }
        return CountableEvent(
            record: self.record,
            marker: marker,
            isMarked: self.isMarked,
            rows: total,
            isPoison: true
        )
    }
}
