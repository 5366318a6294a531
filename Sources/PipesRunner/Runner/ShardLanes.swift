package import Platform

/// What of one shard was read and is not delivered yet, by lanes: each has one batch under way at a time.
///
/// It performs no I/O. A record's lane follows from its ordering key, so that a lane that retries holds up its own keys
/// and no others.
package struct ShardLanes: Sendable {
    private var lanes: [Batcher]
    private var busy: Set<Int> = []
    /// Whether the shard is read to its end, so that no batch waits for more.
    package var isAtEnd = false
    /// Whether a lane's batch can never be delivered, so that none is started any more.
    package var hasFailed = false

    /// `count` is the parallelization factor.
    package init(count: Int, limits: BatchLimits, envelopeBytes: Int) {
        self.lanes = (0..<count).map { _ in Batcher(limits: limits, envelopeBytes: envelopeBytes) }
    }

    /// Lanes with a batch under way.
    package var busyCount: Int { self.busy.count }

    /// Whether every lane has a batch under way, so that nothing that is read could be sent.
    package var areAllBusy: Bool { self.busy.count == self.lanes.count }

    /// Bytes of the records that wait for their lane.
    package var waitingBytes: Int { self.lanes.reduce(0) { $0 + $1.waitingBytes } }

    /// Takes records in the stream's order.
    package mutating func add(_ records: [PolledRecord], at now: UTCInstant) {
        guard self.lanes.count > 1 else {
            self.lanes[0].add(records, at: now)
            return
        }
        for record in records {
            self.lanes[Self.lane(of: record.orderingKey, among: self.lanes.count)].add([record], at: now)
        }
    }

    /// The batches that are due in lanes that had none under way; these are busy from now on.
    package mutating func start(at now: UTCInstant) -> [(lane: Int, batch: [PolledRecord])] {
        self.lanes.indices.compactMap { lane in
            guard !self.busy.contains(lane), let batch = self.lanes[lane].take(at: now, isLast: self.isAtEnd) else {
                return nil
            }
            self.busy.insert(lane)
            return (lane, batch)
        }
    }

    /// A busy lane's batch is done: its next one, if that is due; else it is busy no more.
    package mutating func next(_ lane: Int, at now: UTCInstant) -> [PolledRecord]? {
        if let batch = self.lanes[lane].take(at: now, isLast: self.isAtEnd) { return batch }
        self.busy.remove(lane)
        return nil
    }

    /// A busy lane is given up, as at a stop.
    package mutating func abandon(_ lane: Int) {
        self.busy.remove(lane)
    }

    /// How long until a lane without a batch under way has one that is due; nil if none waits.
    package func timeLeft(at now: UTCInstant) -> Duration? {
        self.lanes.indices.lazy.filter { !self.busy.contains($0) }.compactMap { self.lanes[$0].timeLeft(at: now) }.min()
    }

    /// FNV-1a, since Swift's own hash differs from run to run.
    private static func lane(of key: String, among count: Int) -> Int {
        let hash = key.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return Int(hash % UInt64(count))
    }
}
