internal import AWSClient
internal import LambdaEvents
internal import LambdaRuntime
internal import Orders
internal import Platform

extension ShardAggregation {
    /// What came of sending a dead letter.
    private enum Sending: Sendable {
        case sent
        /// The record's marker says that an earlier delivery sent the letter.
        case known
        case failed(String)
    }

    /// Sends the dead letters of a chunk before anything says that they were sent.
    ///
    /// Gives what is left to commit: without records whose letters were sent by an earlier delivery, and only up to the
    /// first whose letter cannot be sent now.
    mutating func sendDeadLetters(of chunk: TransactionChunk) async -> (TransactionChunk?, Failure?) {
        let poison = chunk.events.filter { $0.isPoison && !self.sentLetters.contains($0.record) }
        if poison.isEmpty { return (chunk, nil) }
        let sender = self
        let sendings = await concurrentMap(poison) { await sender.send($0) }
        var known: Set<Int> = []
        var failure: Failure?
        for (event, sending) in zip(poison, sendings) {
            switch sending {
            case .sent:
                self.sentLetters.insert(event.record)
            case .known:
                known.insert(event.record)
                self.settle(event.record, .duplicate)
            case .failed(let reason):
                failure = failure ?? Failure(record: event.record, reason: reason)
            }
        }
        let end = failure?.record ?? .max
        let rest = chunk.keeping(upTo: end - 1) { event in
            event.record < end && !(event.isPoison && known.contains(event.record))
        }
        return (rest, failure)
    }

    private func send(_ event: CountableEvent) async -> Sending {
        guard let poison = self.poison[event.record] else {
            preconditionFailure("an event is made poison together with its reason")
        }
        if self.deadline.hasPassed { return .failed("\(OutOfTime())") }
        let record = self.batch.records[event.record]
        let letter = DeadLetter(
            reason: poison.reason,
            source: self.batch.source,
            position: .kinesis(
                shardID: self.batch.shardID,
                sequenceNumber: record.sequenceNumber?.text ?? "",
                subSequenceNumber: record.subSequenceNumber
            ),
            record: record.bytes
        )
        do {
            let dynamoDB = self.services.aws.dynamoDB(until: self.deadline)
            if try await dynamoDB.getItem(self.services.table.read(poison.marker)) != nil { return .known }
            try await self.services.deadLetters.send(letter, until: self.deadline)
        } catch {
            return .failed("\(error)")
        }
        self.logger.warn(
            "record dead-lettered",
            [
                "shard_id": .string(self.batch.shardID), "sequence_number": .string(record.place),
                "reason": .string(poison.reason),
            ]
        )
        return .sent
    }
}
