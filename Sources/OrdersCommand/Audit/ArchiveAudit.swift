internal import AWSClient
internal import AWSOperations
internal import ArchiveAccounts
internal import OrderFunctions
internal import Orders
internal import PipesRunner
internal import Platform

/// Compares a stack's archive with its tables, also while orders flow.
struct ArchiveAudit: Sendable {
    let access: AWSAccess
    let resources: StackResources
    let rules: CountingRules
    /// The days whose rows are compared; nil for all that the archive has.
    let span: DaySpan?
    /// Whether the Orders table is looked at, too.
    let looksForOrders: Bool
    /// Whether objects of the archive expire, so that its beginning may be gone.
    let objectsExpire: Bool

    /// Seconds by which the aggregator may be behind: an event that arrived earlier and is not counted is lost.
    private static let patience: Int64 = 15 * 60
    /// Looks at rows that are in motion.
    private static let maximumLooks = 4
    private static let concurrency = 16
    /// Messages of AnalyticsDLQ that are looked at.
    private static let maximumLetters = 1_000

    /// What is found.
    func run(_ options: ArchiveOptions) async throws -> AuditFindings {
        let store = try options.store(self.access, bucket: self.resources.archiveBucket)
        var days = self.span.map { Set($0.days) }
        for look in 1... {
            let isFirstOfTheseDays = days == nil
            let findings = try await self.look(store, options, &days)
            if !findings.differences.contains(where: \.isInMotion) || look == Self.maximumLooks { return findings }
            // Rows of days that the archive has just named were not read before it, which is no motion of theirs.
            if !isFirstOfTheseDays { try await self.access.time.sleep(for: .seconds(2)) }
        }
        preconditionFailure("the last look returns")
    }

    /// Sets the rows that differ to what the archive adds up to; gives a line for each.
    ///
    /// A row is not touched where it moved while it was looked at, nor any while the archive itself is in doubt.
    func repair(_ findings: AuditFindings, isDryRun: Bool) async throws -> [String] {
        guard !findings.differences.isEmpty else { return [] }
        guard findings.faults.isEmpty, findings.gaps.isEmpty else {
            return ["", "Nothing is repaired: the archive is not whole, so that its sums are not to be relied on."]
        }
        guard !isDryRun else {
            return [
                "",
                "--repair --yes would set \(findings.differences.count.counting("row")) to what the archive adds up to.",
            ]
        }
        let repair = CounterRepair(
            session: self.access.session,
            tableName: self.resources.analyticsTable,
            lanes: self.rules.lanes,
            time: self.access.time
        )
        var lines = ["", "repaired:"]
        for difference in findings.differences {
            let name = "\(difference.key.partitionKey) \(difference.key.sortKey)"
            guard !difference.isInMotion, try await repair.repair(difference) == .repaired else {
                lines.append("  \(TerminalText.escaped(name)): not changed, since it is in motion; audit again")
                continue
            }
            lines.append(
                "  \(TerminalText.escaped(name)): now \(difference.archived.map(AuditFindings.text) ?? "nothing")"
            )
        }
        return lines
    }

