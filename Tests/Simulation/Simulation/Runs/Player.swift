internal import AWSClient
package import SimulatedAWS

/// Plays runs, one after the other, on the calling thread.
package final class Player {
    private let cache = ExpressionCache()
    private let weakness: Weakness?

    /// `weakness` is what the simulated AWS does not do, to see that runs fail without it.
    package init(weakness: Weakness? = nil) { self.weakness = weakness }

    /// Plays a run from its first record to the last check.
    package func play(_ script: Script, isNarrated: Bool = false) -> RunResult {
        Run(script, isNarrated: isNarrated, cache: self.cache, weakness: self.weakness).play()
    }
}

/// One run: delivers everything with faults, lets what was given up be delivered again, compares with the oracles, and
/// delivers everything once more without faults, which must change nothing.
final class Run: @unchecked Sendable {  // confined to its thread
    private let script: Script
    let world: World
    private let workload: Workload
    private var stream: StreamMappings
    private let messages: [SentMessage]
    private var clients: OrderClients?
    private var aggregators: [KinesisMapping] = []
    private var archivers: [KinesisMapping] = []
    private var queue: OrderQueue?
    private var pipes: [any ChangeSource] = []
    private var redrives: [Redrive] = []
    /// Records that the aggregator died of, and read when their dead letters were delivered again; by event id.
    private var read: [String: SentRecord] = [:]
    private var analytics: AnalyticsCheck

    /// Everything is done within this time, in nanoseconds of the run: records may come for six days.
    private static let longest: VirtualTime.Nanoseconds = .seconds(8 * 86_400)
    /// So long after the last fault and the last arrival, in nanoseconds: a freeze may have three hours, and a late request
    /// a quarter of one.
    private static let mostAfterwards: VirtualTime.Nanoseconds = .seconds(4 * 3_600)
    private static let mostEvents: UInt64 = 400_000

    init(_ script: Script, isNarrated: Bool, cache: ExpressionCache, weakness: Weakness?) {
        self.script = script
        let draws = Draws(seed: script.seed)
        let configuration = Configuration(draws)
        self.world = World(
            draws,
            configuration,
            script.faults.map { .scripted($0) } ?? .drawn,
            narrated: isNarrated,
            cache: cache
        )
        self.world.cloud.dynamoDB.weakness = weakness
        self.world.cloud.s3.weakness = weakness
        self.world.cloud.kinesis.weakness = weakness
        self.workload = Workload(draws, configuration, kept: script.records.map { Set($0) })
        self.stream = StreamMappings(self.workload, nil, self.world)
        let messages = script.functions.contains(.writer) ? MessageMaker.messages(draws) : []
        let keptMessages = script.messages.map { Set($0) }
        self.messages = messages.filter { keptMessages?.contains($0.number) ?? true }
        self.analytics = AnalyticsCheck(self.workload.records)
        if script.functions.contains(.intake) { self.makeClients(draws) }
    }

    private func makeClients(_ draws: Draws) {
        let kept = self.script.posts.map { Set($0) }
        let clients = OrderClients(
            PostMaker.posts(draws).filter { kept?.contains($0.number) ?? true },
            self.world,
            firstShard: self.workload.shards.count
        ) { [unowned self] record in self.analytics.add(record) }
        self.clients = clients
        self.stream = StreamMappings(self.workload, clients, self.world)
    }

    /// All that came into the stream.
    private var records: [SentRecord] { self.workload.records + (self.clients?.sent ?? []) }

    func play() -> RunResult {
        self.narrateSetup()
        self.world.afterEachStep = { [unowned self] in self.checkStep() }
        self.deliver()
        self.redrive()
        self.checkEnd()
        self.replay()
        for pipe in self.pipes { pipe.stop() }
        self.world.lambda.stop()
        _ = self.world.time.run(until: .max, events: .max)
        return RunResult(
            script: self.script,
            complaints: self.world.complaints,
            hash: self.world.trace.hash,
            counts: self.counts,
            faults: self.world.faults.happened,
            story: self.world.trace.lines,
            records: self.workload.records.map { ($0.number, $0.words) }.sorted { $0.0 < $1.0 },
            messages: self.messages.map { ($0.number, $0.words) },
            posts: self.clients?.posts.map { ($0.number, $0.words) } ?? [],
            seconds: Double(self.world.time.now) / 1e9
        )
    }

    /// How often everything occurred, the faults included.
    private var counts: [String: Int] {
        var counts = self.world.counts
        counts["requests"] = self.world.requestCount
        for step in self.world.faults.happened { counts[step.faultText, default: 0] += 1 }
        return counts
    }

