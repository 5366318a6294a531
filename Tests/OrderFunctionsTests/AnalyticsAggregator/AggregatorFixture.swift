import AWSClient
import LambdaRuntime
import OrderFunctions
import Orders
import Platform
import TestSupport

/// The aggregator in front of services in memory.
struct AggregatorFixture: Sendable {
    let faults = FaultInjector()
    let time = ManualTime()
    let dynamoDB: InMemoryDynamoDB
    let sqs: RecordingSQS
    let s3: InMemoryS3
    let aggregator: AnalyticsAggregator
    let logs = CapturedLog()

    /// `sharing`: a process beside that one, in front of its tables; `decoder` stands in for that of the configuration;
    /// `before` happens before each of its requests, from 0.
    init(
        _ deduplication: Deduplication = .event,
        seed: UInt64 = 1,
        sharing other: AggregatorFixture? = nil,
        decoder: OrderRecordDecoder? = nil,
        limits: AggregationLimits = AggregationLimits(),
        before: (@Sendable (_ request: Int) async -> Void)? = nil
    ) throws {
        self.dynamoDB =
            other?.dynamoDB
            ?? InMemoryDynamoDB(
                keys: ["Analytics": ["PK", "SK"], "Checkpoints": ["checkpoint"]],
                faults: self.faults
            )
        self.sqs = RecordingSQS(faults: self.faults)
        self.s3 = InMemoryS3(faults: self.faults)
        let inMemory = self.dynamoDB
        let dynamoDB: any DynamoDBOperations = before.map { HookedDynamoDB(inMemory, before: $0) } ?? inMemory
        self.aggregator = try AnalyticsAggregator(
            environment: Environment([
                "ANALYTICS_TABLE": "Analytics", "CHECKPOINTS_TABLE": "Checkpoints", "ARCHIVE_BUCKET": "archive",
                "DEAD_LETTER_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/AnalyticsDLQ",
                "DEDUPLICATION": deduplication.rawValue, "DEDUPLICATION_TTL_DAYS": "15",
                "STREAM_RETENTION_DAYS": "1",
            ]),
            services: .inMemory(dynamoDB: dynamoDB, s3: self.s3, sqs: self.sqs, time: self.time, seed: seed),
            decoder: decoder,
            limits: limits
        )
    }

    /// Delivers the records; gives the sequence numbers that are reported.
    @discardableResult
    func deliver(_ records: some Sequence<StreamedRecord>, timeLeft: Duration = .seconds(60)) async throws -> [String] {
        let context = self.logs.context(deadline: self.time.now + timeLeft)
        return try Answer(await self.aggregator.handle(StreamedRecord.event(records), context: context)).failed
    }

    /// A counter row's numbers.
    func row(_ partitionKey: String, _ sortKey: String) -> [String: String]? {
        self.dynamoDB.item(of: "Analytics", partitionKey, sortKey).map { Self.counters($0) }
    }

    private static func counters(_ item: AttributeMap) -> [String: String] {
        item.compactMapValues(\.number).filter { $0.key != "format" }
    }

    /// All counter rows, by `PK|SK`.
    var rows: [String: [String: String]] {
        var rows: [String: [String: String]] = [:]
        for item in self.dynamoDB.items(of: "Analytics") {
            guard let partitionKey = item["PK"]?.string, let sortKey = item["SK"]?.string,
                !partitionKey.hasPrefix("EVENT#")
            else { continue }
            rows[partitionKey + "|" + sortKey] = Self.counters(item)
        }
        return rows
    }

    /// The keys of all claims.
    var claims: [String] {
        self.dynamoDB.items(of: "Analytics").compactMap { item in
            guard let key = item["PK"]?.string, key.hasPrefix("EVENT#") else { return nil }
            return key + "|" + (item["SK"]?.string ?? "")
        }
    }

    /// How many requests of each kind there were.
    var requests: [String: Int] {
        Dictionary(self.faults.calls.map { ($0.operation, 1) }) { $0 + $1 }
    }

    /// The aggregator as the next process begins.
    func deliverToNewProcess(_ records: some Sequence<StreamedRecord>) async throws -> [String] {
        let context = self.logs.context(deadline: self.time.now + .seconds(60), coldStart: true)
        return try Answer(await self.aggregator.handle(StreamedRecord.event(records), context: context)).failed
    }
}

/// The text of an order event.
func orderEvent(
    _ id: String?,
    amount: String = "10.00",
    currency: String? = nil,
    products: [(id: String, quantity: Int)] = [],
    time: String? = "2025-08-27T18:08:00.6483458Z"
) -> String {
    let messageID = id.map { #""MessageId":"\#($0)","# } ?? ""
    let time = time.map { #""OccurredUtc":"\#($0)","# } ?? ""
    let currency = currency.map { #","Currency":"\#($0)""# } ?? ""
    let ids = products.map { #""\#($0.id)""# }.joined(separator: ",")
    let quantities = products.map { #""\#($0.id)":\#($0.quantity)"# }.joined(separator: ",")
    return """
        {\(messageID)\(time)"Type":"OrderCreatedV1","Version":1,"Payload":{"OrderId":"O-\(id ?? "1")",\
        "UserId":"U1","TotalAmount":\(amount)\(currency),"ProductIds":[\(ids)],"Quantities":{\(quantities)}}}
        """
}
