internal import SimulatedAWS

/// Plays runs, one after the other, on the calling thread.
package final class Player {
    private let cache = ExpressionCache()

    package init() {}

    /// Plays a run from its first record to the last check.
    package func play(_ script: Script, isNarrated: Bool = false) -> RunResult {
        Run(script, isNarrated: isNarrated, cache: self.cache).play()
    }
}

/// One run.
final class Run: @unchecked Sendable {  // confined to its thread
    private let script: Script
    private let world: World
    private let workload: Workload
    private var aggregators: [KinesisMapping] = []
    private var analytics: AnalyticsCheck

    /// Everything is done within this time, in nanoseconds of the run; a run takes an hour at most.
    private static let longest: VirtualTime.Nanoseconds = .seconds(6 * 3_600)
    private static let mostEvents: UInt64 = 400_000

    init(_ script: Script, isNarrated: Bool, cache: ExpressionCache) {
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
        self.workload = Workload(draws, configuration, kept: script.records.map { Set($0) })
        self.analytics = AnalyticsCheck(self.workload.records)
    }

    func play() -> RunResult {
        self.narrateSetup()
        self.world.afterEachStep = { [unowned self] in self.checkStep() }
        let hasMarkers = self.world.configuration.deduplication == .event
        if self.script.functions.contains(.aggregator) {
            self.aggregators = self.mappings(.aggregator, hasDestination: hasMarkers)
        }
        self.phase("everything is delivered")
        self.start(self.aggregators)
        self.finish(self.aggregators)
        self.redrive()
        self.checkEnd()
        self.replay()
        self.world.lambda.stop()
        _ = self.world.time.run(until: .max, events: .max)
        return RunResult(
            script: self.script,
            complaints: self.world.complaints,
            hash: self.world.trace.hash,
            counts: self.world.counts.merging(["requests": self.world.requestCount]) { $1 },
            faults: self.world.faults.happened,
            story: self.world.trace.lines,
            records: self.workload.records.map { ($0.number, $0.words) }.sorted { $0.0 < $1.0 },
            seconds: Double(self.world.time.now) / 1e9
        )
    }

    private func phase(_ words: String) {
        self.world.trace.note(self.world.time.now, "phase") { "— \(words)" }
    }

    private func narrateSetup() {
        guard self.world.trace.isNarrated else { return }
        let configuration = self.world.configuration
        self.phase("deduplication by \(configuration.deduplication), \(configuration.lanes) lanes, AWS_MAX_ATTEMPTS \(configuration.attempts)")
        for record in self.workload.records.sorted(by: { $0.number < $1.number }) {
            self.world.trace.note(0, "record", Trace.hash(of: record.data)) {
                "record \(record.number) comes into shard \(record.shard) at \(Trace.clock(record.arrival)): \(record.words)"
            }
        }
    }

    // MARK: What runs

    private func mappings(_ function: FunctionName, hasDestination: Bool, kind: String = "shard") -> [KinesisMapping] {
        self.workload.shards.enumerated().map { number, records in
            KinesisMapping(Source(function, kind, number), records, self.world, hasDestination: hasDestination)
        }
    }

    /// Starts a stream's mappings, each once its shard's parent is done.
    private func start(_ mappings: [KinesisMapping]) {
        for (number, mapping) in mappings.enumerated() where self.workload.parents[number] == nil {
            let children = mappings.indices.filter { self.workload.parents[$0] == number }.map { mappings[$0] }
            self.world.time.start {
                await mapping.run()
                for child in children { self.world.time.start { await child.run() } }
            }
        }
    }

    private func finish(_ mappings: [KinesisMapping]) {
        let ended = self.world.time.run(until: Self.longest, events: Self.mostEvents)
        guard ended, mappings.allSatisfy(\.isDone) else {
            self.world.complain("not everything is done after \(Trace.clock(self.world.time.now)) and \(self.world.time.eventCount) events")
            return
        }
    }

    /// An operator invokes the aggregator with what its mappings gave up, until that is done.
    private func redrive() {
        let batches = self.aggregators.flatMap(\.givenUp)
        if batches.isEmpty { return }
        self.phase("what was given up is delivered again")
        self.world.time.start {
            for (number, batch) in batches.enumerated() {
                let source = Source(.aggregator, "redrive", number)
                for attempt in 0..<40 {
                    let outcome = await self.world.lambda.invoke(source, delivery: attempt, attempt: attempt, KinesisEvents.event(batch))
                    if BatchAnswer.failures(outcome)?.isEmpty == true { break }
                    if attempt == 39 { self.world.complain("\(source) fails without a fault") }
                }
            }
        }
        self.finish([])
    }

    /// Everything again from the beginning, cut into other batches: nothing may change.
    private func replay() {
        guard self.world.complaints.isEmpty else { return }
        self.phase("everything is delivered again, and nothing may change")
        self.world.faults.isCalm = true
        let before = self.snapshot()
        let mappings = self.aggregators.isEmpty ? [] : self.mappings(.aggregator, hasDestination: false, kind: "replay")
        self.start(mappings)
        self.finish(mappings)
        for (name, lines) in self.snapshot() where before[name] != lines {
            let old = Set(before[name] ?? [])
            let line = lines.first { !old.contains($0) } ?? "something is gone"
            self.world.complain("the replay changed \(name): \(line)")
        }
    }

    private func snapshot() -> [String: [String]] {
        var snapshot: [String: [String]] = [:]
        for name in ["Analytics", "Checkpoints"] {
            snapshot[name] = self.world.cloud.dynamoDB[name].sortedItems.map { item in
                item.filter { $0.key != "updatedAt" }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                    .joined(separator: " ")
            }
        }
        snapshot["dead letters"] = self.world.cloud.sqs.bodies(FunctionName.aggregator.deadLetterQueueURL)
        return snapshot
    }

    // MARK: Checks

    private func checkStep() {
        let keys = self.world.cloud.dynamoDB.takeChangedKeys("Analytics")
        if keys.isEmpty { return }
        if let problem = self.analytics.afterStep(keys, self.world.cloud.dynamoDB["Analytics"]) {
            self.world.complain("at \(Trace.clock(self.world.time.now)): \(problem)")
        }
    }

    private func checkEnd() {
        if !self.aggregators.isEmpty {
            let letters = DeadLetters.records(
                self.world.cloud.sqs.bodies(FunctionName.aggregator.deadLetterQueueURL),
                self.world.cloud.s3
            )
            let givenUp = self.aggregators.flatMap(\.givenUp).flatMap { $0 }
            for difference in self.analytics.atEnd(letters, givenUp: givenUp) { self.world.complain(difference) }
            for mapping in self.aggregators {
                for problem in Tallies.problems(mapping, self.workload.records) { self.world.complain(problem) }
            }
        }
    }
}
