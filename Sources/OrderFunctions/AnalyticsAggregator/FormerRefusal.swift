internal import LambdaEvents
internal import Orders

/// What a record that is redriven has been counted for already: one that was refused is one of its day's orders since then.
///
/// Its claim with the scope `invalid` says so, and on which day. When other rules take the same record for an order, the order adds
/// to everything but that total. What comes from the stream itself is refused or counted, and never both.
struct FormerRefusal: Sendable {
    /// The claims to look for; none for what was not redriven or is refused again.
    let markers: [EventMarker]

    /// Looks at a batch, which has one record if it is of a redrive.
    init(of batch: ShardBatch, _ plan: AggregationPlan) {
        var markers: [EventMarker] = []
        if RedriveShard(shardID: batch.shardID) != nil {
            for (index, record) in plan.records.enumerated() where record.poison == nil && !record.rows.isEmpty {
                // By its message id, if that could be read when it was refused, else by where Kinesis had it.
                markers += [record.marker?.id, batch.originalID(ofRecord: index)].compactMap {
                    $0.map { EventMarker(id: $0, scope: .invalid) }
                }
            }
        }
        self.markers = markers
    }

    /// What is left of a plan where these claims were found.
    func rest(of plan: AggregationPlan, found claims: [StoredClaim]) -> AggregationPlan {
        let days = claims.compactMap { $0.day ?? $0.arrival.map(EventClaim.day(ofArrival:)) }
        return plan.withoutTotals(of: Set(days))
    }
}

extension AggregationPlan {
    /// The plan, of whose orders none is one more of those days' orders.
    fileprivate func withoutTotals(of days: Set<Day>) -> AggregationPlan {
        var plan = self
        plan.changeRows { row in
            guard case .orders(_, let successful) = row.delta, days.contains(row.key.day) else { return row }
            return CounterRow(row.key, .orders(total: 0, successful: successful))
        }
        return plan
    }
}
