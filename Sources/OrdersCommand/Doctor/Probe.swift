internal import AWSClient
internal import AWSOperations
internal import ArchiveAccounts
internal import LambdaEvents
internal import LambdaRuntime
internal import OrderFunctions
internal import Orders
internal import Platform

/// `orders doctor --probe`: one order by each entrance, followed to where it ends, and taken back as far as that goes.
struct Probe: Sendable {
    /// Something that an order has to come to.
    private struct Step: Sendable {
        let subject: String
        /// What to do where it does not come there.
        let advice: String
        /// How it came there; nil as long as it has not.
        let look: @Sendable () async throws(AWSError) -> String?
    }

    /// Mappings collect records for seconds, and lines of a log are found a minute after they were written.
    private static let patience = Duration.seconds(180)
    /// Messages of a dead-letter queue that are looked at.
    private static let queueLimit = 1_000

    let access: AWSAccess
    let template: Template
    let resources: StackResources
    let entrances: ProbeEntrances
    /// Tells this run's orders from any other's.
    let runID: String
    private let begin: UTCInstant

    init(access: AWSAccess, template: Template, environment: Environment) throws {
        self.access = access
        self.template = template
        self.resources = try StackResources(template.stack)
        self.entrances = ProbeEntrances(
            access: access,
            stack: template.stack,
            resources: self.resources,
            environment: environment
        )
        self.runID = Hexadecimal.text(
            withUnsafeBytes(of: access.session.random.next().bigEndian) { Array($0) }
        )
        self.begin = access.time.now
    }

    /// Sends the orders, and reports each place that they come to, when they do.
    ///
    /// - Parameter keepsAnswers: whether requests are made as well whose only use is their answers.
    func run(keepsAnswers: Bool, _ report: (Finding) throws -> Void) async throws {
        var fixtures = ProbeFixtures(
            access: self.access,
            resources: self.resources,
            streamARN: self.template.stack.streamARNs["OrdersTable"]
        )
        if keepsAnswers { try await fixtures.markStream() }
        let testDomain = self.template.stack.parameters["TestEmailDomains"]?.split(separator: ",").first ?? "test.com"
        let counted = try await self.countedOrders()
        // Of an uncertain one the answer was lost, so that it may have been taken all the same.
        var (orders, uncertain, places): ([ProbeOrder], [ProbeOrder], [StreamPlace]) = ([], [], [])
        var steps: [Step] = []
        for entrance in ProbeEntrance.allCases {
            // Of the day that is counted, also where midnight passes meanwhile.
            let order = ProbeOrder(entrance, run: self.runID, now: self.begin, testDomain: String(testDomain))
            let subject = "probe by \(entrance.rawValue)"
            if entrance == .api, self.entrances.api == nil {
                try report(.untold(subject, "the API takes tokens of ApiJwtIssuer only: post an order with yours"))
                continue
            }
            switch await Self.result({ () throws(AWSError) in try await self.entrances.send(order) }) {
            case .success(let place):
                try report(.well(subject, "\(order.id) taken after \(self.elapsed)"))
                orders.append(order)
                if let place { places.append(place) }
                steps += self.steps(of: order, place, subject)
            case .failure(let error) where error.mayHaveBeenApplied:
                try report(.ill(subject, "\(order.id) may have been taken: \(error)", "run it again"))
                uncertain.append(order)
                // A row that came only after the deletion at the end would stay.
                if !order.entrance.isArchived { steps.append(self.rowStep(of: order, subject)) }
            case .failure(let error):
                try report(.ill(subject, "refused: \(error)", "orders doctor --help names the permissions it needs"))
            }
        }
        if !places.isEmpty { steps.append(self.countingStep(before: counted, orders: places.count)) }
        try await self.follow(steps, report)
        if keepsAnswers {
            try report(await fixtures.changes(of: Self.ids(of: orders)))
            // Of the order whose row is deleted afterwards.
            if let order = orders.first(where: { !$0.entrance.isArchived }) {
                try report(await fixtures.refusals(of: order.id))
            }
        }
        try report(await self.deadLetters(of: orders + uncertain))
        try report(await self.takeBack(orders, uncertain))
    }

    /// The ids of the orders as readers look for them; each of a probe's is one.
    private static func ids(of orders: [ProbeOrder]) -> Set<OrderID> { Set(orders.compactMap { OrderID($0.id) }) }

