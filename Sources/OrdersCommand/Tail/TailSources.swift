internal import AWSClient
internal import AWSOperations
internal import EventPatterns
internal import OrderFunctions
internal import Orders
internal import PipesRunner
internal import Platform
internal import Synchronization

/// The four sources that can be followed, side by side on one loop.
struct TailSources: Sendable {
    /// Which of them.
    struct Choice: Sendable {
        let stream: Bool
        let changes: Bool
        let logs: Bool
        let deadLetters: Bool
    }

    /// CloudWatch Logs allows some requests a second for an account and region; each look asks each function's log.
    private static let logInterval = Duration.seconds(2)
    /// Pages of a log in one look.
    private static let logPages = 20
    private static let queueInterval = Duration.seconds(3)
    private static let queueLimit = 1_000
    /// Records of the order in the archive from so long before are asked for its ids.
    private static let correlationHours: Int64 = 3
    /// How long what is not archived yet is looked through for them, which holds up no line that is known to be its own.
    private static let streamPatience = Duration.seconds(30)
    /// So many lines are kept that may turn out to be the order's.
    private static let undecidedLines = 1_000
    /// What is said where logs show less of the order's id than there is.
    private static let maskedNote =
        "the logs mask this order's id: its lines are found by its other ids, with --changes by its changes' ids too"

    let access: AWSAccess
    let template: Template
    let resources: StackResources
    /// Only what is about this one.
    let order: OrderID?
    /// Nil: from now on.
    let since: UTCInstant?
    let output: TailOutput
    let stop: StopFlag
    /// What the changes of the order tell of its lines in the logs.
    let changeIDs = SeenChanges()
    /// What the order's records tell of them that are not archived yet.
    let unarchived = SeenRecords()

    private var time: any TimeSource { self.access.time }
    private var mention: OrderMention? { self.order.map { OrderMention(of: [$0]) } }

