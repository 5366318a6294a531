internal import AWSClient
internal import AWSOperations
internal import Platform

/// How many messages each queue of the stack holds.
struct QueuesFeed: DashboardFeed {
    static let name = "queues"

    let interval: Duration
    let reader: QueueReader
    /// URLs by logical id.
    let queues: [String: String]

    func poll(into store: DashboardStore) async throws {
        var rows: [ExactText: DashboardValue] = [:]
        for (name, url) in self.queues {
            let depth = try await self.reader.depth(of: url)
            rows[ExactText(name)] = [
                "waiting": .count(depth.visible), "inFlight": .count(depth.inFlight), "delayed": .count(depth.delayed),
            ]
        }
        store.set(Self.name, .object(rows))
    }
}

/// How far the functions that read the order stream are behind, shard by shard.
///
/// By their checkpoints. A shard whose last record is old takes many reads: each poll goes on where the one before it
/// ended.
struct ShardsFeed: DashboardFeed {
    static let name = "shards"
    /// Shards that the page shows, those furthest behind first.
    private static let shown = 24
    /// How long a poll reads shards that give no record: ten reads each, in which the functions have theirs.
    private static let patience = Duration.seconds(3)

    let interval: Duration
    let reader: ShardProgressReader
    /// By the names that their checkpoints have.
    let functions: [String]
    private var places = ShardPlaces()

    init(interval: Duration, reader: ShardProgressReader, functions: [String]) {
        self.interval = interval
        self.reader = reader
        self.functions = functions
    }

    mutating func poll(into store: DashboardStore) async throws {
        var places = self.places
        // Behind a failure everything is read anew.
        self.places = ShardPlaces()
        let progress = try await self.reader.progress(of: self.functions, within: Self.patience, from: &places)
        self.places = places
        var rows: [ExactText: DashboardValue] = [:]
        for (function, shards) in progress {
            for shard in shards.sorted(by: { Self.rank($0) > Self.rank($1) }).prefix(Self.shown) {
                rows[ExactText("\(function) \(shard.shardID)")] = Self.row(function, shard)
            }
        }
        store.set(Self.name, .object(rows))
    }

    /// What waits comes first, then what may wait.
    private static func rank(_ shard: ShardProgress) -> Duration {
        switch shard.backlog {
        case .waiting(let lag): lag
        case .unread: .nanoseconds(1)
        case .empty: .zero
        }
    }

    private static func row(_ function: String, _ shard: ShardProgress) -> DashboardValue {
        let state: DashboardValue =
            switch shard.backlog {
            case .waiting: "behind"
            case .unread: "unread"
            case .empty: "current"
            }
        // By the second: a lag changes always, and each change is sent.
        let seconds = (shard.lag ?? .zero) / .seconds(1)
        return [
            "function": .text(function), "shard": .text(shard.shardID), "behindSeconds": .count(Int64(seconds)),
            "state": state,
        ]
    }
}

/// The stack's alarms.
struct AlarmsFeed: DashboardFeed {
    static let name = "alarms"

    let interval: Duration
    let client: CloudWatchClient
    /// Logical ids by the names on AWS.
    let alarms: [String: String]
    let time: any TimeSource

    func poll(into store: DashboardStore) async throws {
        var rows: [ExactText: DashboardValue] = [:]
        let names = self.alarms.keys.sorted()
        for start in stride(from: 0, to: names.count, by: CloudWatchClient.maximumAlarmNames) {
            let chunk = Array(names[start..<min(start + CloudWatchClient.maximumAlarmNames, names.count)])
            for alarm in try await self.client.describeAlarms(names: chunk, deadline: self.time.now + .seconds(30)) {
                rows[ExactText(self.alarms[alarm.name] ?? alarm.name)] = [
                    "state": .text(alarm.state), "description": .text(alarm.description ?? ""),
                    "reason": .text(alarm.state == "ALARM" ? alarm.reason ?? "" : ""),
                ]
            }
        }
        store.set(Self.name, .object(rows))
    }
}
