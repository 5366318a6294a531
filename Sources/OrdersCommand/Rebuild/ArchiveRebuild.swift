internal import AWSClient
internal import AWSOperations
internal import ArchiveAccounts
internal import OrderFunctions
internal import Orders
internal import Platform

/// Counts a stack's archive anew.
struct ArchiveRebuild: Sendable {
    let access: AWSAccess
    let resources: StackResources
    let rules: CountingRules
    /// After how many days objects of the archive expire, so that its beginning may be gone; 0 for never.
    let expirationDays: Int

    /// What the archive adds up to; what is read stays in the work folder, if one is named.
    func account(_ options: ArchiveOptions, workFolder: String?, withStream: Bool) async throws -> RebuiltAccount {
        let store = try options.store(self.access, bucket: self.resources.archiveBucket)
        var files = try EventFiles(folder: workFolder, purpose: "\(store.name), \(self.rules.description)")
        let reading = ArchiveExtent.Reading(
            from: nil,
            today: Day(self.access.time.now),
            expirationDays: self.expirationDays
        )
        let (tail, checkpoints, firstWritten) = try await self.read(
            store,
            into: &files,
            reading,
            withStream: withStream,
            isCopy: options.archive != nil
        )
        let extent = ArchiveExtent(
            files.chain,
            checkpoints: checkpoints,
            reading,
            reach: self.rules.reach,
            firstWritten: firstWritten
        )
        let counters = try await ArchiveFold.counters(
            of: files,
            lifetime: self.rules.lifetime,
            knownFrom: extent.knownFrom.map { 1_000 * $0.secondsSince1970 },
            and: tail.map { [$0.events] } ?? []
        )
        return RebuiltAccount(
            store: store.name,
            counters: counters,
            memory: self.rules.memory,
            totals: files.totals,
            tail: tail,
            faults: files.faults,
            extent: extent,
            conflicts: counters.summary.conflicts.sorted().map { files.location($0) },
            copies: files.texts(ofCopies: counters.summary.copies)
        )
    }

    /// Reads the archive, and what the stream has behind it, if that is asked for; with the archiver's checkpoints then.
    ///
    /// The day on which the oldest object was written is told by the bucket alone, and of those that it still lists: a
    /// work folder may name others, which have expired since.
    private func read(
        _ store: any ArchiveStore,
        into files: inout EventFiles,
        _ reading: ArchiveExtent.Reading,
        withStream: Bool,
        isCopy: Bool
    ) async throws -> (tail: ObjectAccount?, checkpoints: [String: ArchiveExtent.Checkpoint], firstWritten: Day?) {
        let unarchived = UnarchivedReader(access: self.access, resources: self.resources, decoder: self.rules.decoder)
        // Before the objects are listed, which then reach at least as far. A copy of the archive may be older.
        let goesByBucket = withStream && !isCopy
        let archived = goesByBucket ? try await unarchived.archived() : [:]
        let checkpoints = goesByBucket ? try await self.archiverCheckpoints.read() : [:]
        let keys = ArchiveObjectName.inOrder(try await store.keys(from: nil, before: nil))
        let progress = ProgressNote(unit: "objects read", total: keys.count)
        let fold = ArchiveFold(
            store: store,
            decoder: self.rules.decoder,
            mayHaveExpired: { reading.mayHaveExpired($0) }
        )
        _ = try await fold.read(keys, into: &files) { done, _ in progress.update(done) }
        let firstWritten = files.chain.firstWritten(of: Set(keys)).flatMap { Day($0) }
        guard withStream else { return (nil, checkpoints, firstWritten) }
        var tail = ObjectAccount(stream: .max, decoder: self.rules.decoder)
        try await unarchived.forEachLine(behind: ArchiveChain.latest(archived, files.last)) { tail.add($0[...]) }
        return (tail, checkpoints, firstWritten)
    }

    private var archiverCheckpoints: ArchiverCheckpoints {
        ArchiverCheckpoints(
            client: DynamoDBClient(session: self.access.session),
            tableName: self.resources.checkpointsTable,
            streamName: self.resources.orderStream,
            time: self.access.time
        )
    }

    /// Throws where there is no such table, or one of other keys: before a large archive is read for it.
    func check(_ table: String) async throws {
        let client = DynamoDBClient(session: self.access.session)
        let reader = AnalyticsReader(client: client, tableName: table, time: self.access.time)
        do throws(AWSError) {
            _ = try await reader.figures(of: Day(self.access.time.now), [.revenue])
        } catch {
            guard error.code == .resourceNotFound else { throw error }
            throw ToolError.badUse("there is no table \(table): make one with the keys PK and SK, both strings")
        }
    }