    /// One look at the rows of `days`, which are the archive's own afterwards where they were nil.
    private func look(
        _ store: any ArchiveStore,
        _ options: ArchiveOptions,
        _ days: inout Set<Day>?
    ) async throws -> AuditFindings {
        let since = self.access.time.now.secondsSince1970 - Self.patience
        let unarchived = UnarchivedReader(access: self.access, resources: self.resources, decoder: self.rules.decoder)
        // What is in the tables was in the stream before, and what is read last is the stream and the archive.
        let before = try await self.rows(of: days ?? [])
        let lines = options.archive == nil ? try await unarchived.lines() : []
        let checkpoints = options.archive == nil ? try await self.checkpoints() : [:]
        let span = self.span.map { $0.first...$0.last } ?? Day(number: 1_01_01)...Day(number: 9999_12_31)
        let wishes = ObjectAccount.Wishes(orderIDs: self.looksForOrders ? span : nil, markersSince: since)
        let orders = OrderRows(client: self.dynamoDB, tableName: self.resources.ordersTable, time: self.access.time)
        let fold = ArchiveFold(store: store, decoder: self.rules.decoder, wishes: wishes) { account in
            try await orders.missing(account.orderIDs)
        }
        var files = try EventFiles(folder: nil, purpose: "audit of \(store.name), \(self.rules.description)")
        let keys = try await store.keys(from: self.firstKey, before: nil)
        let progress = ProgressNote(unit: "objects read", total: keys.count)
        let read = try await fold.read(keys, into: &files) { done, _ in progress.update(done) }
        let tail = ObjectAccount(
            stream: .max,
            lines: lines,
            archived: read.last,
            decoder: self.rules.decoder,
            wishes: wishes
        )
        let pending = try await self.pending(read.markers + tail.markers, tail: tail)
        let counters = try await ArchiveFold.counters(
            of: files,
            lifetime: self.rules.lifetime,
            and: tail.events
        ) { _, place in pending.contains(place) }
        let archived = counters.rows.filter { span.contains($0.key.day) }
        let named = self.span.map { Set($0.days) } ?? Set(archived.keys.map(\.day))
        let after = try await self.rows(of: named)
        days = named
        let objects = files.objects
        func location(_ place: LinePlace) -> String {
            Int(place.object) < objects.count
                ? "\(objects[Int(place.object)]) line \(place.line)" : "in the stream, not archived yet"
        }
        var findings = AuditFindings()
        findings.differences = AuditFindings.differences(archived: archived, before: before, after: after)
        findings.faults = read.faults
        findings.gaps = read.chain.gaps(
            checkpoints: checkpoints,
            isFromTheBeginning: self.isWhole && options.archive == nil
        )
        findings.missingOrders = read.missing.sorted().map(location)
        findings.conflicts = counters.summary.conflicts.sorted().map(location)
        findings.repetitions = counters.summary.repetitions
        findings.pending = pending.count
        findings.rows = archived.count
        findings.records = files.totals.records + tail.records
        findings.objects = files.totals.objects
        if !findings.differences.isEmpty { try await self.explain(&findings) }
        return findings
    }

    /// Whether the archive is read from its beginning, and still has it.
    private var isWhole: Bool { self.firstKey == nil && !self.objectsExpire }

    private var dynamoDB: DynamoDBClient { DynamoDBClient(session: self.access.session) }

    /// From where the archive is read: two days before the first one, since clocks may go ahead, and as long before as a
    /// repetition may have counted; nil for the beginning.
    private var firstKey: String? {
        guard let span else { return nil }
        let lookBack = self.rules.lifetime / 86_400 + 3
        return span.first.adding(days: -Int(lookBack)).map { "orders/dt=\($0.text)" }
    }

    private func rows(of days: Set<Day>) async throws -> [CounterKey: CounterDelta] {
        let reader = AnalyticsReader(
            client: self.dynamoDB,
            tableName: self.resources.analyticsTable,
            time: self.access.time
        )
        var rows: [CounterKey: CounterDelta] = [:]
        for day in days.sorted() {
            let figures = try await reader.figures(of: day)
            guard figures.damagedRows.isEmpty else {
                throw ToolError.failed(
                    "the Analytics table has rows that this version cannot read, such as \(figures.damagedRows[0])"
                )
            }
            rows.merge(figures.rows(of: day)) { first, _ in first }
        }
        return rows
    }

    /// The archiver's checkpoints, by shard.
    private func checkpoints() async throws -> [String: String] {
        let kinesis = KinesisClient(session: self.access.session)
        let reader = ShardProgressReader(
            dynamoDB: self.dynamoDB,
            kinesis: kinesis,
            checkpointsTable: self.resources.checkpointsTable,
            streamName: self.resources.orderStream,
            time: self.access.time
        )
        var checkpoints: [String: String] = [:]
        let shards = try await kinesis.listShards(
            streamName: self.resources.orderStream,
            deadline: self.access.deadline
        )
        for shard in shards {
            checkpoints[shard.shardID] = try await reader.checkpoint(of: OrderArchiver.name, shardID: shard.shardID)?
                .sequenceNumber
        }
        return checkpoints
    }

