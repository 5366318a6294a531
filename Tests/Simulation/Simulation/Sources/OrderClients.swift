internal import AWSClient
internal import Platform
internal import SimulatedAWS

/// Clients that post orders to `OrderIntake`, one for each post, and send again what they have no certain answer to.
///
/// With a key a client repeats its request as a whole until every order has an answer that is certain. Without one it
/// repeats only what was certainly not taken.
final class OrderClients: @unchecked Sendable {  // confined to its run's thread
    /// A try of an order: which post, which of its orders, which of the post's requests.
    private struct Try: Hashable {
        let post: Int
        let place: Int
        let delivery: Int
    }

    static let streamName = "orders"

    let posts: [OrderPost]
    /// The shards that the orders come into, those of a split or a merge included.
    let shards: [ShardRecords]
    /// The shards of the stream that each of them is made of.
    let parents: [[Int]]
    /// The records that the stream has taken, in their order.
    private(set) var sent: [SentRecord] = []
    private let world: World
    private let firstShard: Int
    private let resharding: (time: VirtualTime.Nanoseconds, isSplit: Bool)?
    private let willStore: (SentRecord) -> Void
    /// The tries by which each record came into the stream.
    private var stored: [(try: Try, eventID: String)] = []
    /// Tries whose answer says that the stream has not taken the order.
    private var throttled: Set<Try> = []
    private var open: Set<Int>

    /// `firstShard` is the number of the first shard that is the clients' own; `willStore` gets each record that the
    /// stream takes.
    init(_ posts: [OrderPost], _ world: World, firstShard: Int, willStore: @escaping (SentRecord) -> Void) {
        self.posts = posts
        self.world = world
        self.firstShard = firstShard
        self.willStore = willStore
        self.open = Set(posts.map(\.number))
        var generator = world.draws.generator(.configuration, 6)
        let count = generator.number(1...2)
        let isSplit = count == 1 || generator.chance(0.5)
        let span = (posts.last?.time ?? 0) + .seconds(2)
        let time = generator.time(0...span)
        let shards = generator.chance(0.5) ? (isSplit ? 2 : 1) : 0
        self.resharding = shards > 0 ? (time, isSplit) : nil
        self.shards = (0..<count + shards).map { _ in ShardRecords() }
        self.parents = (0..<count + shards).map { place in
            place < count ? [] : isSplit ? [firstShard] : [firstShard, firstShard + 1]
        }
        world.cloud.kinesis[Self.streamName] = KinesisStream(
            Self.streamName,
            shards: count,
            firstShard: firstShard,
            // Sequence numbers grow by a digit on the way.
            offset: -Int64(generator.number(1...12))
        )
    }

    var isDone: Bool { self.open.isEmpty }

    func start() {
        self.world.afterPut = { [unowned self] invocation in self.takeStored(invocation) }
        if let (time, isSplit) = self.resharding {
            self.world.time.after(time) { self.reshard(isSplit) }
        }
        for post in self.posts { self.world.time.start { await self.run(post) } }
    }

    /// No more comes.
    func close() {
        for shard in self.shards { shard.close() }
    }

    private func reshard(_ isSplit: Bool) {
        do {
            if isSplit {
                try self.world.cloud.kinesis[Self.streamName]?.split(self.firstShard)
            } else {
                try self.world.cloud.kinesis[Self.streamName]?.merge(self.firstShard, self.firstShard + 1)
            }
        } catch {
            self.world.complain("the stream cannot be resharded: \(error)")
        }
        self.shards[0].close()
        if !isSplit { self.shards[1].close() }
    }

    // MARK: Requests