    private func phase(_ words: String) {
        self.world.trace.note(self.world.time.now, "phase") { "— \(words)" }
    }

    private func narrateSetup() {
        guard self.world.trace.isNarrated else { return }
        let configuration = self.world.configuration
        self.world.trace.tell(
            "deduplication by \(configuration.deduplication), "
                + "AWS_MAX_ATTEMPTS \(configuration.attempts), "
                + "the aggregator takes \(configuration.batchWeight.map { "parts behind a weight of \($0)" } ?? "whole batches")"
        )
        for record in self.workload.records.sorted(by: { $0.number < $1.number }) {
            let place = "record \(record.number) comes into shard \(record.shard) at \(Trace.clock(record.arrival))"
            self.world.trace.tell("\(place): \(record.words)")
        }
        for message in self.messages {
            let place = "message \(message.number) comes at \(Trace.clock(message.arrival))"
            self.world.trace.tell("\(place): \(message.words)")
        }
        for post in self.clients?.posts ?? [] {
            self.world.trace.tell("post \(post.number) is sent at \(Trace.clock(post.time)): \(post.words)")
        }
    }

    // MARK: What runs

    private func deliver() {
        self.phase("everything is delivered")
        let functions = self.script.functions
        if functions.contains(.aggregator) { self.aggregators = self.stream.mappings(.aggregator) }
        if functions.contains(.archiver) { self.archivers = self.stream.mappings(.archiver) }
        if functions.contains(.writer) { self.queue = OrderQueue(self.messages, self.world) }
        self.pipes = [FunctionName.normal, .premium].filter { functions.contains($0) }.flatMap { function in
            self.world.configuration.playsRunner
                ? [RunnerPipe(function, self.world)] as [any ChangeSource]
                : (0..<Pipe.shards).map { Pipe(function, $0, self.world) }
        }
        if !self.pipes.isEmpty { self.writeAsOthers() }
        self.stream.start(self.aggregators)
        self.stream.start(self.archivers)
        for pipe in self.pipes { self.world.time.start { await pipe.run() } }
        self.start(self.queue)
        self.startRedrives()
        if let clients {
            clients.start()
            // Nothing ends before it is certain that no more orders come.
            _ = self.world.time.run(until: Self.longest, events: Self.mostEvents)
            clients.close()
        }
        self.finish(self.aggregators + self.archivers, self.queue)
    }

    private func start(_ queue: OrderQueue?, kind: String = "poller") {
        guard let queue else { return }
        for number in 0..<OrderQueue.pollers {
            self.world.time.start { await queue.poll(Source(.writer, kind, number)) }
        }
    }

    /// Items that others write into the Orders table, some of which no processor can read.
    private func writeAsOthers() {
        for (order, amount) in [AttributeValueText.number("100"), .number("1500"), .text("a lot")].enumerated() {
            for (phase, status) in ["pending", "shipped"].enumerated() {
                var generator = self.world.draws.generator(.pipe, 9_000, order, phase)
                let time = generator.time(.milliseconds(1) ... .seconds(20)) + .seconds(Double(20 * phase))
                self.world.time.after(time) {
                    self.world.cloud.putOrder("OTHER-\(order)", status: status, amount: amount, at: self.world.time.now)
                    self.notifyPipes()
                }
            }
        }
    }

    /// Dead letters are delivered again while everything goes on.
    private func startRedrives() {
        let arrivals = self.workload.records.map(\.arrival)
        let last = (arrivals + self.messages.map(\.arrival)).max() ?? 0
        for function in self.senders {
            for round in 0..<Redrive.rounds - 1 where self.isRedriven(function, round) {
                var generator = self.world.draws.generator(.redrive, function.place, round)
                // Often it meets what arrives just then, which may repeat what the letter holds.
                let time =
                    generator.chance(0.5) && !arrivals.isEmpty
                    ? generator.choice(arrivals) + generator.time(0 ... .seconds(3))
                    : generator.time(0...last + .seconds(60))
                self.world.time.start {
                    await self.world.time.pause(time)
                    await self.makeRedrive(function, round).run()
                }
            }
        }
    }

    /// The functions that send dead letters.
    private var senders: [FunctionName] {
        [.aggregator, .normal, .premium].filter { self.script.functions.contains($0) }
    }

    private func isRedriven(_ function: FunctionName, _ round: Int) -> Bool {
        self.world.faults.happens(.redriven, Source(function, "redrive", round), 0, probability: 0.3)
    }

