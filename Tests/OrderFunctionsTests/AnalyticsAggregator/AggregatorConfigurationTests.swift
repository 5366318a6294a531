import LambdaRuntime
import OrderFunctions
import Platform
import Testing

@Suite struct AggregatorConfigurationTests {
    private static let variables = [
        "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
        "ANALYTICS_TABLE": "Analytics", "DEDUPLICATION_TTL_DAYS": "21", "ARCHIVE_BUCKET": "archive",
        "DEAD_LETTER_QUEUE_URL": "https://queue.example/dlq",
    ]

    private func make(_ variables: [String: String]) throws {
        let context = InitializationContext(
            environment: Environment(Self.variables.merging(variables) { $1 }),
            loop: EventLoop(),
            logger: CapturedLog().context().logger
        )
        _ = try AnalyticsAggregator(context)
    }

    @Test func `starts with what it needs`() throws {
        try self.make([:])
        try self.make(["DEDUPLICATION": "shard", "CHECKPOINTS_TABLE": "Checkpoints", "AGGREGATE_LANES": "16"])
    }

    @Test(arguments: ["ANALYTICS_TABLE", "DEDUPLICATION_TTL_DAYS", "ARCHIVE_BUCKET", "DEAD_LETTER_QUEUE_URL"])
    func `names what is missing`(name: String) {
        #expect(throws: EnvironmentError.missing(name)) { try self.make([name: ""]) }
    }

    @Test func `the shard's checkpoint needs its table`() {
        #expect(throws: EnvironmentError.missing("CHECKPOINTS_TABLE")) { try self.make(["DEDUPLICATION": "shard"]) }
    }

    @Test(arguments: [
        ("DEDUPLICATION", "events"), ("DEDUPLICATION_TTL_DAYS", "0"), ("DEDUPLICATION_TTL_DAYS", "x"),
        ("AGGREGATE_LANES", "0"), ("AGGREGATE_LANES", "65"), ("AGGREGATE_LANES", "1.5"), ("AGGREGATE_LANES", "-2"),
    ])
    func `names what is malformed`(name: String, value: String) {
        #expect {
            try self.make([name: value])
        } throws: { error in
            guard let error = error as? EnvironmentError else { return false }
            return error.code == .malformed && error.name == name
        }
    }
}
