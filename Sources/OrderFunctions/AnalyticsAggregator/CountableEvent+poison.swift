internal import Orders

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
