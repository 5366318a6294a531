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

    /// Writes the rows, and gives a line for each kind of orders.
    func repair(_ missing: [AuditFindings.MissingOrder], isDryRun: Bool) async throws -> [String] {
        var (stored, deleted) = (0, 0)
        for (key, orders) in Dictionary(grouping: missing, by: \.key).sorted(by: { $0.key < $1.key }) {
            let body = try await self.store.object(key).body
            for (_, update) in try RefusedThen.updates(in: body, lines: Set(orders.map(\.line)), self.decoder) {
                guard let update else {
                    deleted += 1
                    continue
                }
                stored += 1
                if isDryRun { continue }
                let deadline = WorkDeadline(
                    deadline: self.time.now + .seconds(30),
                    time: self.time,
                    random: SystemRandom()
                )
                _ = try await self.table.apply(update, until: deadline)
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
        return lines.isEmpty ? [] : [""] + lines
    }
}