    private func makeRedrive(_ function: FunctionName, _ round: Int) -> Redrive {
        let redrive = Redrive(function, round: round, self.world) { [unowned self] eventID in
            guard let deadly = self.world.deadly[function], deadly.contains(eventID), self.read[eventID] == nil,
                let record = self.records.first(where: { $0.eventID == eventID })
            else { return }
            self.read[eventID] = record
            self.analytics.willRead(record)
        }
        self.redrives.append(redrive)
        return redrive
    }

    /// When all is done, every dead letter is delivered once more: none may be left but those of what cannot be read still.
    private func redrive() {
        guard self.world.complaints.isEmpty else { return }
        self.world.lambda.stopFrozen()
        let last = Redrive.rounds - 1
        for function in self.senders {
            // Those before may have left letters of which nobody knows what came.
            let isGoingOn = self.redrives.contains { $0.source.function == function }
            guard self.isRedriven(function, last) || isGoingOn else { continue }
            let redrive = self.makeRedrive(function, last)
            self.world.time.start { await redrive.run() }
            for pipe in self.pipes where pipe.source.function == function {
                self.world.time.start { await pipe.redrive() }
            }
        }
        if let queue, self.isRedriven(.writer, last) {
            queue.moveBack()
            self.start(queue, kind: "redrive")
        }
        self.phase("what was dead-lettered is delivered again")
        self.finish([], self.queue)
    }

    private func notifyPipes() {
        for pipe in self.pipes { pipe.notify() }
    }

    private func finish(_ mappings: [KinesisMapping], _ queue: OrderQueue? = nil) {
        let began = self.world.time.now
        let ended = self.world.time.run(until: Self.longest + began, events: Self.mostEvents)
        var open = mappings.filter { !$0.isDone }.map(\.source.description)
        if let queue, !queue.isDone { open.append("the queue") }
        if let clients, !clients.isDone { open.append("the clients") }
        open += self.pipes.filter { !$0.isDone }.map(\.source.description)
        open += self.redrives.filter { !$0.isDone }.map(\.source.description)
        guard ended, open.isEmpty else {
            self.world.complain(
                "not everything is done after \(Trace.clock(self.world.time.now)) and \(self.world.time.eventCount) events: "
                    + open.joined(separator: ", ")
            )
            return
        }
        let arrivals = self.records.map(\.arrival) + self.messages.map(\.arrival)
        let last = max(began, arrivals.max() ?? 0, self.world.faults.lastTime)
        guard self.world.time.now - last > Self.mostAfterwards else { return }
        self.world.complain(
            "it took until \(Trace.clock(self.world.time.now)) to be done with what came and went wrong by \(Trace.clock(last))"
        )
    }

    /// Everything again from the beginning, cut into other batches: nothing may change.
    private func replay() {
        guard self.world.configuration.isReplayed, self.world.complaints.isEmpty else { return }
        self.phase("everything is delivered again, and nothing may change")
        self.world.faults.isCalm = true
        self.world.lambda.stopFrozen()
        // The checkpoint of a shard that was held may still be on its way, in an environment that was never thawed: no
        // later delivery wrote it, since the records behind it were gone.
        let held = self.aggregators.filter { !$0.halfDone.isEmpty }.compactMap(\.checkpoint)
        let before = Snapshot(self.world.cloud, without: held)
        let again = { (function: FunctionName, mappings: [KinesisMapping], open: [SentRecord]) in
            self.stream.replays(function, without: mappings.flatMap { $0.lost + $0.halfDone } + open)
        }
        let aggregators = self.aggregators.isEmpty ? [] : again(.aggregator, self.aggregators, self.openConflicts)
        let archivers = self.archivers.isEmpty ? [] : again(.archiver, self.archivers, [])
        let queue = self.queue.map { queue in
            OrderQueue(self.messages.filter { !queue.dead.contains($0.id) }, self.world)
        }
        self.stream.start(aggregators)
        self.stream.start(archivers)
        self.start(queue, kind: "replay")
        self.finish(aggregators + archivers, queue)
        for difference in Snapshot(self.world.cloud, without: held).differences(since: before) {
            self.world.complain("the replay changed \(difference)")
        }
    }

