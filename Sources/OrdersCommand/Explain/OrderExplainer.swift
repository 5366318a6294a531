internal import AWSClient
internal import AWSOperations
internal import LambdaRuntime
internal import OrderFunctions
internal import Orders
internal import Platform

/// Gathers what the stack knows of orders: each source is read once for all of them.
struct OrderExplainer: Sendable {
    /// What the user asked for.
    struct Request: Sendable {
        let search: OrderSearch.Request
        /// Whether the table's stream is read.
        let readsChanges: Bool
        /// When the search's span of time was made: logs that are kept as long as that span are all there.
        let now: UTCInstant
    }

    /// Messages of a queue that are looked at.
    private static let queueLimit = 1_000
    /// Records of the table's stream that are read.
    private static let changesLimit = 1_000_000
    /// Pages of each function's log, of at most 10,000 lines.
    private static let logPages = 200

    let access: AWSAccess
    let template: Template
    let resources: StackResources

    private var dynamoDB: DynamoDBClient { DynamoDBClient(session: self.access.session) }
    private var time: any TimeSource { self.access.time }

    func explain(_ request: Request) async throws -> (explanations: [OrderExplanation], scope: SearchScope) {
        let ids = Set(request.search.ids)
        let inputRules = try self.template.inputRules(of: "AnalyticsAggregator")
        let stored = try await self.search(inputRules).find(request.search)
        let (rows, records) = (stored.rows, stored.archive.records)
        let retention = self.template.logRetentionDays.map { LogReach.Retention(days: $0, now: request.now) }
        var scope = SearchScope(stored: stored, retention: retention)
        let changes = try await self.changes(of: ids, request, &scope)
        var deadLetters = try await self.deadLetters(of: ids, records, changes, &scope)
        try await self.addReasons(to: &deadLetters, scope.logs.windows)
        let lines = ProcessingLines(of: ids, changes: Self.changeIDs(changes, deadLetters))
        let processings = try await self.processings(lines, &scope)
        let state = try await self.countState(records)
        let decoder = OrderRecordDecoder(rules: inputRules)
        let pipes = try PipeRoute.all(in: self.template).map { try self.pipe($0) }
        let explanations = try request.search.ids.map { id in
            OrderExplanation(
                id: id.text,
                row: rows[id],
                count: CountExplanation(of: records[id] ?? [], state, decoder),
                pipes: try pipes.map { pipe in
                    try pipe.explanation(
                        row: rows[id],
                        changes: changes[id] ?? [],
                        processings: processings[pipe.function]?[id] ?? [],
                        lineSearch: lines.search(for: id)
                    )
                },
                deadLetters: deadLetters[id] ?? []
            )
        }
        return (explanations, scope)
    }

    private func search(_ rules: InputRules) -> OrderSearch {
        OrderSearch(access: self.access, resources: self.resources, inputRules: rules)
    }

    // MARK: Counting

    private func countState(_ records: [OrderID: [ArchivedRecord]]) async throws -> CountExplanation.State {
        let variables = try FunctionConfiguration(logicalID: "AnalyticsAggregator", in: self.template).variables
        let all = records.values.flatMap { $0 }
        var state = CountExplanation.State(usesClaims: variables["DEDUPLICATION"] != "shard")
        // Before the claims: the aggregator writes those first, so that what a checkpoint covers has its claim by then.
        for shardID in Set(all.map(\.shardID)) {
            let checkpoint = try await self.progressReader.checkpoint(of: "AnalyticsAggregator", shardID: shardID)
            state.checkpoints[shardID] = checkpoint?.sequenceNumber
        }
        let table = self.resources.analyticsTable
        let markers = Array(CountExplanation.markers(of: all, usesClaims: state.usesClaims))
        let claims = try await boundedMap(markers) { marker in
            let key: AttributeMap = ["PK": .s(marker.partitionKey), "SK": .s(marker.sortKey)]
            return try await self.dynamoDB.getItem(
                GetItemInput(tableName: table, key: key),
                deadline: self.access.deadline
            )
        }
        for (marker, claim) in claims {
            if marker.scope == .letter {
                state.letters[marker.id] = claim
            } else {
                state.claims[marker.id] = claim
            }
        }
        return state
    }

    private var progressReader: ShardProgressReader {
        ShardProgressReader(
            dynamoDB: self.dynamoDB,
            kinesis: KinesisClient(session: self.access.session),
            checkpointsTable: self.resources.checkpointsTable,
            streamName: self.resources.orderStream,
            time: self.time
        )
    }

    // MARK: Pipes, logs and dead letters

    private func changes(
        of ids: Set<OrderID>,
        _ request: Request,
        _ scope: inout SearchScope
    ) async throws -> [OrderID: [TableChange]] {
        guard request.readsChanges, let streamARN = self.template.stack.streamARNs["OrdersTable"] else { return [:] }
        let reader = ChangesReader(
            client: DynamoDBStreamsClient(session: self.access.session),
            streamARN: streamARN,
            time: self.time
        )
        let progress = ProgressNote(unit: "changes of the Orders table read")
        let found = try await reader.changes(of: ids, limit: Self.changesLimit) { progress.update($0) }
        scope.changesRead = found.records
        scope.areChangesCutOff = found.isCutOff
        return found.changes
    }

