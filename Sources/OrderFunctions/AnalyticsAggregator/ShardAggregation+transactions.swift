internal import AWSClient
internal import LambdaEvents
internal import Orders
internal import Platform

extension ShardAggregation {
    /// Sends the chunk's dead letters, then its transaction, until it is committed or cannot be now.
    mutating func commit(_ chunk: TransactionChunk) async -> Step {
        let (prepared, failure) = await self.sendDeadLetters(of: chunk)
        guard let prepared else { return failure.map { .failed($0) } ?? .committed }
        let step = await self.transact(prepared)
        guard case .committed = step, let failure else { return step }
        return .failed(failure)
    }

    private mutating func transact(_ chunk: TransactionChunk) async -> Step {
        var chunk = chunk
        var request = self.request(for: chunk)
        let dynamoDB = self.services.aws.dynamoDB(until: self.deadline)
        var attempt = 0
        while true {
            if self.deadline.hasPassed { return self.failed(chunk, OutOfTime()) }
            do {
                try await dynamoDB.transactWriteItems(request)
                self.settle(chunk)
                return .committed
            } catch {
                switch TransactionVerdict(error, of: chunk) {
                case .retry:
                    attempt += 1
                    guard await self.deadline.wait(afterFailures: attempt, of: error) else {
                        return self.failed(chunk, error)
                    }
                case .drop(let places, let waits):
                    let others = self.settle(places, of: chunk, as: error)
                    guard let rest = chunk.without(places, replacedBy: others) else { return .committed }
                    chunk = rest
                    request = self.request(for: chunk)
                    if waits {
                        attempt += 1
                        guard await self.deadline.wait(afterFailures: attempt, of: error) else {
                            return self.failed(chunk, error)
                        }
                    }
                    // Dead letters come before what says that they were sent.
                    if !others.isEmpty { return await self.commit(chunk) }
                case .checkpointMoved: return .checkpointMoved
                case .foreignFormat: return self.failed(chunk, AggregatorError.foreignFormat)
                case .split: return .refused(chunk, code: error.code.rawValue)
                case .stop: return self.failed(chunk, error)
                }
            }
        }
    }

    /// Settles events whose markers are there: duplicates, and other orders under the same id, of which it gives what is left
    /// to write.
    private mutating func settle(_ places: [Int], of chunk: TransactionChunk, as error: AWSError) -> [CountableEvent] {
        let marked = chunk.markedEvents
        var others: [CountableEvent] = []
        for place in places where !chunk.events[place].isTotalOfInvalid {
            let event = chunk.events[place]
            let reason = marked.firstIndex(of: place).flatMap { index in
                index < error.cancellationReasons.count ? error.cancellationReasons[index] : nil
            }
            let stored = EventDigest.stored(in: reason?.item)
            if !event.isPoison { self.storedDigests[event.marker.id] = .some(stored) }
            guard let digest = event.digest, let stored, digest != stored,
                let marker = self.batch.marker(ofRecord: event.record)
            else {
                self.settle(event.record, .duplicate)
                continue
            }
            self.poison[event.record] = AggregationPlan.Poison(reason: EventDigest.conflict, marker: marker)
            others.append(event.conflicting(marker: marker, isMarked: self.services.deduplication == .event))
        }
        return others
    }

    /// The request for a chunk, with a token of its own: as long as a request is only repeated, its token stays too.
    private func request(for chunk: TransactionChunk) -> TransactWriteItemsInput {
        let lane = self.services.table.lane(of: self.batch.shardID)
        var actions = self.services.table.actions(of: chunk, lane: lane, now: self.services.aws.time.now)
        if let checkpoints = self.services.checkpoints, let checkpoint, let number = self.checkpointNumber(of: chunk) {
            actions.append(.put(checkpoints.advancing(checkpoint, to: number)))
        }
        return TransactWriteItemsInput(
            transactItems: actions,
            clientRequestToken: self.services.aws.random.nextUUID()
        )
    }

    /// The sequence number that the chunk moves the checkpoint to; nil for a chunk that ends inside its first record, whose
    /// parts have markers.
    private func checkpointNumber(of chunk: TransactionChunk) -> SequenceNumber? {
        guard let checkpoint, let last = self.batch.lastWholeRecord(upTo: chunk.lastRecord),
            let number = self.batch.records[last].sequenceNumber, !checkpoint.covers(number)
        else { return nil }
        return number
    }

    private mutating func settle(_ chunk: TransactionChunk) {
        self.sales.add(chunk.rows)
        for event in chunk.events where !event.isTotalOfInvalid {
            self.settle(event.record, event.isPoison ? .deadLettered : .counted)
        }
        if let checkpoint, let number = self.checkpointNumber(of: chunk) {
            self.checkpoint = CheckpointsTable.Checkpoint(key: checkpoint.key, sequenceNumber: number)
        }
    }

    private func failed(_ chunk: TransactionChunk, _ error: any Error) -> Step {
        .failed(Failure(record: chunk.firstRecord, reason: "\(error)"))
    }
}
