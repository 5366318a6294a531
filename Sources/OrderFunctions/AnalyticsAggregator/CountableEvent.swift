package import Orders

/// What counts once: an order, a part of a large one, or a record that cannot be counted.
package struct CountableEvent: Sendable, Equatable {
    /// The record's place in its shard's batch, from 0.
    package let record: Int
    /// What the event is known by: two events of one marker are the same event.
    package let marker: EventMarker
    /// Whether the marker is written with the counters.
    ///
    /// Where checkpoints deduplicate, only the parts of an event have markers: the checkpoint stands for all other events.
    package let isMarked: Bool
    /// What the event adds, at most one delta a row.
    package let rows: [CounterRow]
    /// Whether the record's dead letter has to be sent before the event is written.
    package let isPoison: Bool
    /// What the marker keeps of the order's content; nil where there is nothing to compare.
    package let digest: String?

    /// Whether the event only says that an invalid order is one of its day's; that order's dead letter is another event.
    var isTotalOfInvalid: Bool { self.marker.scope == .invalid }

    /// An event of the record at a place of its batch.
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
    /// `marker` is that of the record itself. The day's total has an order of this id already.
    func conflicting(marker: EventMarker, isMarked: Bool) -> CountableEvent {
        CountableEvent(record: self.record, marker: marker, isMarked: isMarked, rows: [], isPoison: true)
    }

    /// What is left to write of an order whose counters can never be: its dead letter's marker and that there was an
    /// order.
    ///
    /// The first part of an order in parts holds the orders row: once it is written, the order is in the total.
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
