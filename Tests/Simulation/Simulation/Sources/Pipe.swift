internal import AWSClient
internal import EventPatterns
internal import JSONText
internal import Platform
package import SimulatedAWS

/// What delivers the changes of the Orders table to a processor.
protocol ChangeSource: AnyObject, Sendable {
    var source: Source { get }
    /// The changes that it is to deliver, as far as its filters let them through.
    var changes: [TableChange] { get }
    /// The numbers of the changes that it gave up.
    var givenUp: Set<Int> { get }
    /// The numbers of the changes that left the stream, before they were delivered or after.
    var lost: Set<Int> { get }
    /// Whether everything that there is was delivered.
    var isDone: Bool { get }
    /// Delivers changes as they come, until it is stopped.
    func run() async
    /// Delivers what was given up once more.
    func redrive() async
    /// Says that there may be new changes.
    func notify()
    func stop()
}

/// A Pipe on one shard of the Orders table's stream: changes to a function, its failures again, the rest to a dead-letter
/// queue.
///
/// It applies the template's filters, or none in every other seed, so that its function sees every change.
final class Pipe: ChangeSource, @unchecked Sendable {  // confined to its run's thread
    let source: Source
    private let world: World
    private let shard: Int
    /// The changes of its shard so far.
    private(set) var changes: [TableChange] = []
    /// Those of them that its filters let through.
    private var admitted: [TableChange] = []
    private let filters: FilterCriteria?
    /// How many changes of the table were looked at.
    private var seen = 0
    private var position = 0
    private var number = 0
    private var wake: UnsafeContinuation<Bool, Never>?
    /// The numbers of the changes that the Pipe itself gave up.
    private(set) var givenUp: Set<Int> = []
    let lost: Set<Int> = []
    /// The place of the change that the function dies of, if there is one.
    private let deadly: Int?

    static let shards = 2
    private static let greatestBatch = 10
    /// Five retries, as in the template.
    private static let maximumDeliveries = 6

    init(_ function: FunctionName, _ shard: Int, _ world: World) {
        self.source = Source(function, "shard", shard)
        self.shard = shard
        self.world = world
        self.filters = world.configuration.filtersChanges ? PipeFilters.criteria(of: function) : nil
        var generator = world.draws.generator(.pipe, self.source.place, -1)
        let place = generator.number(0...6)
        self.deadly = world.faults.happens(.deadlyRecord, self.source, 0, probability: 0.05) ? place : nil
    }

    /// Whether everything that there is was delivered.
    var isDone: Bool { self.position == self.admitted.count && self.wake != nil }

    /// Delivers changes as they come, until it is stopped.
    func run() async {
        while true {
            self.look()
            if self.position == self.admitted.count {
                guard await withUnsafeContinuation({ self.wake = $0 }) else { return }
                continue
            }
            var generator = self.world.draws.generator(.pipe, self.source.place, self.number)
            await self.world.time.pause(generator.time(.milliseconds(1) ... .milliseconds(700)))
            self.look()
            let end = min(self.admitted.count, self.position + generator.number(1...Self.greatestBatch))
            await self.handle(Array(self.position..<end))
            self.position = end
            if self.world.faults.happens(.rewound, self.source, self.number, probability: 0.07) {
                self.position = generator.number(max(0, end - Self.greatestBatch)...end)
            }
        }
    }

    /// Says that there may be new changes.
    func notify() {
        guard self.wake != nil, self.world.ordersTable.changes.count > self.seen else { return }
        self.wake?.resume(returning: true)
        self.wake = nil
    }

    func stop() {
        self.wake?.resume(returning: false)
        self.wake = nil
    }

    private func look() {
        let all = self.world.ordersTable.changes
        while self.seen < all.count {
            if Trace.hash(of: all[self.seen].key.utf8) % UInt64(Self.shards) == UInt64(self.shard) {
                self.changes.append(all[self.seen])
                if self.admits(all[self.seen]) { self.admitted.append(all[self.seen]) }
            }
            self.seen += 1
        }
    }

    private func admits(_ change: TableChange) -> Bool {
        guard let filters else { return true }
        guard let value = try? JSONValue(parsing: self.world.text(of: change)) else {
            self.world.complain("\(self.source): change \(change.number) is no JSON")
            return false
        }
        return filters.admits(value)
    }

    /// `AUTOMATIC_BISECT`: a batch that fails as a whole is halved, which takes none of its retries.
    private func handle(_ places: [Int]) async {
        var parts = [(places, 0)]
        while let (batch, attempts) = parts.popLast() {
            let rest = await self.deliver(batch, attempts)
            if rest.isEmpty { continue }
            if rest.count == batch.count, batch.count > 1 {
                let middle = rest.count / 2
                parts += [(Array(rest[middle...]), attempts), (Array(rest[..<middle]), attempts)]
            } else if attempts + 1 < Self.maximumDeliveries {
                await self.world.time.pause(.milliseconds(100 << attempts))
                parts.append((rest, attempts + 1))
            } else {
                for place in rest {
                    self.givenUp.insert(self.admitted[place].number)
                    guard place != self.deadly else { continue }
                    self.world.complain("\(self.source) gave change \(self.admitted[place].number) up without a fault")
                }
            }
        }
    }

