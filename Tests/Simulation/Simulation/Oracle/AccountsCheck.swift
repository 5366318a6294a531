internal import AWSClient
internal import ArchiveAccounts
internal import OrderFunctions
internal import Orders
internal import SimulatedAWS

/// Whether the archive proves the numbers, by the decisions of `orders rebuild` and `orders audit`.
struct AccountsCheck {
    private var counters = RebuiltCounters()
    private var differences: [String] = []
    /// What the audit takes for events that are not counted yet.
    private var pending: [RecentEvent] = []

    /// Reads the archive as the tool does, and finds what is wrong with it by itself.
    init(_ cloud: borrowing Cloud, _ configuration: Configuration) {
        let decoder = OrderRecordDecoder()
        let wishes = ObjectAccount.Wishes(
            orders: Day(number: 1_01_01)...Day(number: 9999_12_31),
            recent: Self.checkpoints(cloud, of: .aggregator)
        )
        var events = EventBytes()
        var chain = ArchiveChain()
        for (number, key) in ArchiveObjectName.inOrder(cloud.s3.keys("archive", prefix: "orders/")).enumerated() {
            guard let object = cloud.s3.object("archive", key) else { continue }
            var account = ObjectAccount(object: UInt32(number), key: key, decoder: decoder, wishes: wishes)
            account.add(linesOf: object.body)
            account.finish(recordsWritten: object.metadata[ArchiveChain.recordsKey].flatMap { Int($0) })
            chain.add(key: key, metadata: object.metadata)
            events = events.adding(account.events.bytes)
            self.pending += account.recent
            for fault in account.faults {
                self.differences.append("the audit finds a fault in \(key): \(fault.detail)")
            }
            for order in account.orders where cloud.dynamoDB["Orders"][order.id.text] == nil {
                self.differences.append("the audit finds no row of \(order.id.text)")
            }
        }
        let checkpoints = Self.checkpoints(cloud, of: .archiver)
        for gap in chain.gaps(checkpoints: checkpoints) {
            self.differences.append("the audit finds a gap in \(gap.shardID) up to \(gap.last)")
        }
        self.counters.add(events, lifetime: configuration.deduplication == .event ? 15 * 86_400 : 0)
    }

    private static func checkpoints(_ cloud: borrowing Cloud, of function: FunctionName) -> [String: String] {
        var checkpoints: [String: String] = [:]
        for item in cloud.dynamoDB["Checkpoints"].sortedItems {
            guard let name = item["checkpoint"]?.string, name.hasPrefix(function.rawValue + "#"),
                let shardID = name.split(separator: "#").last.map(String.init), item["sequenceNumber"] != nil
            else { continue }
            checkpoints[shardID] = item["sequenceNumber"]?.string
        }
        return checkpoints
    }

    /// What is wrong with the archive, and where its counters are not what the oracle says of the records that are in it.
    func differences(archived records: [SentRecord]) -> [String] {
        let wanted = AnalyticsOracle(records).rows
        let rebuilt = Self.rows(self.counters)
        let rows = Set(wanted.keys).union(rebuilt.keys).sorted().filter { wanted[$0] != rebuilt[$0] }
        return self.differences
            + rows.map { row in
                let (want, have) = (Self.words(wanted[row]), Self.words(rebuilt[row]))
                return "\(row): a rebuild of the archive gives \(have), not \(want)"
            }
    }

    /// Where an audit does not say what it should of the Analytics table: each row that is not what the archive adds up to,
    /// and no other.
    ///
    /// `counted` are the table's rows as the oracle has read them. `isWhole` says whether everything that is archived
    /// was counted, too.
    func differences(_ table: DynamoDBTable, counted: AnalyticsOracle.Rows, isWhole: Bool) -> [String] {
        var items: [Substring: [AttributeMap]] = [:]
        for item in table.sortedItems {
            guard let partition = item["PK"]?.string, !partition.hasPrefix("EVENT#") else { continue }
            items[partition.split(separator: "#").last ?? "", default: []].append(item)
        }
        var rows: [CounterKey: CounterDelta] = [:]
        for (text, items) in items {
            guard let number = UInt32(text.filter { $0 != "-" }) else {
                return ["the audit cannot read the day \(text)"]
            }
            rows.merge(DayFigures(items).rows(of: Day(number: number))) { first, _ in first }
        }
        let found = CounterDifference.findings(least: self.counters.rows, most: self.counters.rows, counted: rows)
        let named = Set(found.differences.map { "\($0.key.partitionKey)|\($0.key.sortKey)" })
        let rebuilt = Self.rows(self.counters)
        let differing = Set(counted.keys).union(rebuilt.keys).filter { counted[$0] != rebuilt[$0] }
        let problems = named.symmetricDifference(differing).sorted().map { row in
            "\(row): the audit \(named.contains(row) ? "names it, although it agrees" : "does not name it")"
        }
        let pending = isWhole ? self.pending : []
        return problems
            + pending.map { "the audit takes \($0.shardID):\($0.sequenceNumber) for an event that is not counted yet" }
    }

    private static func rows(_ counters: RebuiltCounters) -> AnalyticsOracle.Rows {
        var rows: AnalyticsOracle.Rows = [:]
        for (key, delta) in counters.rows {
            for counter in delta.attributes {
                rows["\(key.partitionKey)|\(key.sortKey)", default: [:]][counter.name] = Amount(counter.number)
            }
        }
        return rows
    }

    private static func words(_ row: [String: Amount]?) -> String {
        row.map { $0.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }.joined(separator: ", ") }
            ?? "no row"
    }
}
