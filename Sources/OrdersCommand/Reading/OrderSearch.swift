internal import AWSClient
internal import AWSOperations
internal import EventPatterns
internal import OrderFunctions
internal import Orders
internal import PipesRunner
internal import Platform

/// Finds orders where they are stored: rows of the Orders table, and records of the archive.
struct OrderSearch: Sendable {
    /// What the user asked for.
    struct Request: Sendable {
        let ids: [OrderID]
        /// The archive is searched from here on.
        let from: UTCInstant
        let to: UTCInstant
        /// Whether the hours around the rows' own times are searched too.
        let searchesAroundRows: Bool
        let limits: ArchiveReader.Limits
        /// How long the stream is read where it gives no record, since the last record of a shard may be days old; nil
        /// where it is not read.
        let readFor: Duration?
    }

    /// What was found, and which places were searched.
    struct Found: Sendable {
        let bucket: String
        let ordersTable: String
        let rows: [OrderID: OrderRow]
        let windows: [HourWindow]
        let archive: ArchiveReader.Found
        /// How far the part of the stream was read that is not archived yet.
        let stream: StreamLook

        /// Where was looked, and how to look further.
        var lines: [String] {
            let spans = self.windows.map { "\($0.from.iso8601) to \($0.to.iso8601)" }.joined(separator: "; ")
            let stream = self.stream == .whole ? ", and at what is not archived yet" : ""
            var lines = [
                "Looked at the row in \(self.ordersTable), and at the archive's records that arrived \(spans) "
                    + "(\(self.archive.objects.counting("object")), \(self.archive.bytes.counting("byte")))\(stream)."
            ]
            if let prefix = self.archive.stoppedAt {
                lines.append(
                    "The search of the archive ended at its limit, at s3://\(self.bucket)/\(prefix). To go on there: "
                        + "--from and --to around that hour, or --max-objects."
                )
            } else {
                lines.append("What came before is found with --from and --to, as --from 7d.")
            }
            if let line = self.stream.line { lines.append(line) }
            return lines + self.archive.unreadable.map { "Left out: \(TerminalText.masked($0))" }
        }
    }

    /// How long after its own times an order is looked for, where nobody says when it came.
    private static let hoursAroundRow: Int64 = 2

    let access: AWSAccess
    let resources: StackResources
    /// What orders may look like, by which records that are not archived yet are read.
    let inputRules: InputRules

    func find(_ request: Request) async throws -> Found {
        let reader = OrdersReader(
            client: DynamoDBClient(session: self.access.session),
            tableName: self.resources.ordersTable,
            time: self.access.time
        )
        var rows: [OrderID: OrderRow] = [:]
        for (id, row) in try await boundedMap(request.ids, { try await reader.row(of: $0) }) { rows[id] = row }
        let windows = Self.windows(request, rows: Array(rows.values))
        let ids = Set(request.ids)
        var archive = try await self.archive(ids, windows, request.limits)
        let (records, stream) = await self.unarchived(ids, request.readFor)
        for (id, records) in records {
            // An order that is archived may have come again since.
            let known = archive.records[id, default: []]
            archive.records[id] = known + records.filter { record in !known.contains { $0.isSameRecord(as: record) } }
        }
        return Found(
            bucket: self.resources.archiveBucket,
            ordersTable: self.resources.ordersTable,
            rows: rows,
            windows: windows,
            archive: archive,
            stream: stream
        )
    }

    /// The orders' records that are not archived yet, as far as they were found.
    ///
    /// Not everybody who may read the archive may read the stream, of which only the last minutes are missing.
    func unarchived(
        _ ids: Set<OrderID>,
        _ readFor: Duration?
    ) async -> (records: [OrderID: [ArchivedRecord]], look: StreamLook) {
        guard let readFor else { return ([:], .notAsked) }
        let reader = UnarchivedReader(
            access: self.access,
            resources: self.resources,
            decoder: OrderRecordDecoder(rules: self.inputRules)
        )
        do {
            let found = try await reader.records(of: ids, within: readFor)
            return (found.records, found.look)
        } catch {
            return ([:], .failed("\(error)"))
        }
    }

    /// The hours that were asked for, and those in which orders of these rows usually come: an order's own time is
    /// minutes before its arrival, if its producer's clock is right.
    private static func windows(_ request: Request, rows: [OrderRow]) -> [HourWindow] {
        var windows = [HourWindow(from: request.from, to: request.to)]
        guard request.searchesAroundRows else { return windows }
        let times = rows.flatMap { [$0.order.createdAt, $0.order.updatedAt].compactMap { $0 } }.map { UTCInstant($0) }
        let hours = Set(times.map { $0.secondsSince1970 / 3_600 }).sorted(by: >)
        for hour in hours {
            let window = HourWindow(
                from: UTCInstant(secondsSince1970: hour * 3_600),
                to: UTCInstant(secondsSince1970: (hour + Self.hoursAroundRow) * 3_600)
            )
            if window.from < request.from { windows.append(window) }
        }
        return windows
    }

    private func archive(
        _ ids: Set<OrderID>,
        _ windows: [HourWindow],
        _ limits: ArchiveReader.Limits
    ) async throws -> ArchiveReader.Found {
        var seen: Set<String> = []
        let prefixes = windows.flatMap(\.archivePrefixes).filter { seen.insert($0).inserted }
        let reader = ArchiveReader(
            s3: S3Client(session: self.access.session),
            bucket: self.resources.archiveBucket,
            time: self.access.time
        )
        let progress = ProgressNote(unit: "objects of the archive searched")
        return try await reader.search(for: ids, below: prefixes, limits: limits) { progress.update($0) }
    }
}

/// Runs the requests for many keys side by side, a bounded number at a time.
func boundedMap<Key: Sendable, Value: Sendable>(
    _ keys: [Key],
    _ request: @escaping @Sendable (Key) async throws -> Value?
) async throws -> [(Key, Value?)] {
    let concurrency = 16
    var results: [(Key, Value?)] = []
    for start in stride(from: 0, to: keys.count, by: concurrency) {
        let chunk = keys[start..<min(start + concurrency, keys.count)]
        try await withThrowingTaskGroup(of: (Key, Value?).self) { group in
            for key in chunk { group.addTask { (key, try await request(key)) } }
            for try await result in group { results.append(result) }
        }
    }
    return results
}
