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
        var rows: [String: DashboardValue] = [:]
        for (name, url) in self.queues {
            let depth = try await self.reader.depth(of: url)
            rows[name] = [
                "waiting": .count(depth.visible), "inFlight": .count(depth.inFlight), "delayed": .count(depth.delayed),
            ]
        }
        store.set(Self.name, .object(rows))
    }
}

/// How far the functions that read the order stream are behind, shard by shard.
///
/// By their checkpoints.
struct ShardsFeed: DashboardFeed {
    static let name = "shards"
    /// Shards that the page shows, those furthest behind first.
    private static let shown = 24

    let interval: Duration
    let reader: ShardProgressReader
    /// By the names that their checkpoints have.
    let functions: [String]
    let time: any TimeSource

    func poll(into store: DashboardStore) async throws {
        var rows: [String: DashboardValue] = [:]
        for function in self.functions {
            let progress = try await self.reader.progress(of: function)
            for shard in progress.sorted(by: { ($0.lag ?? .zero) > ($1.lag ?? .zero) }).prefix(Self.shown) {
                rows["\(function) \(shard.shardID)"] = Self.row(function, shard: shard.shardID, shard.lag)
            }
        }
        store.set(Self.name, .object(rows))
    }

    private static func row(_ function: String, shard: String, _ lag: Duration?) -> DashboardValue {
        // By the second: a lag changes always, and each change is sent.
        let seconds = (lag ?? .zero) / .seconds(1)
        return [
            "function": .text(function), "shard": .text(shard), "behindSeconds": .count(Int64(seconds)),
            "state": lag == nil ? "current" : "behind",
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
        var rows: [String: DashboardValue] = [:]
        let names = self.alarms.keys.sorted()
        for start in stride(from: 0, to: names.count, by: CloudWatchClient.maximumAlarmNames) {
            let chunk = Array(names[start..<min(start + CloudWatchClient.maximumAlarmNames, names.count)])
            for alarm in try await self.client.describeAlarms(names: chunk, deadline: self.time.now + .seconds(30)) {
                rows[self.alarms[alarm.name] ?? alarm.name] = [
                    "state": .text(alarm.state), "description": .text(alarm.description ?? ""),
                    "reason": .text(alarm.state == "ALARM" ? alarm.reason ?? "" : ""),
                ]
            }
        }
        store.set(Self.name, .object(rows))
    }
}