    /// Delivers what the Pipe gave up once more, as `orders redrive --pipe` does while the stream still has it: somebody has
    /// mended what the function died of.
    func redrive() async {
        let now = self.world.time.now
        let places = self.admitted.indices.filter { place in
            self.givenUp.contains(self.admitted[place].number) && now - self.admitted[place].time < Self.retention
        }
        let source = Source(self.source.function, "redrive", 10 + self.shard)
        for (delivery, start) in stride(from: 0, to: places.count, by: Self.greatestBatch).enumerated() {
            let batch = places[start..<min(start + Self.greatestBatch, places.count)].map { self.admitted[$0] }
            let event = TableEvents.event(batch.map { self.world.text(of: $0) })
            var isDelivered = false
            for attempt in 0...FaultBook.patience where !isDelivered {
                let number = delivery * (FaultBook.patience + 1) + attempt
                let words = Trace.words("change", batch.map(\.number))
                let outcome = await self.world.lambda.invoke(source, delivery: number, attempt: attempt, event, words)
                isDelivered = BatchAnswer.failures(outcome)?.isEmpty ?? false
            }
            if isDelivered {
                self.givenUp.subtract(batch.map(\.number))
            } else {
                self.world.complain("\(source) cannot deliver what the Pipe gave up")
            }
        }
    }

    /// How long the table's stream has its changes: 24 hours.
    private static let retention: VirtualTime.Nanoseconds = .seconds(86_400)

    /// The places that have to be delivered again.
    private func deliver(_ batch: [Int], _ attempts: Int) async -> [Int] {
        let delivery = self.number
        self.number += 1
        if let deadly, batch.contains(deadly) {
            await self.world.time.pause(.milliseconds(30))
            return batch
        }
        let outcome = await self.world.lambda.invoke(
            self.source,
            delivery: delivery,
            attempt: attempts,
            TableEvents.event(batch.map { self.world.text(of: self.admitted[$0]) }),
            Trace.words("change", batch.map { self.admitted[$0].number })
        )
        if let problem = UndisturbedCheck.problem(outcome) { self.world.complain(problem) }
        guard let identifiers = BatchAnswer.failures(outcome) else { return batch }
        let known = Set(batch.map { TableEvents.eventID(self.admitted[$0]) })
        guard known.isSuperset(of: identifiers) else {
            self.world.complain("\(outcome.requestID) reported a change that was not in its batch")
            return batch
        }
        let failed = Set(identifiers)
        return batch.filter { failed.contains(TableEvents.eventID(self.admitted[$0])) }
    }
}

/// Changes of the Orders table, as a Pipe passes them on.
package enum TableEvents {
    package static let streamARN =
        "arn:aws:dynamodb:eu-central-1:000000000000:table/Orders/stream/2025-08-28T00:00:00.000"

    /// How the text of a change ends.
    private static let end = ",\"eventSourceARN\":\"\(Self.streamARN)\"}"

    /// A change as the API of the table's stream gives it, which does not say of which stream it is.
    package static func streamText(of change: TableChange) -> [UInt8] { self.streamText(self.text(of: change)) }

    static func streamText(_ text: [UInt8]) -> [UInt8] {
        Array(text.dropLast(self.end.utf8.count)) + [UInt8(ascii: "}")]
    }

    static func eventID(_ change: TableChange) -> String { "change-\(change.number)" }

    /// The event of changes by their texts.
    static func event(_ texts: [[UInt8]]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: texts.reduce(2) { $0 + $1.count + 1 })
        writer.array { writer in
            for text in texts { writer.raw(text) }
        }
        return writer.bytes
    }

    static func text(of change: TableChange) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 2_048)
        writer.object { writer in
            writer.member("eventID", self.eventID(change))
            writer.member("eventName", change.old == nil ? "INSERT" : change.new == nil ? "REMOVE" : "MODIFY")
            writer.member("eventVersion", "1.1")
            writer.member("eventSource", "aws:dynamodb")
            writer.member("awsRegion", "eu-central-1")
            writer.key("dynamodb")
            writer.object { writer in
                writer.key("ApproximateCreationDateTime")
                writer.integer(World.epoch.secondsSince1970 + change.time / 1_000_000_000)
                writer.item("Keys", ["orderId": .s(change.key)])
                if let new = change.new { writer.item("NewImage", new) }
                if let old = change.old { writer.item("OldImage", old) }
                writer.member("SequenceNumber", SimulatedTableStream.sequenceNumber(change.number))
                writer.member("StreamViewType", "NEW_AND_OLD_IMAGES")
            }
            writer.member("eventSourceARN", self.streamARN)
        }
        return writer.bytes
    }
}
