internal import SimulatedAWS

/// A run that is measured: orders come at a steady pace, and something lasts for hours.
///
/// Time is virtual, so a weekend takes seconds.
package enum Scenario: String, CaseIterable, Sendable {
    /// DynamoDB fails for an hour.
    case outageOfAnHour = "outage-hour"
    /// DynamoDB fails from Friday evening to Monday morning.
    case outageOfAWeekend = "outage-weekend"
    /// Every shard is split in two under load.
    case reshard

    private struct Plan {
        let hours: Double
        /// Orders a second.
        let rate: Double
        /// In hours of the run.
        var outage: Range<Double>?
        /// In hours of the run.
        var split: Double?
    }

    private var plan: Plan {
        switch self {
        case .outageOfAnHour: Plan(hours: 3, rate: 5, outage: 1..<2)
        case .outageOfAWeekend: Plan(hours: 68, rate: 0.5, outage: 2..<64)
        case .reshard: Plan(hours: 1, rate: 20, split: 0.5)
        }
    }

    private static let shards = 2

    /// Plays the scenario, and tells its figures as lines.
    package func lines(seed: UInt64) -> [String] {
        let plan = self.plan
        let draws = Draws(seed: seed)
        let configuration = Configuration(draws, .event)
        let world = World(draws, configuration, .scripted([]), narrated: false, cache: ExpressionCache())
        let split = plan.split.map { VirtualTime.Nanoseconds.seconds($0 * 3_600) }
        let workload = Workload(
            steady: draws,
            configuration,
            rate: plan.rate,
            seconds: plan.hours * 3_600,
            shards: Self.shards,
            splitTime: split
        )
        world.outage = plan.outage.map { .seconds($0.lowerBound * 3_600)..<(.seconds($0.upperBound * 3_600)) }
        let stream = StreamMappings(workload, nil, world)
        let aggregators = stream.mappings(.aggregator, limits: .template)
        let archivers = stream.mappings(.archiver, limits: .template)
        stream.start(aggregators)
        stream.start(archivers)
        var meters = [Meter("AnalyticsAggregator", aggregators), Meter("OrderArchiver", archivers)]
        let end = VirtualTime.Nanoseconds.seconds(plan.hours * 2 * 3_600)
        var time: VirtualTime.Nanoseconds = 0
        while time < end, !(aggregators + archivers).allSatisfy(\.isDone) {
            time += .seconds(1)
            _ = world.time.run(until: time, events: .max)
            for place in meters.indices { meters[place].look(at: time, from: world.outage?.upperBound ?? split ?? 0) }
        }
        world.lambda.stop()
        _ = world.time.run(until: .max, events: .max)
        let orders = workload.records.count
        var lines = ["\(self.rawValue): \(orders) orders in \(plan.hours) hours, seed \(seed)"]
        lines += meters.map(\.line)
        lines.append(
            "requests: \(world.requestCount), \(Self.tenths(Double(world.requestCount) / Double(orders))) an order"
        )
        for name in ["invocations", "environments", "time-outs"] {
            lines.append("\(name): \(world.counts[name] ?? 0)")
        }
        return lines + world.complaints.map { "! \($0)" }
    }

    fileprivate static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

/// How far the mappings of a function are behind their stream.
private struct Meter {
    private let name: String
    private let mappings: [KinesisMapping]
    /// How many records of each mapping have arrived.
    private var arrived: [Int]
    private var most = 0
    /// When nothing was left but what had just come, after the trouble.
    private var caughtUp: VirtualTime.Nanoseconds?
    private var start: VirtualTime.Nanoseconds = 0

    /// Fewer records than that are what a batching window leaves.
    private static let little = 100

    init(_ name: String, _ mappings: [KinesisMapping]) {
        self.name = name
        self.mappings = mappings
        self.arrived = mappings.map { _ in 0 }
    }

    mutating func look(at now: VirtualTime.Nanoseconds, from start: VirtualTime.Nanoseconds) {
        self.start = start
        var behind = 0
        for (place, mapping) in self.mappings.enumerated() {
            while self.arrived[place] < mapping.records.count, mapping.records[self.arrived[place]].arrival <= now {
                self.arrived[place] += 1
            }
            behind += self.arrived[place] - min(mapping.position, self.arrived[place])
        }
        self.most = max(self.most, behind)
        if now >= start, self.caughtUp == nil, behind < Self.little { self.caughtUp = now }
    }

    var line: String {
        let caughtUp = self.caughtUp.map { "\(($0 - self.start) / 1_000_000_000) s" } ?? "never"
        return "\(self.name): at most \(self.most) records behind, caught up after \(caughtUp)"
    }
}
