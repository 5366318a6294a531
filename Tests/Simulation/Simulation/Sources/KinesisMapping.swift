/// Lambda's event source mapping of one shard: batch by batch in order, with everything that Lambda does when one fails.
///
/// It tries what fails for ever, and skips nothing.
final class KinesisMapping: @unchecked Sendable {  // confined to its run's thread
    /// A batch as it was delivered, for what the function said about it.
    struct Delivery {
        let outcome: Outcome
        let records: ArraySlice<SentRecord>
        /// Whether none of its records was ever delivered before.
        let isFirst: Bool
    }

    let source: Source
    private let shard: ShardRecords
    private(set) var deliveries: [Delivery] = []
    /// Records that left the stream before they were ever delivered: the stream keeps them for its retention and no longer.
    private(set) var lost: [SentRecord] = []
    /// Records that were delivered before they left the stream, and are perhaps counted in some rows.
    private(set) var halfDone: [SentRecord] = []
    /// The place of the oldest record that the stream still had when it lost a part of an archived batch, and the place behind
    /// that batch's object.
    private var cut: (oldest: Int, behind: Int)?
    /// The records with which an object may begin although another one has them: `SentRecord.streamID`.
    ///
    /// The batch behind such a loss begins with the first, wherever it is cut then. It has passed the last where the checkpoint
    /// of the lost batch comes late, and its rest begins there then.
    var archivedTwice: Set<String> {
        guard let cut else { return [] }
        return Set(self.records[cut.oldest...].prefix(cut.behind - cut.oldest + 1).map(\.streamID))
    }
    /// Whether every record is done or lost.
    private(set) var isDone = false
    private let world: World
    /// What has come into the shard by now.
    var records: [SentRecord] { self.shard.records }
    /// The key of the shard's item in the Checkpoints table, which the function writes.
    var checkpoint: String? {
        self.records.first.map { "\(self.source.function.rawValue)#\(OrderClients.streamName)#\($0.shardID)" }
    }
    /// Where the record is that the function dies of, if there is one.
    private var deadlyPlace: Int?
    private var number = 0
    private var attempts: [Int: Int] = [:]
    private var delivered = 0
    private var rewinds = 0
    /// The place of the oldest record that the stream still has.
    private var trimmed = 0

    /// How many records a batch has at most.
    struct Limits: Sendable {
        var batch = 12
        /// Whether each batch takes as many records as it can, as Lambda does, instead of any number.
        var isGreedy = false
        /// Deliveries of one batch that may fail before something is wrong with the function.
        var patience = 40

        /// As the template has them, for runs that measure.
        static let template = Limits(batch: 1_000, isGreedy: true, patience: .max)
    }

    private let limits: Limits
    /// How many records are done or lost.
    private(set) var position = 0
    /// Times that a mapping is put back.
    private static let greatestRewinds = 3

    init(
        _ source: Source,
        _ shard: ShardRecords,
        _ world: World,
        limits: Limits = Limits()
    ) {
        self.limits = limits
        self.source = source
        self.shard = shard
        self.world = world
        let records = shard.records
        var generator = world.draws.generator(.mapping, source.place, -1)
        // Of a shard that grows nobody knows how many will come.
        let place = generator.number(0...(records.isEmpty ? 2 : records.count - 1))
        guard source.kind == "shard", records.isEmpty || Self.mayBeDeadly(records[place]),
            world.faults.happens(.deadlyRecord, source, 0, probability: 0.05)
        else { return }
        self.deadlyPlace = place
    }

    /// Whether the function may die of it.
    ///
    /// Which of two orders of one id counts depends on which is read first, and a dead letter may be read at any time.
    /// An aggregate is condemned as a whole.
    private static func mayBeDeadly(_ record: SentRecord) -> Bool { !record.isConflict && record.part == nil }

