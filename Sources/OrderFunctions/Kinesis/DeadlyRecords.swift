internal import AWSClient
internal import LambdaEvents
internal import LambdaRuntime
internal import Platform

/// Finds a record that the process dies of when it is decoded, which would block its shard: nothing is ever skipped there.
///
/// A death makes a new process, so the first invocation of each notes which batch it tries. From the third try of one batch
/// on, its records are decoded one by one, and which one it is at is noted before each. Only the record that was being decoded
/// when three processes in a row died is condemned. Deaths after that, and the ends of invocations that waited for a service
/// that was gone, condemn nobody: the note says then that nothing is being decoded. `BatchAttempt` decides.
struct DeadlyRecords: Sendable {
    /// What a function may work on.
    struct Finding: Sendable {
        /// The event ids of records that are not to be decoded any more.
        var condemned: Set<String> = []
        /// How many records of the event were looked at; nil for all.
        var limit: Int?

        /// Condemns a record, and says so in the log.
        fileprivate mutating func leaveOut(_ record: KinesisEventRecord, shardID: String, logger: Logger) {
            self.condemned.insert(record.eventID)
            logger.error(
                "record not decoded, since the process dies of it",
                ["shard_id": .string(shardID), "sequence_number": .string(record.sequenceNumber)]
            )
        }

        /// The part of the event that may be worked on.
        func within(_ event: KinesisEvent) -> KinesisEvent { self.limit.map(event.prefix) ?? event }

        /// The sequence number from which on the event has to come again; nil where it is worked on as a whole.
        func next(in event: KinesisEvent) -> String? {
            self.limit.flatMap { try? event.records[$0].get().sequenceNumber }
        }
    }

    let checkpoints: CheckpointsTable

    /// How many records an invocation decodes one by one, at a request each.
    static let recordsOfAnInvocation = 100

    /// Looks at an event; `rehearse` does with a record on its own what the function will do with it before its first request.
    func look(
        at event: KinesisEvent,
        isFirstOfProcess: Bool,
        until deadline: WorkDeadline,
        logger: Logger,
        rehearse: (ShardBatch) -> Void
    ) async -> Finding {
        var finding = Finding()
        guard isFirstOfProcess, let first = event.records.lazy.compactMap({ try? $0.get() }).first else {
            return finding
        }
        let (stream, shardID) = (first.streamName ?? "", first.shardID ?? "")
        do {
            let before = try await self.checkpoints.readAttempts(stream: stream, shardID: shardID, until: deadline)
            var attempt = BatchAttempt(first: first.sequenceNumber, after: before)
            if attempt.knowsCondemned {
                for case .success(let record) in event.records where attempt.keepsCondemned(record.eventID) {
                    finding.leaveOut(record, shardID: shardID, logger: logger)
                }
            }
            try await self.checkpoints.write(attempt.note, stream: stream, shardID: shardID, until: deadline)
            guard attempt.isSuspect else { return finding }
            for (index, content) in event.records.enumerated() {
                // What comes again has to be named, so that an unreadable record ends nothing.
                guard let record = try? content.get() else { continue }
                guard index < Self.recordsOfAnInvocation else {
                    finding.limit = index
                    break
                }
                switch attempt.reach(record.eventID) {
                case .pass: continue
                case .condemn: finding.leaveOut(record, shardID: shardID, logger: logger)
                case .decode:
                    try await self.checkpoints.write(attempt.note, stream: stream, shardID: shardID, until: deadline)
                    for batch in ShardBatch.batches(of: event.only(index)) { rehearse(batch) }
                }
            }
            attempt.finish()
            try await self.checkpoints.write(attempt.note, stream: stream, shardID: shardID, until: deadline)
        } catch {
            // Without a note the invocation goes on as any other: what keeps it from being written keeps the batch, too.
            logger.warn("attempt not noted", ["shard_id": .string(shardID), "reason": .string("\(error)")])
        }
        return finding
    }
}