    /// Where the events are that are not counted yet: those that came a short time ago and have no marker.
    private func pending(
        _ markers: [(marker: EventMarker, place: LinePlace)],
        tail: ObjectAccount
    ) async throws -> Set<LinePlace> {
        guard self.rules.deduplication == .event else { return [] }
        var pending: Set<LinePlace> = []
        for start in stride(from: 0, to: markers.count, by: BatchGetItemInput.maximumKeys) {
            let chunk = markers[start..<min(start + BatchGetItemInput.maximumKeys, markers.count)]
            let keys = Set(chunk.map(\.marker))
            let items = try await self.dynamoDB.batchGetItem(
                BatchGetItemInput(
                    tableName: self.resources.analyticsTable,
                    keys: keys.map { ["PK": .s($0.partitionKey), "SK": .s($0.sortKey)] },
                    projectionExpression: "#pk, #sk",
                    names: ["#pk": "PK", "#sk": "SK"]
                ),
                deadline: self.access.deadline
            )
            let found = Set(items.map { "\($0["PK"]?.string ?? "") \($0["SK"]?.string ?? "")" })
            for (marker, place) in chunk where !found.contains("\(marker.partitionKey) \(marker.sortKey)") {
                pending.insert(place)
            }
        }
        return pending
    }

    /// Counts the dead letters about each row that differs.
    private func explain(_ findings: inout AuditFindings) async throws {
        guard let queue = self.resources.deadLetterQueues.first(where: { $0.name == "AnalyticsDLQ" }) else { return }
        let reader = QueueReader(sqs: SQSClient(session: self.access.session), time: self.access.time)
        var letters: [CounterKey: Int] = [:]
        for message in try await reader.peek(queue.url, limit: Self.maximumLetters).messages {
            guard case .letter(let letter) = DeadLetterMessage(body: message.body),
                case .bytes(let bytes) = letter.record
            else { continue }
            let text = Gzip.isGzip(bytes) ? (try? Gzip.decompress(bytes)) ?? bytes : bytes
            let place = "\(letter.shardID ?? ""):\(letter.sequenceNumber ?? "")"
            switch self.rules.decoder.decode(text, eventID: place, arrival: nil) {
            case .order(let order): for row in order.counterRows { letters[row.key, default: 0] += 1 }
            case .invalid(let invalid): for row in invalid.counterRows { letters[row.key, default: 0] += 1 }
            case .otherType: break
            }
        }
        for index in findings.differences.indices {
            findings.differences[index].letters = letters[findings.differences[index].key] ?? 0
        }
    }
}

/// Which orders have a row.
struct OrderRows: Sendable {
    let client: DynamoDBClient
    let tableName: String
    let time: any TimeSource

    /// Where the orders are that have none.
    func missing(_ orders: [(id: OrderID, place: LinePlace)]) async throws(AWSError) -> [LinePlace] {
        var missing: [LinePlace] = []
        var places: [OrderID: LinePlace] = [:]
        for (id, place) in orders where places[id] == nil { places[id] = place }
        let ids = places.keys.sorted()
        for start in stride(from: 0, to: ids.count, by: BatchGetItemInput.maximumKeys) {
            let chunk = ids[start..<min(start + BatchGetItemInput.maximumKeys, ids.count)]
            let items = try await self.client.batchGetItem(
                BatchGetItemInput(
                    tableName: self.tableName,
                    keys: chunk.map { [OrderAttribute.orderId.rawValue: .s($0.text)] },
                    projectionExpression: "#id",
                    names: ["#id": OrderAttribute.orderId.rawValue]
                ),
                deadline: self.time.now + .seconds(60)
            )
            let found = Set(items.compactMap { $0[OrderAttribute.orderId.rawValue]?.string })
            missing += chunk.filter { !found.contains($0.text) }.compactMap { places[$0] }
        }
        return missing
    }
}