    /// Delivers everything, oldest first.
    func run() async {
        while true {
            guard self.position < self.records.count else {
                if self.shard.isClosed { break }
                await self.shard.waitForMore()
                continue
            }
            var position = self.position
            defer { self.position = position }
            let wait = self.records[position].arrival - self.world.time.now
            if wait > 0 { await self.world.time.pause(wait) }
            var generator = self.world.draws.generator(.batch, self.source.place, self.number)
            await self.world.time.pause(generator.time(.milliseconds(1) ... .milliseconds(900)))
            if position >= self.delivered,
                self.world.faults.happens(.trimmed, self.source, self.number, probability: 0.02)
            {
                let end = self.endOfRecord(position + generator.number(1...min(3, self.records.count - position)))
                self.lost += self.records[position..<end]
                self.number += 1
                (position, self.trimmed, self.delivered) = (end, end, end)
                continue
            }
            let arrived = self.records[position...].prefix(self.limits.batch).prefix {
                $0.arrival <= self.world.time.now
            }
            let size = self.limits.isGreedy ? self.limits.batch : generator.number(1...self.limits.batch)
            let end = self.endOfRecord(position + min(arrived.count, size))
            position = await self.handle(position, end)
            if self.rewinds < Self.greatestRewinds, position > self.trimmed,
                self.world.faults.happens(.rewound, self.source, self.number, probability: 0.1)
            {
                self.rewinds += 1
                position = generator.number(max(self.trimmed, position - self.limits.batch)...position - 1)
                while position > 0, self.isWithinRecord(position) { position -= 1 }
            }
        }
        self.isDone = true
    }

    /// The first place from `end` on that does not divide an aggregate, which is one record of the stream.
    private func endOfRecord(_ end: Int) -> Int {
        var end = end
        while self.isWithinRecord(end) { end += 1 }
        return end
    }

    /// Whether what is before the place is of the same record of the stream.
    private func isWithinRecord(_ place: Int) -> Bool {
        place > 0 && place < self.records.count
            && self.records[place].sequenceNumber == self.records[place - 1].sequenceNumber
    }

    /// Delivers a batch, in parts if need be, and gives the position to go on from.
    private func handle(_ start: Int, _ end: Int) async -> Int {
        var parts = [(start, end)]
        while let (start, end) = parts.popLast() {
            let (outcome, delivery) = await self.deliver(start, end)
            let failed = self.firstFailed(outcome, start, end)
            if failed == end { continue }
            if let failed, failed > start {
                parts.append((failed, end))
                continue
            }
            if let end = await self.hold(start, delivery) { return end }
            self.attempts[start, default: 0] += 1
            let attempts = self.attempts[start, default: 0]
            if attempts > self.limits.patience {
                self.world.complain(
                    "\(self.source): the batch from record \(self.records[start].number) on fails without a fault: "
                        + outcome.ending.words
                )
                return self.records.count
            }
            if self.world.faults.happens(.cutAnew, self.source, delivery, probability: 0.5) {
                return start
            } else {
                // Lambda waits longer before each further try.
                await self.world.time.pause(.milliseconds(min(10_000, 100 << min(attempts, 7))))
                parts.append((start, end))
            }
        }
        return end
    }

    /// For how long the stream keeps a record, as the functions are told.
    private static let retention: VirtualTime.Nanoseconds = .seconds(86_400)

    /// Whether the shard is held for longer than the stream keeps its records, and if so, the position behind those.
    private func hold(_ start: Int, _ delivery: Int) async -> Int? {
        guard self.source.kind == "shard" else { return nil }
        switch self.source.function {
        case .aggregator: return await self.holdCounted(start, delivery)
        case .archiver: return await self.holdArchived(start, delivery)
        case .writer, .normal, .premium, .intake: return nil
        }
    }

