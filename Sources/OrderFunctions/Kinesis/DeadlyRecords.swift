internal import AWSClient
internal import LambdaEvents
internal import LambdaRuntime
internal import Platform

/// Finds a record that the process dies of when it is decoded, which would block its shard: nothing is ever skipped there.
///
/// A death makes a new process, so the first invocation of each notes which batch it tries. From the third try of one batch
/// on, its records are decoded one by one, and which one it is at is noted before each. Only the record that was being decoded
/// when three processes in a row died is condemned. Deaths after that, and the ends of invocations that waited for a service
/// that was gone, condemn nobody: the note says then that nothing is being decoded.
struct DeadlyRecords: Sendable {
    /// What a function may work on.
    struct Finding: Sendable {
        /// The event ids of records that are not to be decoded any more.
        var condemned: Set<String> = []
        /// How many records of the event were looked at; nil for all.
        var limit: Int?

        /// The part of the event that may be worked on.
        func within(_ event: KinesisEvent) -> KinesisEvent { self.limit.map(event.prefix) ?? event }

        /// The sequence number from which on the event has to come again; nil where it is worked on as a whole.
        func next(in event: KinesisEvent) -> String? {
            self.limit.flatMap { try? event.records[$0].get().sequenceNumber }
        }
    }

    let checkpoints: CheckpointsTable

    /// From which try of a batch on its records are decoded one by one.
    static let suspicion = 3
    /// How many processes in a row have to die at a record.
    static let deaths = 3
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
        let shard = (stream: first.streamName ?? "", shardID: first.shardID ?? "")
        do {
            let before = try await self.checkpoints.readAttempts(
                stream: shard.stream,
                shardID: shard.shardID,
                until: deadline
            )
            var note = CheckpointsTable.Attempts(first: first.sequenceNumber, count: 1)
            if let before, before.first == note.first { note = before.again }
            func condemn(_ record: KinesisEventRecord) {
                note.condemned.insert(record.eventID)
                finding.condemned.insert(record.eventID)
                logger.error(
                    "record not decoded, since the process dies of it",
                    ["shard_id": .string(shard.shardID), "sequence_number": .string(record.sequenceNumber)]
                )
            }
            // A batch that begins behind what is done by now holds them still.
            if let condemned = before?.condemned, !condemned.isEmpty {
                for case .success(let record) in event.records where condemned.contains(record.eventID) {
                    condemn(record)
                }
            }
            func write() async throws(AWSError) {
                try await self.checkpoints.write(note, stream: shard.stream, shardID: shard.shardID, until: deadline)
            }
            try await write()
            guard note.count >= Self.suspicion else { return finding }
            for (index, content) in event.records.enumerated() {
                // What comes again has to be named, so that an unreadable record ends nothing.
                guard let record = try? content.get() else { continue }
                if index >= Self.recordsOfAnInvocation {
                    finding.limit = index
                    break
                }
                if finding.condemned.contains(record.eventID) { continue }
                let deaths = before?.decoding == record.eventID ? before?.deaths ?? 0 : 0
                if deaths >= Self.deaths {
                    condemn(record)
                    continue
                }
                (note.decoding, note.deaths) = (record.eventID, deaths + 1)
                try await write()
                for batch in ShardBatch.batches(of: event.only(index)) { rehearse(batch) }
            }
            (note.decoding, note.deaths) = (nil, 0)
            try await write()
        } catch {
            // Without a note the invocation goes on as any other: what keeps it from being written keeps the batch, too.
            logger.warn("attempt not noted", ["shard_id": .string(shard.shardID), "reason": .string("\(error)")])
        }
        return finding
    }
}

extension CheckpointsTable {
    /// What processes have tried of a shard.
    struct Attempts: Sendable, Equatable {
        /// The first record of the batch.
        let first: String
        /// How many processes began with it.
        var count: Int
        /// The event id of the record that is being decoded; nil where none is.
        var decoding: String?
        /// How many processes in a row began to decode that one.
        var deaths = 0
        /// Records of the batch that are not decoded any more.
        var condemned: Set<String> = []

        /// The same batch, tried once more.
        var again: Attempts {
            var again = self
            again.count += 1
            return again
        }
    }

    private static let attemptsSuffix = "#attempts"

    /// What processes have tried of a shard; nil where nothing is noted, or by another version.
    func readAttempts(stream: String, shardID: String, until deadline: WorkDeadline) async throws(AWSError) -> Attempts?
    {
        let key = self.key(stream: stream, shardID: shardID) + Self.attemptsSuffix
        let input = GetItemInput(tableName: self.name, key: ["checkpoint": .s(key)], consistentRead: true)
        guard let item = try await self.services.dynamoDB(until: deadline).getItem(input),
            item[StoredFormat.attribute] == .n(String(Self.format)), let first = item["firstSequenceNumber"]?.string,
            let count = item["attempts"]?.number.flatMap({ Int($0) })
        else { return nil }
        var attempts = Attempts(first: first, count: count)
        attempts.decoding = item["decoding"]?.string
        attempts.deaths = item["deaths"]?.number.flatMap { Int($0) } ?? 0
        if case .ss(let condemned)? = item["condemned"] { attempts.condemned = Set(condemned) }
        return attempts
    }

    /// Notes what this process tries.
    func write(
        _ attempts: Attempts,
        stream: String,
        shardID: String,
        until deadline: WorkDeadline
    ) async throws(AWSError) {
        var item: AttributeMap = [
            "checkpoint": .s(self.key(stream: stream, shardID: shardID) + Self.attemptsSuffix),
            "firstSequenceNumber": .s(attempts.first), "attempts": .n(String(attempts.count)),
            "updatedAt": .s(self.services.time.now.iso8601), StoredFormat.attribute: .n(String(Self.format)),
        ]
        if let decoding = attempts.decoding {
            item["decoding"] = .s(decoding)
            item["deaths"] = .n(String(attempts.deaths))
        }
        if !attempts.condemned.isEmpty { item["condemned"] = .ss(attempts.condemned.sorted()) }
        try await self.services.dynamoDB(until: deadline).putItem(PutItemInput(tableName: self.name, item: item))
    }
}