    /// The records that hold one of several orders under one `MessageId` of which another record left the stream half done.
    ///
    /// Which of the orders counts, if any does, depends on what came meanwhile, as `AnalyticsCheck.atEnd` has it; where a
    /// dead letter's order counted in the end, a repetition of the first one is another order from then on.
    private var openConflicts: [SentRecord] {
        let halfDone = Set(self.aggregators.flatMap(\.halfDone).map(\.identity))
        let records = self.stream.shards(without: []).flatMap { $0 }
        let open = records.filter { $0.isConflict && halfDone.contains($0.identity) }.map(\.streamID)
        // An aggregate is delivered as a whole or not at all.
        return records.filter { open.contains($0.streamID) }
    }

    // MARK: Checks

    private func checkStep() {
        let table = self.world.analyticsTable
        let keys = table.takeChangedKeys()
        if self.world.trace.isNarrated { self.narrate(keys, table) }
        if !keys.isEmpty, let problem = self.analytics.afterStep(keys, table) {
            self.world.complain("at \(Trace.clock(self.world.time.now)): \(problem)")
        }
        if let name = self.world.cloud.s3.overwritten.last {
            self.world.complain("at \(Trace.clock(self.world.time.now)): \(name) was written over")
        }
        if !self.pipes.isEmpty { self.notifyPipes() }
    }

    /// Tells what the items of the Analytics table hold that a request has just written.
    private func narrate(_ keys: [String], _ table: DynamoDBTable) {
        for key in keys {
            let name = key.utf8.split(separator: 0).map { String(Substring($0)) }.joined(separator: " ")
            let members = (table.item(forKey: key) ?? [:]).filter { $0.key != "PK" && $0.key != "SK" }
            let words = members.sorted { $0.key < $1.key }.map { name, value in
                "\(name) \(value.string ?? value.number ?? "…")"
            }
            self.world.trace.tell("              \(name) is now: \(words.joined(separator: ", "))")
        }
    }

    private func checkEnd() {
        var differences = self.clients?.differences() ?? []
        let cloud = self.world.cloud
        if !self.aggregators.isEmpty {
            let bodies = cloud.sqs.bodies(FunctionName.aggregator.deadLetterQueueURL)
            let letters = DeadLetters.records(bodies, cloud.s3)
            differences += self.analytics.atEnd(
                letters,
                lost: self.aggregators.flatMap(\.lost),
                halfDone: self.aggregators.flatMap(\.halfDone),
                deadly: self.world.deadly[.aggregator],
                read: self.read.sorted { $0.key < $1.key }.map(\.value)
            )
            differences += AggregatorItemsCheck.differences(self.aggregators, cloud, now: self.world.time.now)
            for mapping in self.aggregators {
                differences += Tallies.problems(mapping, self.records, self.world.faults.happened)
            }
            let sent = cloud.sqs.sentBodies(FunctionName.aggregator.deadLetterQueueURL)
            differences += RepeatedLettersCheck.differences(self.aggregators.flatMap(\.deliveries), sent: sent)
        }
        let deadly = self.world.deadly[.archiver]
        let archived =
            self.archivers.isEmpty
            ? [] : self.stream.shards(without: self.archivers.flatMap(\.lost)).map { $0.map { $0.unread(if: deadly) } }
        if !self.archivers.isEmpty {
            let twice = self.archivers.reduce(into: Set<String>()) { $0.formUnion($1.archivedTwice) }
            differences += ArchiveCheck.differences(archived, twice: twice, cloud)
            let accounts = AccountsCheck(cloud, self.world.configuration)
            differences += accounts.differences(archived: archived.flatMap { $0 })
            if !self.aggregators.isEmpty {
                differences += accounts.differences(
                    cloud.dynamoDB["Analytics"],
                    counted: self.analytics.sums,
                    isWhole: self.aggregators.allSatisfy { $0.lost.isEmpty && $0.halfDone.isEmpty }
                )
            }
        }
        let stored = archived.flatMap { $0 }.compactMap(\.facts)
        let facts = stored + (self.queue == nil ? [] : self.messages.compactMap(\.facts))
        differences += OrdersOracle(facts).differences(cloud.dynamoDB["Orders"].sortedItems)
        if let queue {
            let unreadable = Set(self.messages.filter { $0.facts == nil }.map(\.id))
            for id in queue.dead.symmetricDifference(unreadable).sorted() {
                let problem = unreadable.contains(id) ? "is missing from" : "does not belong into"
                differences.append("\(id) \(problem) the order dead-letter queue")
            }
        }
        let (log, deliveries) = (self.world.normalLog, self.world.changeDeliveries)
        differences += ProcessorCheck.differences(self.pipes, log: log, cloud, deliveries) { self.world.text(of: $0) }
        for difference in differences { self.world.complain(difference) }
    }
}