    private var elapsed: String {
        let milliseconds = self.access.time.now.millisecondsSince1970 - self.begin.millisecondsSince1970
        return "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
    }

    private static func result<Value>(
        _ ask: () async throws(AWSError) -> Value
    ) async -> Result<Value, AWSError> {
        do throws(AWSError) { return .success(try await ask()) } catch { return .failure(error) }
    }

    private func follow(_ steps: [Step], _ report: (Finding) throws -> Void) async throws {
        var pending = steps
        let end = self.begin + Self.patience
        var errors: [String: AWSError] = [:]
        while !pending.isEmpty {
            var left: [Step] = []
            for step in pending {
                switch await Self.result(step.look) {
                case .success(.some(let state)): try report(.well(step.subject, "\(state) after \(self.elapsed)"))
                case .success(.none): left.append(step)
                case .failure(let error):
                    errors[step.subject] = error
                    left.append(step)
                }
            }
            pending = left
            guard !pending.isEmpty, self.access.time.now < end else { break }
            try await self.access.time.sleep(for: .seconds(1))
        }
        for step in pending {
            let reason = errors[step.subject].map { ": \($0)" } ?? ""
            try report(.ill(step.subject, "not within \(Self.patience.components.seconds) s\(reason)", step.advice))
        }
    }

    // MARK: Where orders come to

    private func steps(of order: ProbeOrder, _ place: StreamPlace?, _ subject: String) -> [Step] {
        var steps = [self.rowStep(of: order, subject)]
        if let place {
            steps.append(self.archiveStep(of: order, place, subject))
            if let step = self.logStep(of: "OrderArchiver", holding: order.id, subject) { steps.append(step) }
        } else if let step = self.logStep(of: "OrderWriter", holding: nil, subject) {
            steps.append(step)
        }
        return steps
    }

    private func rowStep(of order: ProbeOrder, _ subject: String) -> Step {
        let reader = OrdersReader(
            client: DynamoDBClient(session: self.access.session),
            tableName: self.resources.ordersTable,
            time: self.access.time
        )
        let writer = order.entrance == .topic ? "OrderWriter" : "OrderArchiver"
        return Step(subject: "\(subject), Orders table", advice: "the log of \(writer), and its mapping above") {
            () async throws(AWSError) in
            guard let id = OrderID(order.id), try await reader.row(of: id) != nil else { return nil }
            return "there"
        }
    }

    /// The object is found by the shard's checkpoint: an hour of a busy archive has thousands.
    private func archiveStep(of order: ProbeOrder, _ place: StreamPlace, _ subject: String) -> Step {
        let s3 = S3Client(session: self.access.session)
        let bucket = self.resources.archiveBucket
        let archive = ArchiveReader(s3: s3, bucket: bucket, time: self.access.time)
        let ids = Self.ids(of: [order])
        let progress = ShardProgressReader(
            dynamoDB: DynamoDBClient(session: self.access.session),
            kinesis: KinesisClient(session: self.access.session),
            checkpointsTable: self.resources.checkpointsTable,
            streamName: self.resources.orderStream,
            time: self.access.time
        )
        return Step(subject: "\(subject), archive", advice: "the log of OrderArchiver, and its mapping above") {
            () async throws(AWSError) in
            let checkpoint = try await progress.checkpoint(of: "OrderArchiver", shardID: place.shardID)
            guard let done = checkpoint.flatMap({ SequenceNumber($0.sequenceNumber) }), done >= place.sequenceNumber
            else { return nil }
            let hours = HourWindow(from: self.begin, to: self.access.time.now + .seconds(3_600)).archivePrefixes
            for hour in hours {
                let keys = try await s3.listKeys(
                    bucket: bucket,
                    prefix: hour + place.shardID + "-",
                    deadline: self.access.deadline
                )
                let first = keys.last { key in
                    let number = key.split(separator: "-").last.map { String($0.prefix { $0 != "." }) }
                    return number.flatMap { SequenceNumber($0) }.map { $0 <= place.sequenceNumber } ?? false
                }
                guard let first else { continue }
                let found = try await archive.search(for: ids, below: [first], limits: .init())
                if !found.records.isEmpty { return "in \(first)" }
            }
            return nil
        }
    }

