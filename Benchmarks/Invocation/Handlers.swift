import AWSClient
import LambdaRuntime
import OrderFunctions
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

    /// The command line names a function that the benchmark does not have.
    private struct UnknownFunction: Error {
        let name: String
    }

    private let services: AWSServices

    init(transport: any HTTPTransport) throws {
        let environment = Environment([
            "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "AWS_SESSION_TOKEN": String(repeating: "IQoJb3JpZ2luX2Vj", count: 40),
        ])
        self.services = AWSServices(
            configuration: try AWSConfiguration(environment: environment) { _ in false },
            transport: transport,
            time: StoppedTime(),
            random: FixedBits()
        )
    }

    /// `AnalyticsAggregator-shard` is the aggregator with `DEDUPLICATION=shard`.
    func handler(named name: String) throws -> any LambdaHandler {
        switch name {
        case AnalyticsAggregator.name: try self.make(AnalyticsAggregator.self)
        case AnalyticsAggregator.name + "-shard": try self.make(AnalyticsAggregator.self, ["DEDUPLICATION": "shard"])
        case NormalOrdersProcessor.name: try self.make(NormalOrdersProcessor.self)
        case OrderArchiver.name: try self.make(OrderArchiver.self)
        case OrderIntake.name: try self.make(OrderIntake.self)
        case OrderWriter.name: try self.make(OrderWriter.self)
        case PremiumOrdersProcessor.name: try self.make(PremiumOrdersProcessor.self)
        default: throw UnknownFunction(name: name)
        }
    }

    /// What the template gives the functions, all of it to each.
    private static let variables = [
        "ORDERS_TABLE": "orders-Orders", "ANALYTICS_TABLE": "orders-Analytics",
        "CHECKPOINTS_TABLE": "orders-Checkpoints", "ARCHIVE_BUCKET": "orders-archive",
        "DEAD_LETTER_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/orders-dead-letters",
        "PREMIUM_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:orders-premium",
        "NORMAL_MINIMUM_AMOUNT": "100", "PREMIUM_MINIMUM_AMOUNT": "1000", "TEST_EMAIL_DOMAINS": "test.com",
        "DEDUPLICATION_TTL_DAYS": "15", "ORDER_STREAM": "orders-OrderStream",
    ]

    private func make<Function: OrderFunction>(_: Function.Type, _ more: [String: String] = [:]) throws -> Function {
        try Function(environment: Environment(Self.variables.merging(more) { $1 }), services: self.services)
    }
}
