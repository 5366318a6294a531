import LambdaRuntime
import OrderFunctions
import Platform
import Testing

/// Each function asks for what it needs and names what is wrong.
@Suite struct ConfigurationTests {
    private typealias Make = @Sendable (InitializationContext) throws -> Void

    private static let basics = [
        "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
    ]
    private static let amounts = ["NORMAL_MINIMUM_AMOUNT": "100", "PREMIUM_MINIMUM_AMOUNT": "1000"]
    private static let processing = [
        "TEST_EMAIL_DOMAINS": "test.com", "DEAD_LETTER_QUEUE_URL": "https://queue.example/dlq",
        "ARCHIVE_BUCKET": "archive",
    ].merging(amounts) { $1 }

    private static let functions: [(make: Make, needs: [String: String])] = [
        ({ _ = try OrderWriter($0) }, ["ORDERS_TABLE": "Orders"].merging(amounts) { $1 }),
        ({ _ = try NormalOrdersProcessor($0) }, processing),
        ({ _ = try PremiumOrdersProcessor($0) }, processing.merging(["PREMIUM_TOPIC_ARN": "arn"]) { $1 }),
        (
            { _ = try OrderArchiver($0) },
            ["ORDERS_TABLE": "Orders", "CHECKPOINTS_TABLE": "C", "ARCHIVE_BUCKET": "archive"].merging(amounts) { $1 }
        ),
        ({ _ = try OrderIntake($0) }, ["ORDER_STREAM": "orders"]),
    ]

    private static func make(_ function: Int, _ variables: [String: String]) throws {
        let log = CapturedLog()
        let context = InitializationContext(
            environment: Environment(Self.basics.merging(variables) { $1 }),
            loop: EventLoop(),
            logger: log.context().logger
        )
        try Self.functions[function].make(context)
    }

    @Test(arguments: 0..<5)
    func `a function starts with what it needs and names what is missing`(function: Int) throws {
        let needs = Self.functions[function].needs
        try Self.make(function, needs)
        for name in needs.keys {
            for value in [nil, ""] {
                var variables = needs
                variables[name] = value
                #expect(throws: EnvironmentError.missing(name)) { try Self.make(function, variables) }
            }
        }
    }

    @Test(arguments: [
        ("NORMAL_MINIMUM_AMOUNT", "a lot"), ("NORMAL_MINIMUM_AMOUNT", "-1"), ("NORMAL_MINIMUM_AMOUNT", "1.0000000001"),
        ("PREMIUM_MINIMUM_AMOUNT", "1,000"), ("TEST_EMAIL_DOMAINS", "test.com,,"), ("TEST_EMAIL_DOMAINS", "a@b"),
    ])
    func `a malformed value is named, and not repeated`(name: String, value: String) throws {
        let variables = Self.functions[1].needs.merging([name: value]) { $1 }
        #expect { try Self.make(1, variables) } throws: { error in
            guard let error = error as? EnvironmentError else { return false }
            return error.code == .malformed && error.name == name && !error.description.contains(value)
        }
    }

    @Test(arguments: [0, 3], ["local", "UTC"])
    func `what no zone means is one of two words`(function: Int, value: String) throws {
        let needs = Self.functions[function].needs
        try Self.make(function, needs.merging(["ZONELESS_TIMESTAMPS": "refuse"]) { $1 })
        #expect { try Self.make(function, needs.merging(["ZONELESS_TIMESTAMPS": value]) { $1 }) } throws: { error in
            (error as? EnvironmentError)?.name == "ZONELESS_TIMESTAMPS"
        }
    }

    @Test(arguments: [1, 2, 4], ["All", "errors"])
    func `lines for orders are all or none`(function: Int, value: String) throws {
        let needs = Self.functions[function].needs
        for known in ["all", "none"] { try Self.make(function, needs.merging(["ORDER_LOG": known]) { $1 }) }
        #expect { try Self.make(function, needs.merging(["ORDER_LOG": value]) { $1 }) } throws: { error in
            (error as? EnvironmentError)?.name == "ORDER_LOG"
        }
    }

    @Test(arguments: [("100", "100"), ("100", "100.00"), ("1000", "999.99")])
    func `the premium amount must be the greater one`(normal: String, premium: String) throws {
        let amounts = ["NORMAL_MINIMUM_AMOUNT": normal, "PREMIUM_MINIMUM_AMOUNT": premium]
        for function in 0..<4 {
            let variables = Self.functions[function].needs.merging(amounts) { $1 }
            #expect { try Self.make(function, variables) } throws: { error in
                (error as? EnvironmentError)?.name == "PREMIUM_MINIMUM_AMOUNT"
            }
        }
    }
}

@Suite struct AggregatorConfigurationTests {
    private static let variables = [
        "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
        "ANALYTICS_TABLE": "Analytics", "CHECKPOINTS_TABLE": "Checkpoints", "DEDUPLICATION_TTL_DAYS": "21",
        "ARCHIVE_BUCKET": "archive",
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
        try self.make(["DEDUPLICATION": "shard", "STREAM_RETENTION_DAYS": "7"])
    }

    @Test(arguments: [
        "ANALYTICS_TABLE", "CHECKPOINTS_TABLE", "DEDUPLICATION_TTL_DAYS", "ARCHIVE_BUCKET", "DEAD_LETTER_QUEUE_URL",
    ])
    func `names what is missing`(name: String) {
        #expect(throws: EnvironmentError.missing(name)) { try self.make([name: ""]) }
    }

    @Test(arguments: [
        ("DEDUPLICATION", "events"), ("DEDUPLICATION_TTL_DAYS", "0"), ("DEDUPLICATION_TTL_DAYS", "x"),
        ("STREAM_RETENTION_DAYS", "0"), ("STREAM_RETENTION_DAYS", "366"), ("STREAM_RETENTION_DAYS", "1.5"),
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