    /// Follows until the stop; if one source cannot go on, none does.
    func run(_ choice: Choice) async throws {
        let followers: [(isChosen: Bool, follow: @Sendable () async throws -> Void)] = [
            (choice.stream, { try await self.followStream() }), (choice.changes, { try await self.followChanges() }),
            (choice.logs, { try await self.followLogs(learnsChanges: choice.changes) }),
            (choice.deadLetters, { try await self.followDeadLetters() }),
            (choice.logs, { try await self.learnUnarchived() }),
        ]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for follower in followers where follower.isChosen {
                group.addTask {
                    do {
                        try await follower.follow()
                    } catch {
                        self.stop.set()
                        throw error
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func followStream() async throws {
        let decoder = OrderRecordDecoder(rules: try self.template.inputRules(of: "AnalyticsAggregator"))
        let source = KinesisStreamSource(
            client: KinesisClient(session: self.access.session),
            streamARN: self.resources.orderStreamARN,
            roleARN: "",
            filters: .all,
            time: self.time
        )
        try await self.follower("the order stream", source).run { record in
            let event = Array(#"{"Records":["#.utf8) + record.json + Array("]}".utf8)
            for line in try ArchiveLines.lines(of: event, decoder) {
                guard let archived = ArchivedRecord(line[...], key: "", line: 0), self.isWanted(archived) else {
                    continue
                }
                try self.output.show(TailLine(archived, archiveLine: line, self.output.terminal))
            }
        }
    }

    private func isWanted(_ record: ArchivedRecord) -> Bool {
        guard let order, let mention else { return true }
        return record.orderID.map { $0 == order } ?? !mention.ids(in: record.content).isEmpty
    }

    private func followChanges() async throws {
        guard let streamARN = self.template.stack.streamARNs["OrdersTable"] else {
            throw ToolError.badUse("the Orders table has no stream: deploy cloudformation.yaml")
        }
        let source = DynamoDBStreamSource(
            client: DynamoDBStreamsClient(session: self.access.session),
            streamARN: streamARN,
            filters: .all,
            time: self.time
        )
        try await self.follower("the table's stream", source).run { record in
            guard let change = TableChange(record), self.isWanted(change) else { return }
            if self.order != nil, let eventID = change.eventID { self.changeIDs.add(eventID) }
            try self.output.show(TailLine(change, event: record.json, self.output.terminal))
        }
    }

    private func isWanted(_ change: TableChange) -> Bool {
        self.order.map { ExactText($0.text) == change.orderID } ?? true
    }

    private func follower(_ name: String, _ stream: any StreamReader) -> StreamFollower {
        StreamFollower(name: name, stream: stream, since: self.since, time: self.time, stop: self.stop)
    }

    private func followLogs(learnsChanges: Bool) async throws {
        let reader = FunctionLogReader(client: CloudWatchLogsClient(session: self.access.session), time: self.time)
        let groups = try self.template.logGroups()
        let start = self.since ?? self.time.now
        var correlation = try await self.correlation()
        if correlation?.isMasked == true { Console.note(Self.maskedNote) }
        var seen: [String: SeenLines] = [:]
        // Lines that another id may show to be the order's; changes of before are still being read when the first lines are.
        var undecided: [FunctionLogLine] = []
        while !self.stop.isSet {
            var lines = undecided
            undecided = []
            for (function, group) in groups where !self.stop.isSet {
                let from = seen[function, default: SeenLines()].nextStart(following: start)
                let found = try await self.patiently("the log of \(function)") {
                    try await reader.lines(
                        of: function,
                        group: group,
                        from: from,
                        maximumPages: Self.logPages
                    )
                }
                guard let found else { continue }
                lines += seen[function, default: SeenLines()].new(in: found.lines, isCutOff: found.isCutOff)
                if found.isCutOff {
                    Console.note("the log of \(function) has more lines than one look takes: what is shown is behind")
                }
            }
            let unarchived = self.unarchived.now
            for record in unarchived.records { correlation?.learn(record) }
            for id in self.changeIDs.all { correlation?.learn(id) }
            for line in lines.sorted(by: { $0.timestamp < $1.timestamp }) {
                if line.isFrame { continue }
                if correlation?.admits(line) ?? true {
                    try self.output.show(TailLine(line, self.output.terminal))
                } else {
                    let mayBe = correlation?.mayAdmitLater(
                        line,
                        learnsChanges: learnsChanges,
                        learnsRecords: unarchived.mayGrow
                    )
                    if mayBe == true { undecided.append(line) }
                }
            }
            undecided = undecided.suffix(Self.undecidedLines)
            try await self.time.rest(Self.logInterval, self.stop)
        }
    }

    /// What is known of the order's other ids before its lines come; nil where no order is named.
    private func correlation() async throws -> OrderCorrelation? {
        guard let order else { return nil }
        var correlation = OrderCorrelation(orderID: order)
        let start = self.since ?? self.time.now
        let request = OrderSearch.Request(
            ids: [order],
            from: start + .seconds(-Self.correlationHours * 3_600),
            to: self.time.now,
            searchesAroundRows: false,
            limits: ArchiveReader.Limits(objects: 500),
            readFor: nil
        )
        let found = try await self.search().find(request)
        found.archive.records[order]?.forEach { correlation.learn($0) }
        if let row = found.rows[order] { correlation.learn(row) }
        return correlation
    }

    /// Learns the order's ids from what is not archived yet while lines are shown: shards whose last records are old
    /// take all the time that they are given.
    private func learnUnarchived() async throws {
        guard let order else { return }
        let found = try await self.search().unarchived([order], Self.streamPatience)
        self.unarchived.end(with: found.records[order] ?? [])
    }

    private func search() throws -> OrderSearch {
        OrderSearch(
            access: self.access,
            resources: self.resources,
            inputRules: try self.template.inputRules(of: "OrderArchiver")
        )
    }

    private func followDeadLetters() async throws {
        let reader = QueueReader(access: self.access)
        let rules = try self.template.inputRules(of: "OrderWriter")
        var looks: [String: QueueLooks] = [:]
        var seen: Set<String> = []
        while !self.stop.isSet {
            for queue in self.resources.deadLetterQueues where !self.stop.isSet {
                let depth = try await self.patiently(queue.name) { try await reader.depth(of: queue.url) }
                guard let depth, looks[queue.name, default: QueueLooks()].isDue(depth, at: self.time.uptime) else {
                    continue
                }
                let contents = try await self.patiently(queue.name) {
                    try await reader.peek(
                        queue.url,
                        limit: Self.queueLimit,
                        waitTimeSeconds: 1,
                        stop: self.stop
                    )
                }
                if contents == nil { looks[queue.name]?.failed() }
                for message in contents?.messages ?? [] where seen.insert(message.messageID).inserted {
                    guard self.isWanted(message) else { continue }
                    try self.output.show(TailLine(message, of: queue.name, rules: rules, self.output.terminal))
                }
                if contents?.isCutOff == true { Console.note("\(queue.name) has more messages than are shown here") }
            }
            try await self.time.rest(Self.queueInterval, self.stop)
        }
    }

    private func isWanted(_ message: SQSMessage) -> Bool {
        guard let order else { return true }
        let matcher = DeadLetterMatcher(ids: [order], records: [:], changes: [:])
        return !matcher.findings(in: message, of: "").isEmpty
    }

    /// Nil where the request failed for a passing reason; what cannot succeed later ends the command.
    private func patiently<Value>(_ name: String, _ request: () async throws -> Value) async throws -> Value? {
        do {
            return try await request()
        } catch let error as AWSError where error.isRetryable && !error.isCancellation {
            Console.note("\(name) cannot be read, trying again: \(error)")
            return nil
        }
    }
}

/// The ids of an order's changes, which one source sees and another one looks for.
final class SeenChanges: Sendable {
    private let ids = Mutex<Set<String>>([])

    /// Those that were seen by now.
    var all: Set<String> { self.ids.withLock { $0 } }

    func add(_ eventID: String) {
        self.ids.withLock { _ = $0.insert(eventID) }
    }
}

/// The records of an order that are not archived yet, which one source finds and another one learns from.
final class SeenRecords: Sendable {
    private let state = Mutex<(records: [ArchivedRecord], mayGrow: Bool)>(([], true))

    /// What was found by now, and whether more may be.
    var now: (records: [ArchivedRecord], mayGrow: Bool) { self.state.withLock { $0 } }

    /// These are all that are found.
    func end(with records: [ArchivedRecord]) {
        self.state.withLock { $0 = (records, false) }
    }
}

/// When a dead-letter queue is worth a look, which hides its messages for a moment.
package struct QueueLooks: Sendable {
    /// A depth that stays may hide one message that went and one that came.
    private static let interval = Duration.seconds(30)

    /// Of the messages that wait and those in flight together: a look itself moves them from one count to the other, and
    /// SQS tells that late.
    private var total: Int?
    private var last = Duration.zero

    /// No look so far.
    package init() {}

    /// Whether to look into the queue, which has so many messages; if so, that is noted as done.
    package mutating func isDue(_ depth: QueueDepth, at uptime: Duration) -> Bool {
        let hasChanged = depth.total != self.total
        self.total = depth.total
        guard depth.total > 0, hasChanged || uptime - self.last >= Self.interval else { return false }
        self.last = uptime
        return true
    }

    /// The look found out nothing: the next one is due whatever the depth.
    package mutating func failed() { self.total = nil }
}

extension FunctionLogLine {
    /// Tells a line from any other of its function.
    var identity: ExactText { ExactText(self.eventID.isEmpty ? "\(self.timestamp) \(self.text)" : self.eventID) }
}
