import AWSClient
import LambdaRuntime
import OrderFunctions
import Orders
import Platform

/// The functions' handlers over real clients, whose requests end in a transport that answers at once.
///
/// Time stands still and randomness is a counter, so that every run executes the same instructions.
struct Handlers {
    /// What the clock shows, always.
    static let instant = UTCInstant(secondsSince1970: 1_756_318_100)

    /// The clock; nothing here waits.
    private struct StoppedTime: TimeSource {
        var now: UTCInstant { Handlers.instant }
        var uptime: Duration { .zero }
        func sleep(for duration: Duration) async throws {}
    }

    /// The same bits at every run.
    private struct FixedBits: RandomSource {
        func next() -> UInt64 { 0x9E37_79B9_7F4A_7C15 }
    }

    /// A value of the benchmark's own that is not what it is taken for.
    private struct WrongSetting: Error {
        let name: String
    }

    private let time = StoppedTime()
    private let retry: TransientRetry
    private let session: AWSSession
    private let orders: OrdersTable
    private let rules: OrderRules

    init(transport: any HTTPTransport) throws {
        let environment = Environment([
            "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "AWS_SESSION_TOKEN": String(repeating: "IQoJb3JpZ2luX2Vj", count: 40),
        ])
        guard let normal = AmountThreshold("100"), let premium = AmountThreshold("1000"),
            let bands = AmountBands(normalMinimum: normal, premiumMinimum: premium),
            let domains = TestDomains("test.com")
        else { throw WrongSetting(name: "thresholds and domains") }
        self.retry = TransientRetry(time: self.time, random: FixedBits())
        self.session = AWSSession(
            configuration: try AWSConfiguration(environment: environment) { _ in false },
            transport: transport,
            time: self.time,
            random: FixedBits()
        )
        self.rules = OrderRules(bands: bands, testDomains: domains)
        self.orders = OrdersTable(
            name: "orders-Orders",
            bands: bands,
            dynamoDB: DynamoDBClient(session: self.session),
            retry: self.retry
        )
    }

    /// `AnalyticsAggregator-shard` is the aggregator with `DEDUPLICATION=shard`.
    func handler(named name: String) throws -> any LambdaHandler {
        switch name {
        case "AnalyticsAggregator": self.aggregator(checkpoints: nil)
        case "AnalyticsAggregator-shard": self.aggregator(checkpoints: self.checkpoints(of: AnalyticsAggregator.name))
        case "OrderArchiver":
            OrderArchiver(
                archive: Archive(bucket: "orders-archive", s3: S3Client(session: self.session), retry: self.retry),
                orders: self.orders,
                checkpoints: self.checkpoints(of: OrderArchiver.name),
                retry: self.retry,
                time: self.time
            )
        case "OrderWriter": OrderWriter(table: self.orders, time: self.time)
        case "NormalOrdersProcessor":
            NormalOrdersProcessor(
                rules: self.rules,
                deadLetters: self.deadLetters(of: name),
                time: self.time,
                retry: self.retry
            )
        case "PremiumOrdersProcessor":
            PremiumOrdersProcessor(
                rules: self.rules,
                topicARN: "arn:aws:sns:eu-central-1:123456789012:orders-premium",
                sns: SNSClient(session: self.session),
                deadLetters: self.deadLetters(of: name),
                time: self.time,
                retry: self.retry
            )
        default: throw WrongSetting(name: name)
        }
    }

    private func aggregator(checkpoints: CheckpointsTable?) -> AnalyticsAggregator {
        AnalyticsAggregator(
            services: AggregatorServices(
                table: AnalyticsTable(name: "orders-Analytics", lanes: 1, markerLifetime: .seconds(1_296_000)),
                dynamoDB: DynamoDBClient(session: self.session),
                deadLetters: self.deadLetters(of: AnalyticsAggregator.name),
                checkpoints: checkpoints,
                retry: self.retry,
                time: self.time,
                random: FixedBits()
            )
        )
    }

    private func checkpoints(of function: String) -> CheckpointsTable {
        CheckpointsTable(
            name: "orders-Checkpoints",
            function: function,
            dynamoDB: DynamoDBClient(session: self.session),
            time: self.time
        )
    }

    private func deadLetters(of function: String) -> DeadLetterQueue {
        DeadLetterQueue(
            function: function,
            queueURL: "https://sqs.eu-central-1.amazonaws.com/123456789012/orders-dead-letters",
            archiveBucket: "orders-archive",
            sqs: SQSClient(session: self.session),
            s3: S3Client(session: self.session)
        )
    }
}