    private func run(_ post: OrderPost) async {
        await self.world.time.pause(post.time)
        var places = Array(post.entries.indices)
        for delivery in 0... {
            let outcome = await self.world.lambda.invoke(
                Source(.intake, "client", post.number),
                delivery: delivery,
                attempt: delivery,
                post.event(places, session: delivery),
                Trace.words("order", places)
            )
            let statuses = self.statuses(outcome, post, places, delivery)
            let again = zip(places, statuses).filter { _, status in
                post.key == nil ? status == 429 : status == 429 || status >= 500
            }
            if again.isEmpty { break }
            if delivery > FaultBook.patience {
                self.world.complain("\(outcome.requestID) fails without a fault: \(outcome.ending.words)")
                break
            }
            if post.key == nil { places = again.map(\.0) }
            var generator = self.world.draws.generator(.post, post.number, -1, delivery)
            await self.world.time.pause(generator.time(.milliseconds(1) ... .seconds(3)))
        }
        self.open.remove(post.number)
    }

    /// The status of each order in an answer; 504 where there is none.
    private func statuses(_ outcome: Outcome, _ post: OrderPost, _ places: [Int], _ delivery: Int) -> [Int] {
        guard case .answered(let bytes) = outcome.ending else {
            if outcome.isUndisturbed {
                self.world.complain("\(outcome.requestID), to which nothing happened: \(outcome.ending.words)")
            }
            return places.map { _ in 504 }
        }
        guard let answer = OrderAnswer(bytes), let fates = answer.fates(count: places.count) else {
            self.world.complain("\(outcome.requestID) answered what no client can read: \(outcome.ending.words)")
            return places.map { _ in 200 }
        }
        for (place, fate) in zip(places, fates) {
            let attempt = Try(post: post.number, place: place, delivery: delivery)
            if let problem = self.problem(fate, answer.correlationID, attempt, post.entries[place]) {
                self.world.complain("\(outcome.requestID), order \(place): \(problem)")
            }
            if outcome.isUndisturbed, fate.status == 429 || fate.status >= 500 {
                self.world.complain("\(outcome.requestID), order \(place): \(fate.status), though nothing happened")
            }
        }
        let distinct = Set(fates.map(\.status))
        if answer.status != (distinct.count == 1 ? fates[0].status : 207) {
            let statuses = "\(answer.status) for orders of \(distinct.sorted())"
            self.world.complain("\(outcome.requestID) has the status \(statuses)")
        }
        return fates.map(\.status)
    }

    /// What an answer says of an order that is not so.
    private func problem(
        _ fate: OrderAnswer.Fate,
        _ correlationID: String,
        _ attempt: Try,
        _ entry: OrderPost.Entry
    ) -> String? {
        switch fate.status {
        case 202:
            let record = self.world.cloud.kinesis[Self.streamName]?.record(fate.shardID, fate.sequenceNumber)
            guard let record else { return "202 with a place at which the stream has nothing" }
            guard self.stored.contains(where: { $0.try == attempt && $0.eventID == fate.eventID }) else {
                return "202 with the place of another order"
            }
            let ids = [
                ("MessageId", fate.messageID), ("OrderId", fate.orderID), ("CorrelationId", correlationID),
            ]
            for (name, id) in ids {
                guard Bytes.range(of: Array("\"\(name)\":\"\(id)\"".utf8), in: record.data) != nil else {
                    return "202 with another \(name) than its event has"
                }
            }
            return nil
        case 429:
            self.throttled.insert(attempt)
            return entry.sale == nil ? "429 for what is no order" : nil
        case 503: return entry.sale == nil ? "503 for what is no order" : nil
        default:
            guard entry.sale == nil, fate.status == entry.refusal else {
                return "\(fate.status) for \(entry.words)"
            }
            return nil
        }
    }

    // MARK: What comes into the stream

    private func takeStored(_ invocation: Invocation?) {
        for new in self.world.cloud.kinesis.takeNewRecords() {
            guard let invocation, let (post, place) = Self.order(in: new.record.data),
                invocation.plan.source == Source(.intake, "client", post),
                let posted = self.posts.first(where: { $0.number == post }), place < posted.entries.count,
                let sale = posted.entries[place].sale
            else {
                self.world.complain("the stream got a record that is no order of a client's")
                continue
            }
            let attempt = Try(post: post, place: place, delivery: invocation.plan.delivery)
            let record = self.record(new, sale, posted, attempt, invocation)
            self.stored.append((attempt, record.eventID))
            self.sent.append(record)
            self.willStore(record)
            self.shards[new.shard - self.firstShard].append(record)
        }
    }

