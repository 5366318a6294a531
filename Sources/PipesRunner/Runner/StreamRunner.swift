internal import JSONText
package import Platform

/// Runs one Pipe or one mapping: stream → batch → target → retries → dead letters, shard by shard.
///
/// The shell around `ShardLineage`, `Batcher` and `Delivery`. All its tasks run on the loop of its caller.
package actor StreamRunner {
    /// How the source is read and what is done with a batch.
    package struct Settings: Sendable {
        package var position: ShardLineage.StartingPosition
        package var limits: BatchLimits
        package var policy: DeliveryPolicy
        /// Batches of one shard under way at a time; each item's records stay in one lane.
        package var parallelizationFactor: Int
        /// Around the records: `[`, `]` for a Pipe; `{"Records":[`, `]}` for a mapping.
        package var envelope: (head: String, tail: String)
        /// Between two reads of a shard that had nothing: AWS reads 4 times a second.
        package var pollInterval: Duration
        /// Between two looks for new shards.
        package var describeInterval: Duration

        package init(
            position: ShardLineage.StartingPosition = .trimHorizon,
            limits: BatchLimits = BatchLimits(),
            policy: DeliveryPolicy,
            parallelizationFactor: Int = 1,
            envelope: (head: String, tail: String) = ("[", "]"),
            pollInterval: Duration = .milliseconds(250),
            describeInterval: Duration = .seconds(10)
        ) {
            self.position = position
            self.limits = limits
            self.policy = policy
            self.parallelizationFactor = parallelizationFactor
            self.envelope = envelope
            self.pollInterval = pollInterval
            self.describeInterval = describeInterval
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
    /// The counts so far.
    package private(set) var summary = DeliverySummary()

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
    /// Throws if the stream can never be read.
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
    private func run(_ start: ShardLineage.Start) async throws -> ShardEnd {
        var lanes = (0..<self.settings.parallelizationFactor).map { _ in
            Batcher(
                limits: self.settings.limits,
                envelopeBytes: self.settings.envelope.head.utf8.count + self.settings.envelope.tail.utf8.count
            )
        }
        var cursor = ShardCursor(shardID: start.shardID, position: start.position)
        while !self.stop.isSet {
            guard let page = try await self.read(&cursor) else { continue }
            self.summary.read += page.readCount
            self.summary.filteredOut += page.readCount - page.records.count
            Self.distribute(page.records, to: &lanes, at: self.time.now)
            let isLast = page.nextIterator == nil
            try await self.deliverReady(&lanes, shardID: start.shardID, isLast: isLast)
            if isLast {
                guard !self.stop.isSet else { return .stopped }
                self.tell(.shardFinished(start.shardID))
                return .finished(start.shardID)
            }
            if page.readCount == 0 {
                let windows = lanes.compactMap { $0.timeLeft(at: self.time.now) }
                try await self.pause(min(self.settings.pollInterval, windows.min() ?? self.settings.pollInterval))
            }
        }
        return .stopped
    }

    private static func distribute(_ records: [StreamRecord], to lanes: inout [Batcher], at now: UTCInstant) {
        guard lanes.count > 1 else {
            lanes[0].add(records, at: now)
            return
        }
        for record in records {
            lanes[self.lane(of: record.orderingKey, among: lanes.count)].add([record], at: now)
        }
    }

    /// FNV-1a, since Swift's own hash differs from run to run.
    private static func lane(of key: String, among count: Int) -> Int {
        let hash = key.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return Int(hash % UInt64(count))
    }

    /// Delivers every batch that is due, the lanes side by side.
    private func deliverReady(_ lanes: inout [Batcher], shardID: String, isLast: Bool) async throws {
        while !self.stop.isSet {
            let now = self.time.now
            let batches = lanes.indices.compactMap { lanes[$0].take(at: now, isLast: isLast) }
            guard !batches.isEmpty else { return }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for batch in batches {
                    group.addTask { try await self.deliver(batch, shardID: shardID) }
                }
                try await group.waitForAll()
            }
        }
    }

    private func deliver(_ batch: [StreamRecord], shardID: String) async throws {
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
                await self.invoke(records, &delivery)
            }
        }
    }

    private func invoke(_ records: [StreamRecord], _ delivery: inout Delivery) async {
        switch await self.target.invoke(payload: self.payload(records)) {
        case .answered(let bytes):
            let answer = BatchAnswer(payload: bytes, identifiers: records.lazy.map(\.identifier))
            self.summary.delivered += delivery.answered(answer)
            switch answer {
            case .success: break
            case .partialFailure(let failed):
                self.tell(.batchFailed(records: failed.count, reason: "reported in `batchItemFailures`"))
            case .failure(let reason): self.tell(.batchFailed(records: records.count, reason: reason))
            }
        case .failed(let reason):
            delivery.failed()
            self.tell(.batchFailed(records: records.count, reason: reason))
        case .refused(let reason):
            delivery.refused()
            self.tell(.batchFailed(records: records.count, reason: "\(reason); not counted as an attempt"))
        }
    }

    private func payload(_ records: [StreamRecord]) -> [UInt8] {
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
        guard let deadLetters = self.deadLetters else {
            self.summary.discarded += batch.records.count
            self.tell(.gaveUp(records: batch.records.count, condition: batch.condition, stored: false))
            return
        }
        var failures = 0
        while true {
            do {
                try await deadLetters.store(batch, shardID: shardID)
                self.summary.deadLettered += batch.records.count
                self.tell(.gaveUp(records: batch.records.count, condition: batch.condition, stored: true))
                return
            } catch {
                failures += 1
                self.tell(.deadLetterFailed("\(error)"))
                guard !self.stop.isSet else { return }
                try await self.pause(self.settings.policy.wait(afterFailures: failures))
            }
        }
    }

    /// The next page; nil if the attempt has to be repeated.
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
            cursor.received(page)
            return page
        } catch StreamReaderError.expired {
            cursor.expired()
        } catch StreamReaderError.trimmed {
            cursor.trimmed()
            self.tell(.recordsLost(shardID: cursor.shardID))
        } catch let error as StreamReaderError {
            throw error
        } catch {
            self.tell(.readFailed("\(error)"))
            cursor.failed()
            try await self.pause(self.settings.policy.wait(afterFailures: cursor.failures))
        }
        return nil
    }

    /// The shards; waits until the stream can be described.
    private func shards() async throws -> [ShardDescription] {
        var failures = 0
        while true {
            do {
                return try await self.stream.shards()
            } catch let error as StreamReaderError {
                throw error
            } catch {
                failures += 1
                self.tell(.readFailed("\(error)"))
                guard !self.stop.isSet else { return [] }
                try await self.pause(self.settings.policy.wait(afterFailures: failures))
            }
        }
    }

    /// Sleeps in slices, so that a stop is noticed within one.
    private func pause(_ duration: Duration) async throws {
        var left = duration
        let slice = Duration.milliseconds(250)
        while left > .zero && !self.stop.isSet {
            try await self.time.sleep(for: min(left, slice))
            left -= slice
        }
    }
}
