internal import AWSClient
internal import AWSOperations
internal import ArchiveAccounts
internal import LambdaEvents
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
    /// After how many days objects of the archive expire, so that its beginning may be gone; 0 for never.
    let expirationDays: Int

    /// Seconds by which the aggregator may be behind without a complaint: as long as the template's alarm on its age has.
    private static let patience: Int64 = 15 * 60
    /// Looks at rows that are in motion.
    private static let maximumLooks = 4

    /// What is found; on request with all that tells whether events count a second time.
    func run(_ options: ArchiveOptions, tellsSecondCounts: Bool) async throws -> AuditFindings {
        let store = try options.store(self.access, bucket: self.resources.archiveBucket)
        var reading = ArchiveExtent.Reading(
            from: self.span.flatMap { self.rules.reach.firstArrival(for: $0.first) },
            today: Day(self.access.time.now),
            expirationDays: self.expirationDays
        )
        var (looks, places) = (0, UnarchivedPlaces())
        while true {
            let findings = try await self.look(store, reading, &places, isCopy: options.archive != nil)
            // A record from before the reading may be the first of an event that counts in it.
            let mayCountAgain = tellsSecondCounts && findings.differences.contains { $0.hasLess && !$0.isInMotion }
            if findings.hasUndecidedRows || mayCountAgain, let widened = reading.widened {
                reading = widened
                continue
            }
            looks += 1
            if !findings.differences.contains(where: \.isInMotion) || looks == Self.maximumLooks { return findings }
            try await self.access.time.sleep(for: .seconds(2))
        }
    }

    /// Sets the rows that differ to what the archive adds up to, and writes those of orders that were refused once; gives a line
    /// for each, or for each kind.
    ///
    /// `wishes` says which rows are set that may be right as they are.
    func repair(_ findings: AuditFindings, _ wishes: RepairWishes, isDryRun: Bool) async throws -> [String] {
        let store = BucketStore(
            s3: S3Client(session: self.access.session),
            bucket: self.resources.archiveBucket,
            time: self.access.time
        )
        let orders = OrderRowRepair(self.access, self.resources, self.rules, store: store)
        let counters = try await self.repairCounters(findings, wishes, isDryRun: isDryRun)
        return counters + (await orders.repair(findings.missingOrders, isDryRun: isDryRun))
    }

    /// A row is not touched where it moved while it was looked at, nor any while the archive itself is in doubt.
    private func repairCounters(
        _ findings: AuditFindings,
        _ wishes: RepairWishes,
        isDryRun: Bool
    ) async throws -> [String] {
        guard !findings.differences.isEmpty else { return [] }
        guard findings.faults.isEmpty, findings.gaps.isEmpty else {
            return ["", "Nothing is repaired: the archive is not whole, so that its sums are not to be relied on."]
        }
        let letters = try await self.letters.read(isForRepair: true)
        guard !letters.mayHaveOthers else {
            return [
                "",
                "Nothing is repaired: AnalyticsDLQ has dead letters that cannot be looked at now, since they are too many or "
                    + "just being redriven, and those that would still count must be known. Let orders redrive --queue "
                    + "AnalyticsDLQ end, wait six minutes, and audit again.",
            ]
        }
        guard letters.unreadable.isEmpty else {
            return [
                "",
                "Nothing is repaired: what these dead letters hold is not known, and those that would still count must be. "
                    + "Repair with the right to s3:GetObject and s3:ListBucket there, or delete the letters:",
            ] + letters.unreadable.map { "  " + TerminalText.escaped($0) }
        }
        let decisions = findings.differences.map { difference in
            let countable = letters.ofRows[difference.key]?.countable ?? 0
            return findings.decision(on: difference, countable: countable, wishes)
        }
        if isDryRun { return [""] + RepairDecision.plan(decisions, wishes) }
        let repair = try await self.counterRepair(findings)
        var lines = ["", "repaired:"]
        for (difference, decision) in zip(findings.differences, decisions) {
            let name = "\(difference.key.partitionKey) \(difference.key.sortKey)"
            let outcome = await self.outcome(of: difference, decision, repair)
            lines.append("  " + TerminalText.escaped("\(name): \(outcome)"))
        }
        return lines
    }

    private func counterRepair(_ findings: AuditFindings) async throws -> CounterRepair {
        let progress = CountingProgress(access: self.access, resources: self.resources)
        func attribute(_ shardID: String) -> String {
            AnalyticsTable.positionAttribute(stream: self.resources.orderStream, shardID: shardID)
        }
        var counted: [String: SequenceNumber] = [:]
        let checkpoints = try await progress.checkpoints(besides: findings.shardIDs)
        for (shardID, number) in ArchiveChain.latest(checkpoints, findings.lost) {
            counted[attribute(shardID)] = SequenceNumber(number)
        }
        return CounterRepair(
            session: self.access.session,
            tableName: self.resources.analyticsTable,
            counted: counted,
            // A repetition of what left the stream uncounted asks the row whether it has it.
            deliverable: Set((try await progress.listedShardIDs() + findings.lost.keys).map(attribute)),
            time: self.access.time
        )
    }

    /// What becomes of a row that differs, in words.
    ///
    /// One that cannot be changed does not keep the others from it.
    private func outcome(
        of difference: CounterDifference,
        _ decision: RepairDecision,
        _ repair: CounterRepair
    ) async -> String {
        if case .leave(let reason) = decision { return "not changed, since \(reason)" }
        do {
            guard try await repair.repair(difference) == .repaired else {
                return "not changed, since it is in motion; audit again"
            }
            return "now \(difference.archived.map(AuditFindings.text) ?? "nothing")"
        } catch {
            return "not changed: \(error)"
        }
    }

    private var letters: AggregatorLetters {
        AggregatorLetters(
            access: self.access,
            resources: self.resources,
            decoder: self.rules.decoder,
            age: self.rules.redriveAge
        )
    }

    /// One look: the archive, the stream behind it, the rows, and once more the stream.
    ///
    /// Rows change while orders flow. What is up to the aggregator's checkpoints before they are read is in them, and what
    /// came until they are read may be: the sums of the first and those of the second lie around what the rows had.
    /// The stream is read on from `places`, where it has nothing new of what the archive has not.
    private func look(
        _ store: any ArchiveStore,
        _ reading: ArchiveExtent.Reading,
        _ places: inout UnarchivedPlaces,
        isCopy: Bool
    ) async throws -> AuditFindings {
        let progress = CountingProgress(access: self.access, resources: self.resources)
        let unarchived = UnarchivedReader(access: self.access, resources: self.resources, decoder: self.rules.decoder)
        let span = self.span.map { $0.first...$0.last } ?? Day(number: 1_01_01)...Day(number: 9999_12_31)
        // Before the objects are listed, which then reach at least as far.
        let archived = isCopy ? [:] : try await unarchived.archived()
        let checkpoints = isCopy ? [:] : try await self.archiverCheckpoints.read()
        let keys = try await Self.keys(of: store, from: reading.first)
        let shardIDs = Set(keys.compactMap { ArchiveObjectName($0)?.shardID })
        let wishes = ObjectAccount.Wishes(
            orders: self.looksForOrders ? span : nil,
            recent: try await progress.checkpoints(besides: shardIDs)
        )
        var files = try EventFiles(folder: nil, purpose: "audit of \(store.name), \(self.rules.description)")
        let read = try await self.read(keys, of: store, into: &files, wishes, reading)
        let earlier = try await Self.earlierDoubts(of: read.doubtful, among: keys, in: store, reading)
        let extent = ArchiveExtent(
            files.chain,
            checkpoints: checkpoints,
            reading,
            reach: self.rules.reach,
            faultyUntil: earlier.faultyUntil
        )
        var known = ArchiveChain.latest(archived, files.last)
        func tail(_ number: UInt32) async throws -> ObjectAccount {
            var account = ObjectAccount(stream: number, decoder: self.rules.decoder, wishes: wishes)
            if isCopy { return account }
            try await unarchived.forEachLine(behind: known, from: &places) { account.add($0[...]) }
            known = places.last(besides: known)
            return account
        }
        let behind = try await tail(.max - 1)
        let deliverable = Deliverable(
            shardIDs: Set(try await progress.listedShardIDs()),
            retention: self.rules.retention,
            now: self.access.time.now
        )
        let counted = try await progress.checkpoints(besides: shardIDs)
        let uncounted = (read.recent + behind.recent).filter { $0.isBehind(counted) }
        let open = Set(uncounted.lazy.filter(deliverable.has).map(\.place))
        let compared = try await self.days(besides: read.days.union(behind.days), in: extent)
        let days = compared.days
        let rows = try await self.rows(of: days)
        let since = try await tail(.max)
        let countedSince = try await progress.checkpoints(besides: shardIDs)

        let further = [behind.events, since.events]
        let start = extent.knownFrom.map { 1_000 * $0.secondsSince1970 }
        let least = try await self.counters(of: files, further, from: start) {
            $0.object == .max || open.contains($0)
        }
        // What is behind the checkpoint may be in some rows already.
        let isQuiet = since.records == 0 && open.isEmpty
        let most = isQuiet ? least : try await self.counters(of: files, further, from: start) { _ in false }
        let differences = CounterDifference.findings(
            least: least.rows.filter { days.contains($0.key.day) },
            most: most.rows.filter { days.contains($0.key.day) },
            counted: rows
        )
        var findings = AuditFindings(differences, least, files.totals, extent, compared, behind: behind.records)
        findings.note(
            undecided: least.undecided.union(most.undecided).filter { days.contains($0.day) },
            least.secondCounts
        )
        findings.memory = self.rules.memory
        findings.shardIDs = shardIDs
        findings.note(faults: read.faults, earlier)
        findings.refusedSince = read.refusedSince.filter { days.contains($0.key) }
        for event in uncounted where !deliverable.has(event) {
            findings.lost = ArchiveChain.latest(findings.lost, [event.shardID: event.sequenceNumber])
        }
        findings.missingOrders = PlacedOrder.once(read.missing).compactMap { order in
            files.object(order.place).map { AuditFindings.MissingOrder(key: $0, line: Int(order.place.line)) }
        }
        findings.conflicts = least.summary.conflicts.sorted().map { files.location($0) }
        findings.copies = files.texts(ofCopies: most.summary.copies)
        let pending = RecentEvent.once(
            (read.recent + behind.recent + since.recent).filter {
                $0.isBehind(countedSince) && deliverable.has($0)
            }
        )
        findings.pending = pending.count
        let tooLate = self.access.time.now.secondsSince1970 - Self.patience
        findings.overdue = pending.count { ($0.arrival ?? .min) < tooLate }
        if !findings.differences.isEmpty {
            let letters = try await self.letters.read(isForRepair: false)
            for index in findings.differences.indices {
                findings.differences[index].letters = letters.ofRows[findings.differences[index].key] ?? .none
            }
        }
        return findings
    }

    /// The sums of all events that are not open.
    private func counters(
        of files: borrowing EventFiles,
        _ further: [EventBytes],
        from start: Int64?,
        isOpen: @escaping @Sendable (LinePlace) -> Bool
    ) async throws -> RebuiltCounters {
        try await ArchiveFold.counters(
            of: files,
            lifetime: self.rules.lifetime,
            knownFrom: start,
            and: further
        ) { _, place in isOpen(place) }
    }

    private func read(
        _ keys: [String],
        of store: any ArchiveStore,
        into files: inout EventFiles,
        _ wishes: ObjectAccount.Wishes,
        _ reading: ArchiveExtent.Reading
    ) async throws -> ArchiveFold.Findings {
        let orders = OrderRows(client: self.dynamoDB, tableName: self.resources.ordersTable, time: self.access.time)
        let fold = ArchiveFold(
            store: store,
            decoder: self.rules.decoder,
            wishes: wishes,
            mayHaveExpired: { reading.mayHaveExpired($0) },
            examine: { account in try await orders.missing(account.orders) }
        )
        let progress = ProgressNote(unit: "objects read", total: keys.count)
        return try await fold.read(keys, into: &files) { done, _ in progress.update(done) }
    }

    private var dynamoDB: DynamoDBClient { DynamoDBClient(session: self.access.session) }

    private var archiverCheckpoints: ArchiverCheckpoints {
        ArchiverCheckpoints(
            client: self.dynamoDB,
            tableName: self.resources.checkpointsTable,
            streamName: self.resources.orderStream,
            time: self.access.time
        )
    }

    /// The archive's objects that may hold what arrived from that day on, in their order; all for nil.
    private static func keys(of store: any ArchiveStore, from first: Day?) async throws -> [String] {
        let all = try await store.keys(from: nil, before: nil)
        guard let first else { return ArchiveObjectName.inOrder(all) }
        return ArchiveObjectName.inOrder(try await Self.border(of: first, in: store).keys(of: all))
    }

    private static func border(of first: Day, in store: any ArchiveStore) -> ArchiveBorder {
        ArchiveBorder(before: "orders/dt=\(first.text)", in: store)
    }

    /// What is doubtful in objects that were read only since the whole archive was read instead of a part.
    private static func earlierDoubts(
        of doubtful: [String: DoubtfulObject],
        among keys: [String],
        in store: any ArchiveStore,
        _ reading: ArchiveExtent.Reading
    ) async throws -> EarlierDoubts {
        guard let first = reading.widenedFrom, !doubtful.isEmpty else { return EarlierDoubts() }
        let judged = try await Self.border(of: first, in: store).keys(of: keys)
        return EarlierDoubts(of: doubtful, judged: Set(judged), from: first)
    }

    /// The days that are compared: those that were asked for, else those of the archive and those of which the table has rows,
    /// as far as the archive still has all of their objects.
    private func days(besides archived: Set<Day>, in extent: ArchiveExtent) async throws -> ComparedDays {
        if let span { return ComparedDays(span, in: extent) }
        let counted = try await AnalyticsReader(
            client: self.dynamoDB,
            tableName: self.resources.analyticsTable,
            time: self.access.time
        ).days()
        return ComparedDays(wholeOf: archived.union(counted), in: extent)
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
                    "the Analytics table has rows that this version cannot read, such as \(figures.damagedRows[0]); if "
                        + "something has damaged it, delete it and run orders audit --repair --yes, which sets it right"
                )
            }
            rows.merge(figures.rows(of: day)) { first, _ in first }
        }
        return rows
    }
}
