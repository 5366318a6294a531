internal import AWSClient
internal import ArchiveAccounts
internal import OrderFunctions
internal import Orders
internal import Platform

/// Gives orders their rows that were refused when they were archived, and are orders by the rules of now.
///
/// An order that is redriven counts; its row is the archiver's to make, which does not read the record again. A row that
/// somebody has deleted stays away.
struct OrderRowRepair: Sendable {
    private let store: any ArchiveStore
    private let decoder: OrderRecordDecoder
    private let table: OrdersTable
    private let time: any TimeSource

    init(_ access: AWSAccess, _ resources: StackResources, _ rules: CountingRules, store: any ArchiveStore) {
        let session = access.session
        self.store = store
        self.decoder = OrderRecordDecoder(rules: rules.input, keepsCorrelationIDs: true)
        self.time = access.time
        self.table = OrdersTable(
            name: resources.ordersTable,
            bands: rules.bands,
            rules: rules.input,
            services: AWSServices(
                dynamoDB: DynamoDBClient(session: session),
                s3: S3Client(session: session),
                sqs: SQSClient(session: session),
                sns: SNSClient(session: session),
                kinesis: KinesisClient(session: session),
                time: access.time,
                random: SystemRandom()
            )
        )
    }

    /// So many of those that could not be written are named.
    private static let maximumNamed = 50

    /// Writes the rows, and gives a line for each kind of orders, and for each that could not be written.
    ///
    /// One that cannot be written keeps neither the others from it nor the user from what was repaired before.
    func repair(_ missing: [AuditFindings.MissingOrder], isDryRun: Bool) async -> [String] {
        var (stored, deleted) = (0, 0)
        var failures: [String] = []
        for (key, orders) in Dictionary(grouping: missing, by: \.key).sorted(by: { $0.key < $1.key }) {
            do {
                let body = try await self.store.object(key).body
                let lines = Set(orders.map(\.line))
                for (line, update) in try FormerlyRefusedOrders.updates(in: body, lines: lines, self.decoder) {
                    guard let update else {
                        deleted += 1
                        continue
                    }
                    if !isDryRun, let failure = await self.failure(of: update) {
                        failures.append("\(key) line \(line): \(failure)")
                    } else {
                        stored += 1
                    }
                }
            } catch {
                failures.append("\(key): \(error)")
            }
        }
        var lines: [String] = []
        if stored > 0 {
            let orders = "of orders that were refused when they were archived: \(stored)"
            lines.append(isDryRun ? "Rows that --repair --yes would write \(orders)." : "Rows written \(orders).")
        }
        if deleted > 0 {
            lines.append("Rows of other orders that somebody has deleted, and that stay away: \(deleted).")
        }
        if !failures.isEmpty {
            lines.append("Rows that could not be written: \(failures.count).")
            lines += failures.prefix(Self.maximumNamed).map { "  " + TerminalText.escaped($0) }
        }
        return lines.isEmpty ? [] : [""] + lines
    }

    /// Why the row could not be written; nil where it was.
    private func failure(of update: OrderUpdate) async -> AWSError? {
        let end = self.time.now + .seconds(30)
        do {
            _ = try await self.table.apply(
                update,
                until: WorkDeadline(deadline: end, time: self.time, random: SystemRandom())
            )
            return nil
        } catch {
            return error
        }
    }
}