    /// Until all records that have come leave the stream, some of them counted in part.
    ///
    /// It is worth seeing where repetitions come after that time.
    private func holdCounted(_ start: Int, _ delivery: Int) async -> Int? {
        let span = (self.records.last?.arrival ?? 0) - (self.records.first?.arrival ?? 0)
        let probability = span > Self.retention ? 0.3 : 0.01
        guard self.world.faults.happens(.heldForLong, self.source, delivery, probability: probability) else {
            return nil
        }
        await self.world.time.pause(Self.retention + .seconds(3_600))
        self.world.faults.end()
        let oldest = self.world.time.now - Self.retention
        let end = self.endOfRecord(self.records.firstIndex { $0.arrival > oldest } ?? self.records.count)
        self.halfDone += self.records[start..<max(start, min(end, self.delivered))]
        self.lost += self.records[max(start, min(end, self.delivered))..<end]
        (self.trimmed, self.delivered) = (end, max(self.delivered, end))
        return end
    }

    /// Until some records of a batch leave the stream whose object is written, so that the next batch begins inside it.
    ///
    /// Where no object has them they are left alone: some of their orders may have rows, and nobody knows which. Once in a
    /// shard, so that no record may stand in a third object.
    private func holdArchived(_ start: Int, _ delivery: Int) async -> Int? {
        guard self.cut == nil,
            let behind = ArchiveCheck.end(ofObjectFrom: start, self.records, self.world.cloud)
        else { return nil }
        let now = self.world.time.now
        let places = (start..<behind).dropFirst().filter { place in
            let (before, oldest) = (self.records[place - 1].arrival, self.records[place].arrival)
            // What arrives at one instant leaves at one.
            return before < oldest && now < oldest + Self.retention && !self.isWithinRecord(place)
        }
        guard !places.isEmpty, self.world.faults.happens(.heldForLong, self.source, delivery, probability: 0.3) else {
            return nil
        }
        // No fault has this place.
        var generator = self.world.draws.generator(.mapping, self.source.place, delivery, -1)
        let oldest = generator.choice(places)
        let wait = self.records[oldest - 1].arrival + Self.retention - now
        if wait > 0 { await self.world.time.pause(wait) }
        self.world.faults.end()
        self.cut = (oldest, behind)
        (self.trimmed, self.delivered) = (oldest, max(self.delivered, behind))
        return oldest
    }

    private func deliver(_ start: Int, _ end: Int) async -> (Outcome, Int) {
        let batch = self.records[start..<end]
        if let place = self.deadlyPlace, place < end, Self.mayBeDeadly(self.records[place]) {
            self.world.deadly[self.source.function, default: []].insert(self.records[place].eventID)
        }
        let delivery = self.number
        self.number += 1
        let isFirst = start >= self.delivered
        self.delivered = max(self.delivered, end)
        let outcome = await self.world.lambda.invoke(
            self.source,
            delivery: delivery,
            attempt: self.attempts[start, default: 0],
            KinesisEvents.event(batch),
            Trace.words("record", batch.map(\.number))
        )
        let ends =
            self.mayTakeParts ? Set(batch.map(\.sequenceNumber)).subtracting(batch.prefix(1).map(\.sequenceNumber)) : []
        if let problem = UndisturbedCheck.problem(outcome, failing: ends) { self.world.complain(problem) }
        self.deliveries.append(Delivery(outcome: outcome, records: batch, isFirst: isFirst))
        return (outcome, delivery)
    }

    /// Whether the function may leave the rest of a batch to the next delivery, behind its first record of the stream.
    private var mayTakeParts: Bool {
        self.source.function == .aggregator && self.world.configuration.batchWeight != nil
    }

    /// The place of the lowest failure, `end` if there is none, nil if the whole batch failed.
    private func firstFailed(_ outcome: Outcome, _ start: Int, _ end: Int) -> Int? {
        guard let identifiers = BatchAnswer.failures(outcome) else { return nil }
        var first = end
        for identifier in identifiers {
            guard let place = self.records[start..<end].firstIndex(where: { $0.sequenceNumber == identifier }) else {
                self.world.complain("\(outcome.requestID) reported \(identifier), which was not in its batch")
                return nil
            }
            first = min(first, place)
        }
        return first
    }
}
