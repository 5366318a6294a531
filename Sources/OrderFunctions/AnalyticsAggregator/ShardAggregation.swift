internal import AWSClient
internal import LambdaRuntime
internal import Orders
internal import Platform

/// One shard's batch in one invocation: chunk after chunk, up to the first that cannot be committed now.
struct ShardAggregation {
    /// The first record that is not done, and why.
    struct Failure {
        let record: Int
        let reason: String
    }

    /// What came of one chunk.
    enum Step {
        case committed
        /// Something in it can never be written.
        case refused(TransactionChunk, code: String)
        case checkpointMoved
        case failed(Failure)
    }

    let services: AggregatorServices
    let batch: ShardBatch
    let deadline: WorkDeadline
    let logger: Logger
    /// What became of each record of the batch.
    private(set) var fates: [RecordFate]
    /// The shard's checkpoint, where checkpoints deduplicate.
    var checkpoint: CheckpointsTable.Checkpoint?
    /// Records that can never be counted, by their places, those included that DynamoDB refuses.
    var poison: [Int: AggregationPlan.Poison] = [:]
    /// The digests in the markers of events that were found to be counted before, by id; nil where a marker has none to
    /// compare.
    var storedDigests: [Identifier: String?] = [:]
    /// How many events are of types that are not counted, by type.
    private(set) var skippedTypes: [String: Int] = [:]
    /// How many amounts were taken without the digits that binary floating point adds.
    private(set) var roundedAmounts = 0
    /// What this invocation has added to the counters.
    var sales = CountedSales()
    /// Records whose dead letters were sent in this invocation.
    var sentLetters: Set<Int> = []

    init(services: AggregatorServices, batch: ShardBatch, deadline: WorkDeadline, logger: Logger) {
        self.services = services
        self.batch = batch
        self.deadline = deadline
        self.logger = logger
        self.fates = Array(repeating: .pending, count: batch.records.count)
    }

    /// Does what can be done, and gives the first record that is left; nil if none is.
    mutating func run() async -> Failure? {
        var attempt = 0
        while true {
            if let failure = await self.readCheckpoint() { return failure }
            let plan = AggregationPlan(
                self.batch,
                deduplication: self.services.deduplication,
                checkpoint: self.checkpoint,
                decoder: self.services.decoder
            )
            self.skippedTypes = plan.skippedTypes
            self.roundedAmounts = plan.roundedAmounts
            for (record, fate) in plan.fates { self.settle(record, fate) }
            self.poison = plan.poison
            var step = await self.commit(plan.events, of: plan)
            // Records before the first that failed do not come again.
            let end: Int? = if case .failed(let failure) = step { failure.record } else { nil }
            let others = self.settle(plan.repetitions.filter { $0.event.record < end ?? .max })
            if !others.isEmpty, case .failed(let failure) = await self.commit(others, of: plan),
                failure.record < end ?? .max
            {
                step = .failed(failure)
            }
            switch step {
            case .committed, .refused:
                return plan.unplaceable.map {
                    Failure(record: $0, reason: "\(AggregatorError.unplaceableRecord)")
                }
            case .failed(let failure):
                return failure
            case .checkpointMoved:
                attempt += 1
                let reason = "the shard's checkpoint is moved by somebody else again and again"
                guard await self.deadline.wait(afterFailures: attempt) else {
                    return Failure(record: self.fates.firstIndex(of: .pending) ?? 0, reason: reason)
                }
            }
        }
    }

    /// Notes what became of an event: of the fates of one record's events the greatest is the record's.
    mutating func settle(_ record: Int, _ fate: RecordFate) {
        self.fates[record] = max(self.fates[record], fate)
    }

    /// Tells repetitions of what was counted from other orders under the same id, and gives those, to be dead-lettered.
    private mutating func settle(_ repetitions: [AggregationPlan.Repetition]) -> [CountableEvent] {
        repetitions.compactMap { repetition in
            let event = repetition.event
            let counted = self.storedDigests[event.marker.id] ?? repetition.firstDigest
            guard let counted, let digest = event.digest, digest != counted else {
                self.settle(event.record, .duplicate)
                return nil
            }
            self.poison[event.record] = AggregationPlan.Poison(
                reason: EventDigest.conflict,
                marker: repetition.recordMarker
            )
            return event.conflicting(marker: repetition.recordMarker, isMarked: true)
        }
    }

    private mutating func readCheckpoint() async -> Failure? {
        guard let checkpoints = self.services.checkpoints else { return nil }
        do {
            self.checkpoint = try await checkpoints.read(self.batch, until: self.deadline)
            return nil
        } catch {
            return Failure(record: 0, reason: "\(error)")
        }
    }

    /// Commits a plan's events in chunks, in order.
    ///
    /// Nothing is sent behind one that is not committed.
    private mutating func commit(_ events: [CountableEvent], of plan: AggregationPlan) async -> Step {
        let last = (plan.unplaceable ?? self.batch.records.count) - 1
        // The next chunk last: the end is where an array takes and gives cheaply.
        var pending: [TransactionChunk] = self.services.planner.chunks(of: events, lastRecord: last).reversed()
        while let planned = pending.popLast() {
            // Other parts of an event that turned out to be poison are not counted either.
            guard let chunk = planned.keeping({ $1.isPoison || $1.isTotalOfInvalid || self.poison[$1.record] == nil })
            else { continue }
            switch await self.commit(chunk) {
            case .committed: continue
            case .refused(let chunk, let code):
                if let (first, second) = chunk.split() {
                    pending.append(second)
                    pending.append(first)
                } else if let replacement = self.replacement(for: chunk, code: code) {
                    pending.append(replacement)
                } else {
                    let reason = "DynamoDB refuses even the marker of the record (\(code)); check the Analytics table"
                    return .failed(Failure(record: chunk.firstRecord, reason: reason))
                }
            case .checkpointMoved: return .checkpointMoved
            case .failed(let failure): return .failed(failure)
            }
        }
        return .committed
    }

    /// What is written instead of a chunk of one event that DynamoDB never takes; nil if there is nothing left of it.
    private mutating func replacement(for chunk: TransactionChunk, code: String) -> TransactionChunk? {
        let event = chunk.events[0]
        if event.isPoison || event.isTotalOfInvalid {
            return event.rows.isEmpty ? nil : TransactionChunk([event.withoutRows], lastRecord: chunk.lastRecord)
        }
        guard let marker = self.batch.marker(ofRecord: event.record) else { return nil }
        let reason = "its counters cannot be written (DynamoDB: \(code)); repair the row and send the order again"
        self.poison[event.record] = AggregationPlan.Poison(reason: reason, marker: marker)
        return TransactionChunk([event.poisoned(marker: marker)], lastRecord: chunk.lastRecord)
    }
}