    /// Puts the rows into the table.
    func write(_ counters: RebuiltCounters, into table: String) async throws -> CounterTable.Outcome {
        let client = DynamoDBClient(session: self.access.session)
        let reader = AnalyticsReader(client: client, tableName: table, time: self.access.time)
        var present: [CounterKey: CounterDelta] = [:]
        let rows = counters.rows
        for day in Set(rows.keys.map(\.day)).sorted() {
            present.merge(try await reader.figures(of: day).rows(of: day)) { first, _ in first }
        }
        // A row of zeros is what a repair leaves of one that should not be there, and says the same as none.
        let unknown = present.filter { rows[$0.key] == nil && $0.value != $0.value.zero }.keys.sorted()
        guard unknown.isEmpty else {
            throw ToolError.badUse(
                "\(table) has \(unknown.count.counting("row")) of these days that the archive does not have, such as "
                    + "\(unknown[0].partitionKey) \(unknown[0].sortKey): it is no table for this archive; name an empty one"
            )
        }
        let progress = ProgressNote(unit: "rows written", total: rows.count)
        return try await CounterTable(client: client, name: table, time: self.access.time)
            .put(rows, over: present) { progress.update($0) }
    }
}

/// What an archive adds up to, and what is to be said of it.
struct RebuiltAccount: Sendable {
    let store: String
    let counters: RebuiltCounters
    /// What remembers that an event was counted, and for how long, for people.
    let memory: String
    let totals: EventFiles.Totals
    /// What the stream had behind the archive, where that was counted, too.
    let tail: ObjectAccount?
    let faults: [String]
    /// What of its records the archive has.
    let extent: ArchiveExtent
    /// Where the orders are that have the id of another.
    let conflicts: [String]
    /// Which objects have events of others, and how many.
    let copies: [String]

    /// So many of a kind are named.
    private static let maximumNamed = 10

    /// The lines for people.
    func lines(_ outcome: CounterTable.Outcome?, seconds: Double) -> [String] {
        let records = self.totals.records + (self.tail?.records ?? 0)
        let summary = self.counters.summary
        let again = summary.countedAgain > 0 ? ", \(summary.countedAgain) of them a second time" : ""
        var lines = [
            "\(self.store): \(self.totals.objects.counting("object")), \(self.totals.records.counting("record"))"
                + (self.tail.map { ", and \($0.records) behind them in the stream" } ?? "")
                + "; \(Int(Double(records) / max(seconds, 0.001))) records a second",
            "\(summary.counted.counting("event")) counted\(again), \(summary.repetitions.counting("repetition")), "
                + "\(summary.conflicts.count.counting("other order")) under a used id; "
                + "\((self.totals.refused + (self.tail?.refused ?? 0)).counting("record")) refused",
            "\(self.counters.rowCount.counting("row"))"
                + (outcome.map { ": \($0.written) written, \($0.unchanged) as they were" } ?? ", not written"),
        ]
        if summary.countedAgain > 0 {
            lines.append(
                "by the parameters of now (\(self.memory)) events that come again count again; a table that was "
                    + "counted by others has them once, and may be right"
            )
        }
        lines += Self.list(self.conflicts, as: "another order under a used id: ")
        // What an object has of one that it begins inside is counted once: it is no fault.
        lines += Self.list(self.copies, as: "records of another object, counted once: ")
        // What is missing at a shard's beginning may have expired while ArchiveExpirationDays was less: it is no fault.
        if let beginning = self.extent.beginning {
            lines.append(beginning)
            lines += Self.list(self.extent.gaps.filter(\.isExpiredBeginning).map(\.text))
            lines += self.extent.doubts(of: self.counters.undecided)
        }
        return lines
    }

    private static func list(_ texts: [String], as what: String = "") -> [String] {
        TerminalText.list(texts, as: what, maximum: self.maximumNamed)
    }

    /// Where the archive is not as the archiver writes it, or not whole: its sums are then not to be relied on.
    var flaws: [String] {
        self.faults + self.extent.gaps.filter { !$0.isExpiredBeginning }.map(\.text)
            + self.counters.overflows.sorted().map {
                "\($0.partitionKey) \($0.sortKey): a sum of more digits than DynamoDB stores"
            }
    }

    /// Throws where there are any, and tells them.
    func check() throws(ToolError) {
        let flaws = self.flaws
        guard !flaws.isEmpty else { return }
        for flaw in flaws.prefix(Self.maximumNamed) { Console.note(TerminalText.escaped(flaw)) }
        throw .failed("\(flaws.count.counting("fault")) in the archive: the counters are not to be relied on")
    }
}