    private func deadLetters(
        of ids: Set<OrderID>,
        _ records: [OrderID: [ArchivedRecord]],
        _ changes: [OrderID: [TableChange]],
        _ scope: inout SearchScope
    ) async throws -> [OrderID: [DeadLetterFinding]] {
        let matcher = DeadLetterMatcher(ids: ids, records: records, changes: changes)
        let reader = QueueReader(access: self.access)
        var findings: [OrderID: [DeadLetterFinding]] = [:]
        // Each waits, so that SQS looks on all of its servers: side by side.
        let looks = try await boundedMap(self.resources.deadLetterQueues.map(\.url)) { url in
            try await reader.peek(url, limit: Self.queueLimit, waitTimeSeconds: 1)
        }
        let found = Dictionary(looks.map { ($0, $1) }) { first, _ in first }
        for queue in self.resources.deadLetterQueues {
            guard let contents = found[queue.url] ?? nil else { continue }
            scope.queues.append((queue.name, contents.messages.count, contents.isCutOff))
            for message in contents.messages {
                for (id, finding) in matcher.findings(in: message, of: queue.name) {
                    findings[id, default: []].append(finding)
                }
            }
        }
        return findings
    }

    /// What OrderWriter said when it refused a message, which the message itself, moved by SQS, does not.
    private func addReasons(
        to findings: inout [OrderID: [DeadLetterFinding]],
        _ windows: [HourWindow]
    ) async throws {
        let messages = Set(findings.values.joined().filter { $0.reason == nil }.map(\.messageID))
        guard !messages.isEmpty,
            let group = try self.template.logGroups().first(where: { $0.function == "OrderWriter" })
        else { return }
        let reader = FunctionLogReader(client: CloudWatchLogsClient(session: self.access.session), time: self.time)
        let lines = try await reader.lines(
            of: group.function,
            group: group.group,
            during: windows,
            pattern: messages.count == 1 ? messages.first.flatMap { FunctionLogReader.pattern(for: $0) } : nil,
            maximumPages: Self.logPages
        ).lines
        let reasons = Dictionary(
            lines.compactMap { line in line["message_id"].flatMap { id in line["reason"].map { (id, $0) } } }
        ) { first, _ in first }
        findings = findings.mapValues { letters in
            letters.map { letter in
                var letter = letter
                letter.reason = letter.reason ?? reasons[letter.messageID]
                return letter
            }
        }
    }

    /// The ids of the orders' changes, as far as the table's stream and dead letters tell them.
    private static func changeIDs(
        _ changes: [OrderID: [TableChange]],
        _ deadLetters: [OrderID: [DeadLetterFinding]]
    ) -> [OrderID: Set<ExactText>] {
        var ids: [OrderID: Set<ExactText>] = [:]
        for (id, changes) in changes {
            for eventID in changes.compactMap(\.eventID) { ids[id, default: []].insert(ExactText(eventID)) }
        }
        for (id, letters) in deadLetters {
            for eventID in letters.compactMap(\.eventID) { ids[id, default: []].insert(ExactText(eventID)) }
        }
        return ids
    }

    /// By function and order id, in the same hours in which the archive was searched, as far as logs are kept.
    private func processings(
        _ lines: ProcessingLines,
        _ scope: inout SearchScope
    ) async throws -> [String: [OrderID: [OrderExplanation.Pipe.Processing]]] {
        guard lines.isPossible else {
            scope.areLogsMasked = true
            return [:]
        }
        let reader = FunctionLogReader(client: CloudWatchLogsClient(session: self.access.session), time: self.time)
        var all: [String: [OrderID: [OrderExplanation.Pipe.Processing]]] = [:]
        for (function, group) in try self.template.logGroups() where ProcessorRule(rawValue: function) != nil {
            let found = try await reader.lines(
                of: function,
                group: group,
                during: scope.logs.windows,
                pattern: lines.pattern,
                maximumPages: Self.logPages
            )
            scope.logs.isCutOff = scope.logs.isCutOff || found.isCutOff
            all[function] = lines.processings(in: found.lines)
        }
        return all
    }

    private func pipe(_ route: PipeRoute) throws -> ExplainedPipe {
        let stack = self.template.stack
        let function = stack.resources.keys.first { logicalID in
            stack.resources[logicalID]?.type == "AWS::Lambda::Function"
                && stack.attribute("Arn", of: logicalID) == route.functionARN
        }
        let name = function ?? route.functionARN
        let rule = ProcessorRule(rawValue: name)
        let variables = Environment(try FunctionConfiguration(logicalID: name, in: self.template).variables)
        return ExplainedPipe(
            name: route.logicalID,
            function: name,
            filters: route.filters,
            rule: rule,
            rules: try self.template.orderRules(of: rule?.rawValue ?? ProcessorRule.normal.rawValue),
            logLevel: .resolve(from: variables),
            orderLog: try variables.orderLog()
        )
    }
}
