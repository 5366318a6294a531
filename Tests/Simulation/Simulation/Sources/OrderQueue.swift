internal import JSONText

/// The queue of orders with its redrive policy, and the pollers of its mapping: delivers in any order, more than once, and
/// gives up after three receives.
final class OrderQueue: @unchecked Sendable {  // confined to its run's thread
    private struct Entry {
        let message: SentMessage
        var receives = 0
        /// When it can be received, in nanoseconds of the run.
        var visibleAt: VirtualTime.Nanoseconds
        /// Whether it was stored before and comes again all the same.
        var isRepeated = false
    }

    private let world: World
    private let messages: [SentMessage]
    private var entries: [Entry]
    private var inFlight = 0
    /// The ids of the messages in the dead-letter queue.
    private(set) var dead: Set<String> = []

    static let pollers = 2
    private static let maximumReceives = 3
    private static let greatestBatch = 10

    init(_ messages: [SentMessage], _ world: World) {
        self.world = world
        self.messages = messages
        self.entries = messages.map { Entry(message: $0, visibleAt: $0.arrival) }
    }

    var isDone: Bool { self.entries.isEmpty && self.inFlight == 0 }

    /// Moves the dead-lettered messages back, as SQS's own redrive does.
    func moveBack() {
        for message in self.messages where self.dead.contains(message.id) {
            self.entries.append(Entry(message: message, visibleAt: self.world.time.now))
        }
        self.dead = []
    }

    /// Delivers until the queue is empty and nothing is in flight.
    func poll(_ source: Source) async {
        var (delivery, idlePolls) = (0, 0)
        while !self.isDone {
            var generator = self.world.draws.generator(.queue, source.place, delivery)
            let batch = self.receive(&generator)
            if batch.isEmpty {
                // A long poll ends with the next message, or to see whether the others are done.
                let next = self.entries.map(\.visibleAt).min() ?? 0
                // The others may take hours, where an environment is frozen for long.
                let shortest = VirtualTime.Nanoseconds.milliseconds(20 << min(idlePolls, 8))
                await self.world.time.pause(max(shortest, next - self.world.time.now))
                idlePolls += 1
                continue
            }
            idlePolls = 0
            self.inFlight += 1
            // What is received for the last time must not fail for a passing reason.
            let receives = batch.map(\.receives).max() ?? 0
            let outcome = await self.world.lambda.invoke(
                source,
                delivery: delivery,
                attempt: receives,
                Self.event(batch),
                Trace.words("message", batch.map(\.message.number))
            )
            self.inFlight -= 1
            self.finish(batch, outcome, source, delivery)
            delivery += 1
        }
    }

    private func receive(_ generator: inout Generator) -> [Entry] {
        var batch: [Entry] = []
        let size = generator.number(1...Self.greatestBatch)
        while batch.count < size {
            let visible = self.entries.indices.filter { self.entries[$0].visibleAt <= self.world.time.now }
            guard !visible.isEmpty else { break }
            var entry = self.entries.remove(at: generator.choice(visible))
            entry.receives += 1
            batch.append(entry)
        }
        return batch
    }

    private func finish(_ batch: [Entry], _ outcome: Outcome, _ source: Source, _ delivery: Int) {
        let unreadable = batch.filter { $0.message.facts == nil }.map(\.message.id)
        if let problem = UndisturbedCheck.problem(outcome, failing: Set(unreadable)) { self.world.complain(problem) }
        let known = Set(batch.map(\.message.id))
        var failed = BatchAnswer.failures(outcome).map { Set($0) } ?? known
        if !failed.isSubset(of: known) {
            self.world.complain("\(outcome.requestID) reported a message that was not in its batch")
            failed = known
        }
        for (place, var entry) in batch.enumerated() {
            var generator = self.world.draws.generator(.queue, source.place, delivery, 1 + place)
            entry.visibleAt = self.world.time.now + generator.time(.milliseconds(1) ... .seconds(2))
            if failed.contains(entry.message.id), entry.receives < Self.maximumReceives {
                self.entries.append(entry)
            } else if failed.contains(entry.message.id) {
                self.dead.insert(entry.message.id)
            } else if !entry.isRepeated, !self.world.faults.isCalm, generator.chance(0.1) {
                // At least once: a message that is done comes again.
                entry.isRepeated = true
                entry.receives = 0
                self.entries.append(entry)
            }
        }
    }

    private static func event(_ batch: [Entry]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 1_024 * batch.count)
        writer.object { writer in
            writer.key("Records")
            writer.array { writer in
                for entry in batch {
                    writer.object { writer in
                        writer.member("messageId", entry.message.id)
                        writer.member("receiptHandle", "handle of \(entry.message.id)")
                        writer.member("body", entry.message.body)
                        writer.key("attributes")
                        writer.object { writer in
                            writer.member("ApproximateReceiveCount", String(entry.receives))
                            writer.member("SentTimestamp", "1756512000123")
                        }
                        writer.key("messageAttributes")
                        writer.object { _ in }
                        writer.member("eventSource", "aws:sqs")
                        writer.member("eventSourceARN", "arn:aws:sqs:eu-central-1:000000000000:orders")
                        writer.member("awsRegion", "eu-central-1")
                    }
                }
            }
        }
        return writer.bytes
    }
}
