internal import LambdaEvents
internal import Orders

/// What a record that is redriven may have been counted for already: one that was refused is one of its day's orders since then.
///
/// Its claim with the scope `invalid` says on which day, and the day's row whether it was counted there: claims come before rows. When
/// other rules take the same record for an order of that day, the order adds to everything but that total.
struct FormerRefusal: Sendable {
    /// The claims to look for.
    let markers: [EventMarker]
    /// The row of the day's orders that the record adds to now.
    let row: CounterKey

    /// Looks at a batch, which has one record if it is of a redrive; nil for what was not redriven or is refused again.
    ///
    /// The parts of an aggregate that killed processes were never read, and so not refused.
    init?(of batch: ShardBatch, _ plan: AggregationPlan) {
        guard RedriveShard(shardID: batch.shardID) != nil, plan.records.count == 1, let record = plan.records.first,
            record.poison == nil, let day = record.rows.first?.key.day
        else { return nil }
        // By its message id, if that could be read when it was refused, else by where Kinesis had it.
        let ids = Set([record.marker?.id, batch.originalID(ofRecord: 0)].compactMap { $0 })
        self.markers = ids.sorted().map { EventMarker(id: $0, scope: .invalid) }
        self.row = .orders(day)
    }

    /// Whether the owner of such a claim is counted in that row; else it is in one that the record adds nothing to.
    func isAbout(_ claim: EventClaim) -> Bool { claim.countingDay == self.row.day }

    /// What is left of a plan where the record is in that row.
    func rest(of plan: AggregationPlan) -> AggregationPlan {
        var plan = plan
        plan.changeRows { row in
            guard row.key == self.row, case .orders(_, let successful) = row.delta else { return row }
            return CounterRow(row.key, .orders(total: 0, successful: successful))
        }
        return plan
    }
}