    private func record(
        _ new: SimulatedKinesis.NewRecord,
        _ sale: Sale,
        _ post: OrderPost,
        _ attempt: Try,
        _ invocation: Invocation
    ) -> SentRecord {
        var sale = sale
        // Without a key each request makes orders of its own. Where shards tell what was counted, nothing tells repetitions.
        if self.world.configuration.deduplication == .event {
            let name = "posted-\(attempt.post)-\(attempt.place)"
            sale.messageID = post.key == nil ? "\(name)-\(attempt.delivery)" : name
        }
        var occurred: Moment?
        if sale.created == nil {
            let text = Self.member("OccurredUtc", in: new.record.data)
            occurred = text.flatMap { Moment($0) }
            let seconds = occurred?.seconds ?? 0
            sale.day = CivilDay.text(secondsSince1970: seconds)
            let (first, last) = (post.time, new.record.arrival)
            let possible = Self.seconds(first) - Self.clockErrors...Self.seconds(last) + Self.clockErrors
            if !possible.contains(seconds) || !Self.isInstant(occurred, of: post, invocation, arrival: last) {
                self.world.complain("order \(attempt.place) of post \(attempt.post) occurred at \(text ?? "no time")")
            }
        }
        var record = SentRecord(
            number: Self.firstNumber + self.sent.count,
            shard: new.shard,
            arrival: new.record.arrival,
            sequenceNumber: new.record.sequenceNumber,
            part: nil,
            partitionKey: new.record.partitionKey,
            data: new.record.data,
            text: new.record.data,
            meaning: .sale(sale),
            words: "order \(attempt.place) of post \(attempt.post), request \(attempt.delivery)"
        )
        record.occurred = occurred
        record.correlationID = post.correlationID ?? Self.member("CorrelationId", in: new.record.data)
        record.json = KinesisEvents.json(of: [record])
        return record
    }

    /// Numbers of records behind those of any workload.
    private static let firstNumber = 1_000_000
    /// Whether an order that says no time happened at the instant of its post's key, if there is one.
    ///
    /// A repetition must not happen later. A day after that instant, or by a clock that is wrong, it may.
    private static func isInstant(
        _ occurred: Moment?,
        of post: OrderPost,
        _ invocation: Invocation,
        arrival: VirtualTime.Nanoseconds
    ) -> Bool {
        guard let milliseconds = post.keyMilliseconds, arrival - post.time < .seconds(86_000),
            !invocation.plan.has(.clockAhead), !invocation.plan.has(.clockBehind)
        else { return true }
        return occurred == Moment(seconds: milliseconds / 1_000, fraction: milliseconds % 1_000 * 1_000_000)
    }

    /// Seconds that a clock may be wrong by.
    private static let clockErrors: Int64 = 1_300

    /// Seconds since 1970.
    private static func seconds(_ time: VirtualTime.Nanoseconds) -> Int64 {
        World.epoch.secondsSince1970 + time / 1_000_000_000
    }

    /// The post and the place in it of an order, by its user.
    private static func order(in data: [UInt8]) -> (post: Int, place: Int)? {
        guard let user = Self.member("UserId", in: data) else { return nil }
        let parts = user.split(separator: "-")
        guard parts.count == 3, let post = Int(parts[1]), let place = Int(parts[2]) else { return nil }
        return (post, place)
    }

    private static func member(_ name: String, in data: [UInt8]) -> String? {
        let pattern = Array("\"\(name)\":\"".utf8)
        guard let start = Bytes.range(of: pattern, in: data) else { return nil }
        return String(decoding: data[(start + pattern.count)...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }

    // MARK: The end

    /// What is not as the answers said, when all is over.
    func differences() -> [String] {
        self.stored.filter { self.throttled.contains($0.try) }.map { stored in
            "order \(stored.try.place) of post \(stored.try.post), request \(stored.try.delivery), is in the stream as "
                + "\(stored.eventID), although 429 said that it was not taken"
        }
    }
}
