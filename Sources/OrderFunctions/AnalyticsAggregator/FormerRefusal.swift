internal import LambdaEvents
internal import Orders

/// What a record that is redriven may have been counted for already: one that was refused is one of its day's orders since then.
///
/// Its claim with the scope `invalid` says on which day, and the day's row whether it was counted there: claims come before rows. When
/// other rules take the same record for an order of that day, the order adds to everything but that total.
struct FormerRefusal: Sendable {
    /// The claims to look for; none for what was not redriven or is refused again.
    let markers: [EventMarker]

    /// Looks at a batch, which has one record if it is of a redrive; the parts of an aggregate that killed processes were never
    /// read, and so not refused.
    init(of batch: ShardBatch, _ plan: AggregationPlan) {
        guard RedriveShard(shardID: batch.shardID) != nil, plan.records.count == 1, let record = plan.records.first,
            record.poison == nil, !record.rows.isEmpty
        else {
            self.markers = []
            return
        }
        // By its message id, if that could be read when it was refused, else by where Kinesis had it.
        let ids = Set([record.marker?.id, batch.originalID(ofRecord: 0)].compactMap { $0 })
        self.markers = ids.sorted().map { EventMarker(id: $0, scope: .invalid) }
    }

    /// The row that the owner of such a claim is counted in.
    static func row(of claim: StoredClaim) -> CounterKey? {
        (claim.day ?? claim.arrival.map(EventClaim.day(ofArrival:))).map { .orders($0) }
    }

    /// What is left of a plan where the record is in these rows.
    func rest(of plan: AggregationPlan, countedIn rows: Set<CounterKey>) -> AggregationPlan {
        var plan = plan
        plan.changeRows { row in
            guard case .orders(_, let successful) = row.delta, rows.contains(row.key) else { return row }
            return CounterRow(row.key, .orders(total: 0, successful: successful))
        }
        return plan
    }
}
