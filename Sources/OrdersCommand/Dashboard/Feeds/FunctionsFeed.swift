internal import AWSClient
package import AWSOperations
internal import Orders
package import Platform

/// What the functions say of themselves: the sums of their batch lines since midnight (UTC), orders a minute, premium
/// notifications.
package struct FunctionsFeed: DashboardFeed {
    /// As the page's notes name the feed.
    package static let name = "functions"
    /// Minutes of the curve.
    private static let minutes = 60
    /// Premium notifications that are shown.
    private static let notifications = 20

    /// The counts by which orders a minute are drawn: events that were counted, and messages that changed a row.
    private static let curves = ["counted", "written"]

    private struct Sweep {
        let function: String
        var lines: LogSweep
        let reach: Reach
        /// Whether each of its lines is of one order, not of a batch.
        let isOfOrders: Bool
        /// Whether all that there was has been read once.
        var isRead = false
    }

    /// How far back lines are of use to the page.
    private struct Reach {
        let duration: Duration
        /// All of today, too.
        let isOfDay: Bool

        func start(_ now: UTCInstant) -> UTCInstant {
            let start = now + (.zero - self.duration)
            return self.isOfDay ? min(start, UTCInstant(secondsSince1970: Day(now).secondsSince1970)) : start
        }
    }

    /// How long to wait between two polls.
    package let interval: Duration
    private let client: any CloudWatchLogsOperations
    private let time: any TimeSource
    private let outcomes: OrderOutcomes
    private let groups: [String: String]
    private var sweeps: [Sweep] = []
    private var today = ""
    private var totals: [String: [String: Int64]] = [:]
    private var curve: [String: [String: Int64]] = [:]
    private var notified: [(id: ExactText, value: DashboardValue)] = []

    /// `groups` are log groups by functions' logical ids; `orderReach` is how old an order's own line may be that is
    /// still shown with the last orders.
    package init(
        client: any CloudWatchLogsOperations,
        groups: [String: String],
        outcomes: OrderOutcomes,
        time: any TimeSource,
        pace: FeedPace,
        overlap: Duration,
        orderReach: Duration
    ) {
        self.client = client
        self.groups = groups
        self.outcomes = outcomes
        self.time = time
        self.interval = pace.logs
        let now = time.now
        func sweep(
            _ function: String,
            _ group: String,
            _ phrase: String,
            _ reach: Reach,
            isOfOrders: Bool = false
        ) -> Sweep {
            let lines = LogSweep(group: group, phrase: phrase, since: reach.start(now), overlap: overlap)
            return Sweep(function: function, lines: lines, reach: reach, isOfOrders: isOfOrders)
        }
        let batches = Reach(duration: .seconds(60 * Self.minutes), isOfDay: true)
        for (function, group) in groups {
            for phrase in function == "OrderIntake" ? FunctionLine.intakePhrases : [FunctionLine.batchPhrase] {
                self.sweeps.append(sweep(function, group, phrase, batches))
            }
        }
        // Each order's own line is read for the last orders only; premium ones are few, and listed.
        for (function, phrase, isOfDay) in [
            ("NormalOrdersProcessor", "normal order processed", false),
            ("PremiumOrdersProcessor", "premium order shipped", true),
        ] {
            guard let group = groups[function] else { continue }
            let reach = Reach(duration: orderReach, isOfDay: isOfDay)
            self.sweeps.append(sweep(function, group, phrase, reach, isOfOrders: true))
        }
    }

    /// Reads the lines that are new, adds them up and puts the sums into the store.
    package mutating func poll(into store: DashboardStore) async throws {
        let now = self.time.now
        self.turn(to: Day(now).text)
        var failure: (any Error)?
        for index in self.sweeps.indices {
            self.sweeps[index].lines.skip(to: self.sweeps[index].reach.start(now))
            do {
                let lines = try await self.sweeps[index].lines.poll(self.client, now: now)
                for line in lines { self.take(line, of: self.sweeps[index].function) }
                if !self.sweeps[index].lines.isBehind { self.sweeps[index].isRead = true }
            } catch let error as AWSError where error.code == .resourceNotFound {
                // A function that has never run may have no log group yet.
                self.sweeps[index].isRead = true
            } catch {
                failure = error
            }
        }
        self.publish(to: store, now)
        if let failure { throw failure }
    }

    /// Counts are a day's: at midnight they begin anew.
    ///
    /// A function's clock may be there first, and its line is read once.
    private mutating func turn(to day: String) {
        guard day > self.today else { return }
        self.today = day
        self.totals = [:]
        self.notified = []
    }

    private mutating func take(_ line: FunctionLine, of function: String) {
        self.turn(to: line.day)
        if let counts = line.batchCounts {
            for name in Self.curves where counts[name, default: 0] > 0 {
                self.curve[line.minute, default: [:]][name, default: 0] += counts[name, default: 0]
            }
            guard line.day == self.today else { return }
            for (name, count) in counts { self.totals[function, default: [:]][name, default: 0] += count }
            return
        }
        switch line.message {
        case "normal order processed":
            if let event = line.text("event_id") { self.outcomes.note(.processed, event) }
        case "premium order shipped":
            guard let event = line.text("event_id") else { return }
            self.outcomes.note(.notified, event)
            guard line.day == self.today else { return }
            let value: DashboardValue = [
                "order": .text(line.text("order_id") ?? ""), "amount": .text(line.text("amount") ?? ""),
                "currency": .text(line.text("currency") ?? ""),
                "at": .text(line.timestamp),
            ]
            self.totals[function, default: [:]]["notified", default: 0] += 1
            self.notified.append((ExactText(event + line.timestamp), value))
            if self.notified.count > Self.notifications { self.notified.removeFirst() }
        default: break
        }
    }

    private mutating func publish(to store: DashboardStore, _ now: UTCInstant) {
        let first = (now + .seconds(-60 * Int64(Self.minutes - 1))).iso8601.prefix(16)
        self.curve = self.curve.filter { $0.key >= first }
        var functions: [ExactText: DashboardValue] = [:]
        for function in self.groups.keys { functions[ExactText(function)] = Self.value(self.totals[function] ?? [:]) }
        store.set("functions", .object(functions))
        // Sums that lack lines which are there say so, and what was never read is not called nothing.
        let isBehind = self.sweeps.contains { !$0.isRead || $0.lines.isBehind }
        store.set("logs", ["state": isBehind ? "behind" : "read"])
        if self.sweeps.allSatisfy({ $0.isRead || $0.isOfOrders }) || !self.curve.isEmpty {
            var minutes: [ExactText: DashboardValue] = [:]
            for (minute, counts) in self.curve { minutes[ExactText(minute)] = Self.value(counts) }
            store.set("minutes", .object(minutes))
        }
        if self.sweeps.allSatisfy({ $0.isRead || !($0.isOfOrders && $0.reach.isOfDay) }) || !self.notified.isEmpty {
            store.set("premium", .object(Dictionary(self.notified) { _, last in last }))
        }
    }

    private static func value(_ counts: [String: Int64]) -> DashboardValue {
        var members: [ExactText: DashboardValue] = [:]
        for (name, count) in counts { members[ExactText(name)] = .count(count) }
        return .object(members)
    }
}
