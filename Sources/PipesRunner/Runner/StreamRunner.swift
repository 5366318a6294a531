internal import AWSClient
internal import AWSOperations
internal import JSONText
package import Platform

/// Runs one Pipe or one mapping: stream → batch → target → retries → dead letters, shard by shard.
///
/// The shell around `ShardLineage`, `ShardLanes` and `Delivery`. All its tasks run on the loop of its caller.
package actor StreamRunner {
    /// How the source is read and what is done with a batch.
    package struct Settings: Sendable {
        /// Where reading starts.
        package var position: ShardLineage.StartingPosition
        /// How large a batch is.
        package var limits: BatchLimits
        /// What happens to a batch that fails.
        package var policy: DeliveryPolicy
        /// Batches of one shard under way at a time; each item's records stay in one lane.
        package var parallelizationFactor: Int
        /// Around the records: `[`, `]` for a Pipe; `{"Records":[`, `]}` for a mapping.
        package var envelope: (head: String, tail: String)
        /// Between the first two reads of a shard that had nothing: Pipes read 4 times a second; an idle shard is read
        /// once a second, as Lambda's mappings do.
        package var pollInterval: Duration
        /// Behind a page that has records and, as far as it tells, no more behind it: AWS's streams allow five reads of a
        /// shard a second, of all readers together.
        package var pageInterval: Duration
        /// Between two looks for new shards.
        package var describeInterval: Duration
        /// How much of a shard may wait behind lanes that retry, so that the others go on: in bytes.
        package var readAheadBytes: Int
        /// How late a stop may be noticed while there is nothing to do: each time that it is looked for costs a wakeup.
        package var stopInterval: Duration

        /// Settings; by default those of a Pipe.
        package init(
            position: ShardLineage.StartingPosition = .trimHorizon,
            limits: BatchLimits = BatchLimits(),
            policy: DeliveryPolicy,
            parallelizationFactor: Int = 1,
            envelope: (head: String, tail: String) = ("[", "]"),
            pollInterval: Duration = .milliseconds(250),
            pageInterval: Duration = .milliseconds(250),
            describeInterval: Duration = .seconds(10),
            readAheadBytes: Int = 64 * 1_024 * 1_024,
            stopInterval: Duration = .milliseconds(250)
        ) {
            self.position = position
            self.limits = limits
            self.policy = policy
            self.parallelizationFactor = parallelizationFactor
            self.envelope = envelope
            self.pollInterval = pollInterval
            self.pageInterval = pageInterval
            self.describeInterval = describeInterval
            self.readAheadBytes = readAheadBytes
            self.stopInterval = stopInterval
        }
    }

    private enum ShardEnd: Sendable {
        case finished(String)
        case stopped
        case timeToDescribe
    }

    private let settings: Settings
    private let stream: any StreamReader
    private let target: any PipeTarget
    private let deadLetters: (any DeadLetterSink)?
    private let time: any TimeSource
    private let stop: StopFlag
    private let tell: @Sendable (RunnerEvent) -> Void
    /// By the shards that are being read.
    private var lanes: [String: ShardLanes] = [:]
    /// The counts so far.
    package private(set) var summary = DeliverySummary()

    /// A runner that begins with `run`; `tell` gets what happens, for a log.
    package init(
        settings: Settings,
        stream: any StreamReader,
        target: any PipeTarget,
        deadLetters: (any DeadLetterSink)?,
        time: any TimeSource,
        stop: StopFlag,
        tell: @escaping @Sendable (RunnerEvent) -> Void = { _ in }
    ) {
        self.settings = settings
        self.stream = stream
        self.target = target
        self.deadLetters = deadLetters
        self.time = time
        self.stop = stop
        self.tell = tell
    }

    /// Runs until the flag is set; what is in flight then is brought to its end, but not retried.
    ///
    /// Throws if the stream can never be read, or nothing be delivered; what is in flight then is cut off.
    package func run() async throws {
        var lineage = ShardLineage(position: self.settings.position)
        try await withThrowingTaskGroup(of: ShardEnd.self) { group in
            self.start(lineage.describe(try await self.shards()), in: &group)
            group.addTask { try await self.pauseUntilDescribe() }
            while let end = try await group.next() {
                guard !self.stop.isSet else { continue }
                switch end {
                case .finished(let shardID):
                    // Children of a shard that has just ended are in a fresh description only.
                    self.start(lineage.finish(shardID), in: &group)
                    self.start(lineage.describe(try await self.shards()), in: &group)
                case .timeToDescribe:
                    self.start(lineage.describe(try await self.shards()), in: &group)
                    group.addTask { try await self.pauseUntilDescribe() }
                case .stopped:
                    break
                }
            }
        }
    }

    private func start(_ starts: [ShardLineage.Start], in group: inout ThrowingTaskGroup<ShardEnd, any Error>) {
        for start in starts {
            self.tell(.shardStarted(start.shardID))
            group.addTask { try await self.run(start) }
        }
    }

    private func pauseUntilDescribe() async throws -> ShardEnd {
        try await self.pause(self.settings.describeInterval)
        return .timeToDescribe
    }

    /// Reads one shard to its end.
    ///
    /// It reads on as long as a lane could take what comes; meanwhile the others work at their batches.
    private func run(_ start: ShardLineage.Start) async throws -> ShardEnd {
        let shardID = start.shardID
        self.lanes[shardID] = ShardLanes(
            count: self.settings.parallelizationFactor,
            limits: self.settings.limits,
            envelopeBytes: self.settings.envelope.head.utf8.count + self.settings.envelope.tail.utf8.count
        )
        defer { self.lanes[shardID] = nil }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var cursor = ShardCursor(shardID: shardID, position: start.position)
            var running = 0
            while !self.stop.isSet, self.lanes[shardID]?.hasFailed != true {
                running += self.startLanes(of: shardID, in: &group)
                if self.lanes[shardID]?.isAtEnd == true { break }
                // A group keeps the tasks that have ended until they are taken out.
                while running > self.lanes[shardID]?.busyCount ?? 0 {
                    try await group.next()
                    running -= 1
                }
                if running > 0, self.lanes[shardID]?.areAllBusy == true || self.isFull(shardID) {
                    try await group.next()
                    running -= 1
                } else if let left = cursor.timeToNextRead(at: self.time.uptime) {
                    try await self.rest(left, shardID)
                } else {
                    try await self.readPage(&cursor)
                }
            }
            // Ends with the first lane that fails, and thereby the others.
            while try await group.next() != nil {}
        }
        guard !self.stop.isSet else { return .stopped }
        self.tell(.shardFinished(shardID))
        return .finished(shardID)
    }

    /// Starts every idle lane whose batch is due; gives how many.
    private func startLanes(of shardID: String, in group: inout ThrowingTaskGroup<Void, any Error>) -> Int {
        let due = self.lanes[shardID]?.start(at: self.time.now) ?? []
        for (lane, batch) in due {
            group.addTask { try await self.work(lane, from: batch, shardID: shardID) }
        }
        return due.count
    }

    /// Delivers a lane's batches, one after the other, until none is due.
    private func work(_ lane: Int, from first: [PolledRecord], shardID: String) async throws {
        var batch: [PolledRecord]? = first
        while let current = batch {
            do {
                try await self.deliver(current, shardID: shardID)
            } catch {
                self.lanes[shardID]?.hasFailed = true
                throw error
            }
            // Where reading waits for room, it has to look again after each batch.
            guard !self.stop.isSet, !self.isFull(shardID) else {
                self.lanes[shardID]?.abandon(lane)
                return
            }
            batch = self.lanes[shardID]?.next(lane, at: self.time.now)
        }
    }

    /// Whether so much waits for its lane that no more is read now.
    private func isFull(_ shardID: String) -> Bool {
        guard let lanes = self.lanes[shardID], !lanes.isAtEnd else { return false }
        return lanes.waitingBytes >= self.settings.readAheadBytes
    }

    /// Reads one page into the lanes, and rests where there was nothing.
    private func readPage(_ cursor: inout ShardCursor) async throws {
        let shardID = cursor.shardID
        guard let page = try await self.read(&cursor) else { return }
        self.summary.read += page.readCount
        self.summary.filteredOut += page.readCount - page.records.count
        self.lanes[shardID]?.add(page.records, at: self.time.now)
        if page.nextIterator == nil {
            self.lanes[shardID]?.isAtEnd = true
        } else if page.readCount == 0 {
            try await self.rest(cursor.rest(self.settings.pollInterval), shardID)
        } else if !page.isFull, page.isLatest != false {
            // What was read is sent first, which takes a time of its own.
            cursor.pause(until: self.time.uptime + self.settings.pageInterval)
        }
    }

    /// For that time, or until a batch is due.
    private func rest(_ duration: Duration, _ shardID: String) async throws {
        let window = self.lanes[shardID]?.timeLeft(at: self.time.now)
        try await self.pause(min(duration, window ?? duration))
    }

    private func deliver(_ batch: [PolledRecord], shardID: String) async throws {
        var delivery = Delivery(batch, policy: self.settings.policy)
        while !self.stop.isSet {
            switch delivery.next(at: self.time.now) {
            case .finish:
                return
            case .wait(let duration):
                try await self.pause(duration)
            case .giveUp(let undelivered):
                try await self.giveUp(undelivered, shardID: shardID)
            case .invoke(let records):
                if delivery.isRetry { self.summary.retried += records.count }
                try await self.invoke(records, &delivery, shardID: shardID)
            }
        }
    }

    private func invoke(_ records: [PolledRecord], _ delivery: inout Delivery, shardID: String) async throws {
        switch await self.target.invoke(payload: self.payload(records)) {
        case .answered(let bytes):
            let answer = BatchAnswer(payload: bytes, identifiers: records.lazy.map(\.identifier))
            let hasFailed = delivery.hasFailed
            self.summary.delivered += delivery.answered(answer)
            switch answer {
            case .success: if hasFailed { self.tell(.deliveredAgain(shardID: shardID)) }
            case .partialFailure(let failed):
                let reason: FailureReason = "reported in `batchItemFailures`"
                self.tell(.batchFailed(records: failed.count, reason: reason, shardID: shardID))
            case .failure(let reason):
                self.tell(.batchFailed(records: records.count, reason: "\(reason)", shardID: shardID))
            }
        case .failed(let reason):
            // Of a task that was cancelled, as when another shard ends the run, the reason is only that.
            try Task.checkCancellation()
            delivery.failed()
            self.tell(.batchFailed(records: records.count, reason: reason, shardID: shardID))
        case .refused(let reason):
            try Task.checkCancellation()
            delivery.refused()
            let uncounted = reason.adding("; not counted as an attempt")
            self.tell(.batchFailed(records: records.count, reason: uncounted, shardID: shardID))
        case .unusable(let reason):
            throw RunnerFailure(reason)
        }
    }

    private func payload(_ records: [PolledRecord]) -> [UInt8] {
        var payload = Array(self.settings.envelope.head.utf8)
        payload.reserveCapacity(records.reduce(32) { $0 + $1.json.count + 1 })
        for (index, record) in records.enumerated() {
            if index > 0 { payload.append(UInt8(ascii: ",")) }
            payload += record.json
        }
        return payload + Array(self.settings.envelope.tail.utf8)
    }

    /// Stores a dead letter; nothing behind it is sent before that is done.
    private func giveUp(_ batch: UndeliveredBatch, shardID: String) async throws {
        let (count, condition) = (batch.records.count, batch.condition)
        guard let deadLetters = self.deadLetters else {
            self.summary.discarded += count
            self.tell(.gaveUp(records: count, condition: condition, stored: false, shardID: shardID))
            return
        }
        var failures = 0
        while true {
            do {
                try await deadLetters.store(batch, shardID: shardID)
                self.summary.deadLettered += count
                self.tell(.gaveUp(records: count, condition: condition, stored: true, shardID: shardID))
                return
            } catch let error as AWSError where error.isOfCredentials {
                throw RunnerFailure(error.advisedDescription)
            } catch {
                try Task.checkCancellation()
                failures += 1
                self.tell(.deadLetterFailed(FailureReason(error), shardID: shardID))
                guard !self.stop.isSet else { return }
                try await self.pause(self.settings.policy.wait(afterFailures: failures))
            }
        }
    }

    /// The next page; nil if the attempt has to be repeated, or the shard is gone and thereby at its end.
    private func read(_ cursor: inout ShardCursor) async throws -> StreamPage? {
        do {
            let iterator: String
            switch cursor.next {
            case .read(let known): iterator = known
            case .locate(let position):
                let now = self.time.now
                iterator = try await self.stream.iterator(shardID: cursor.shardID, position: position)
                cursor.located(iterator, at: now)
            }
            let page = try await self.stream.records(shardID: cursor.shardID, iterator: iterator)
            if cursor.failures > 0 { self.tell(.readAgain(shardID: cursor.shardID)) }
            cursor.received(page)
            return page
        } catch StreamReaderError.expired {
            cursor.expired()
            try await self.restIfRefusedAgain(&cursor)
        } catch StreamReaderError.trimmed {
            // Nothing more is lost where the oldest place, too, has left the stream.
            if !cursor.isTrimmed { self.tell(.recordsLost(shardID: cursor.shardID)) }
            cursor.trimmed()
            try await self.restIfRefusedAgain(&cursor)
        } catch StreamReaderError.shardGone {
            // What was read of it is still delivered, and then its children start.
            self.lanes[cursor.shardID]?.isAtEnd = true
            self.tell(.recordsLost(shardID: cursor.shardID))
        } catch let error as StreamReaderError {
            throw error
        } catch {
            try await self.rest(after: FailureReason(error), &cursor)
        }
        return nil
    }

    /// Leaves a service alone that refuses an iterator that it has just given; behind the first one that is refused another
    /// is asked for at once.
    private func restIfRefusedAgain(_ cursor: inout ShardCursor) async throws {
        guard cursor.isRefusedAgain else { return }
        let words = "refuses the iterator that it has just given"
        try await self.rest(after: FailureReason("\(cursor.shardID) \(words)", kind: words), &cursor)
    }

    /// Tells why a read failed, and waits before the next one; after a stop there is none.
    private func rest(after reason: FailureReason, _ cursor: inout ShardCursor) async throws {
        // Of a task that was cancelled the reason is only that.
        try Task.checkCancellation()
        guard !self.stop.isSet else { return }
        self.tell(.readFailed(reason, shardID: cursor.shardID))
        cursor.failed()
        try await self.pause(self.settings.policy.wait(afterFailures: cursor.failures))
    }

    /// The shards; waits until the stream can be described.
    private func shards() async throws -> [ShardDescription] {
        var failures = 0
        while true {
            do {
                let shards = try await self.stream.shards()
                if failures > 0 { self.tell(.readAgain(shardID: "")) }
                return shards
            } catch let error as StreamReaderError {
                throw error
            } catch {
                try Task.checkCancellation()
                guard !self.stop.isSet else { return [] }
                failures += 1
                self.tell(.readFailed(FailureReason(error), shardID: ""))
                try await self.pause(self.settings.policy.wait(afterFailures: failures))
            }
        }
    }

    /// Sleeps in slices, so that a stop is noticed within one.
    private func pause(_ duration: Duration) async throws {
        var left = duration
        while left > .zero && !self.stop.isSet {
            try await self.time.sleep(for: min(left, self.settings.stopInterval))
            left -= self.settings.stopInterval
        }
    }
}