    /// A line that names the order, or where lines do not, any line since the probe began; nil where the function is set to
    /// write none.
    private func logStep(of function: String, holding id: String?, _ subject: String) -> Step? {
        guard
            let variables = try? FunctionConfiguration(logicalID: function, in: self.template).variables,
            LogLevel.resolve(from: Environment(variables)) <= .info,
            let group = try? self.template.logGroups().first(where: { $0.function == function })?.group
        else { return nil }
        let reader = FunctionLogReader(
            client: CloudWatchLogsClient(session: self.access.session),
            time: self.access.time
        )
        return Step(subject: "\(subject), log of \(function)", advice: "its role, and the log group above") {
            () async throws(AWSError) in
            let found = try await reader.lines(
                of: function,
                group: group,
                from: self.begin,
                pattern: FunctionLogReader.pattern(for: id ?? "batch done"),
                maximumPages: 10
            )
            let lines = found.lines.filter { line in
                line["message"] == "batch done" && (id.map { line.text.contains($0) } ?? true)
            }
            return lines.isEmpty ? nil : "there"
        }
    }

    /// By the count of the currency: whatever makes an event count once, its counter has to grow.
    private func countingStep(before: UInt64, orders: Int) -> Step {
        Step(subject: "probes, counted", advice: "the log of AnalyticsAggregator, and its mapping above") {
            () async throws(AWSError) in
            let now = try await self.countedOrders()
            return now >= before + UInt64(orders) ? "\(orders.counting("order")) more in XTS" : nil
        }
    }

    private func countedOrders() async throws(AWSError) -> UInt64 {
        let reader = AnalyticsReader(
            client: DynamoDBClient(session: self.access.session),
            tableName: self.resources.analyticsTable,
            time: self.access.time
        )
        return try await reader.figures(of: Day(self.begin), [.revenue]).revenue[.test]?.orders ?? 0
    }

    // MARK: Afterwards

    private func deadLetters(of orders: [ProbeOrder]) async -> Finding {
        let subject = "probes, dead letters"
        let reader = QueueReader(access: self.access)
        let matcher = DeadLetterMatcher(ids: Self.ids(of: orders), records: [:], changes: [:])
        var found: [String] = []
        do {
            for queue in self.resources.deadLetterQueues {
                guard try await reader.depth(of: queue.url).total > 0 else { continue }
                // A wait has SQS look on all of its servers.
                let contents = try await reader.peek(queue.url, limit: Self.queueLimit, waitTimeSeconds: 1)
                for message in contents.messages {
                    found += matcher.findings(in: message, of: queue.name).map { "\($0.id) in \(queue.name)" }
                }
            }
        } catch {
            return .ill(subject, "cannot be looked at: \(error)", "orders doctor --help names the permissions it needs")
        }
        guard found.isEmpty else {
            return .ill(subject, found.joined(separator: ", "), "orders explain says why it was refused")
        }
        return .well(subject, "none")
    }

    /// Deletes the rows of orders that are in the Orders table alone.
    ///
    /// What the archive has cannot be taken back, and a row or a counter that lacked it would be a difference to every
    /// audit: these are in a currency of their own.
    private func takeBack(_ orders: [ProbeOrder], _ uncertain: [ProbeOrder]) async -> Finding {
        let subject = "probes, taken back"
        let client = DynamoDBClient(session: self.access.session)
        let sent = orders + uncertain
        let rows = sent.filter { !$0.entrance.isArchived }
        do {
            for order in rows {
                try await client.deleteItem(
                    tableName: self.resources.ordersTable,
                    key: ["orderId": .s(order.id)],
                    deadline: self.access.deadline
                )
            }
        } catch {
            return .ill(
                subject,
                "the row of the topic's order cannot be deleted: \(error)",
                "delete that of probe-\(self.runID)-topic from \(self.resources.ordersTable)"
            )
        }
        let deletion =
            if rows.isEmpty {
                "nothing to delete"
            } else if uncertain.contains(where: { !$0.entrance.isArchived }) {
                "the topic's row is deleted, if it came"
            } else {
                "the topic's row is deleted"
            }
        let others = "archived orders stay where they are, in XTS, which reports leave out"
        return .well(subject, rows.count < sent.count ? "\(deletion); \(others)" : deletion)
    }
}
