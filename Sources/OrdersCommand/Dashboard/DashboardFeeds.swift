internal import AWSClient
internal import AWSOperations
internal import Orders
internal import PipesRunner
internal import Platform

/// All feeds of one stack.
struct DashboardFeeds: Sendable {
    private let stack: DeployedStack
    private let access: AWSAccess
    private let store: DashboardStore
    private let rules: OrderRules
    private let pace: FeedPace
    private let isLocal: Bool

    init(stack: DeployedStack, access: AWSAccess, store: DashboardStore) throws {
        self.stack = stack
        self.access = access
        self.store = store
        self.isLocal = access.isOnLoopback
        self.pace = self.isLocal ? .local : .aws
        guard
            let normal = AmountThreshold(stack.parameters["NormalMinimumAmount"] ?? "100"),
            let premium = AmountThreshold(stack.parameters["PremiumMinimumAmount"] ?? "1000"),
            let bands = AmountBands(normalMinimum: normal, premiumMinimum: premium),
            let domains = TestDomains(stack.parameters["TestEmailDomains"] ?? "test.com")
        else { throw ToolError.badUse("the stack \(stack.name) has thresholds or domains that no function takes") }
        self.rules = OrderRules(bands: bands, testDomains: domains)
        store.set(StackSection.name, StackSection(stack: stack, bands: bands, isLocal: self.isLocal).value)
    }

    /// Runs all side by side until the stop.
    func run(until stop: StopFlag) async {
        let runner = FeedRunner(
            store: self.store,
            time: self.access.time,
            stop: stop,
            patience: self.pace.patience,
            failure: FeedFailure(isLocal: self.isLocal)
        )
        let outcomes = OrderOutcomes()
        await withTaskGroup(of: Void.self) { group in
            if let sales = self.sales() { group.addTask { await runner.run(sales) } }
            if let changes = self.changes(outcomes) { group.addTask { await runner.run(changes) } }
            if let shards = self.shards() { group.addTask { await runner.run(shards) } }
            let (functions, queues, alarms) = (self.functions(outcomes), self.queues(), self.alarms())
            group.addTask { await runner.run(functions) }
            group.addTask { await runner.run(queues) }
            group.addTask { await runner.run(alarms) }
        }
    }

    private func sales() -> SalesFeed? {
        guard let table = self.stack.outputs["AnalyticsTableName"] else { return nil }
        let client = DynamoDBClient(session: self.access.session)
        let reader = AnalyticsReader(client: client, tableName: table, time: self.access.time)
        return SalesFeed(reader: reader, time: self.access.time, pace: self.pace)
    }

    private func changes(_ outcomes: OrderOutcomes) -> ChangesFeed? {
        guard let stream = self.stack.streamARNs["OrdersTable"] else { return nil }
        return ChangesFeed(
            client: DynamoDBStreamsClient(session: self.access.session),
            streamARN: stream,
            startsAtBeginning: self.isLocal,
            reach: self.orderReach,
            rules: self.rules,
            outcomes: outcomes,
            time: self.access.time,
            pace: self.pace
        )
    }

    private func functions(_ outcomes: OrderOutcomes) -> FunctionsFeed {
        var groups: [String: String] = [:]
        for (name, resource) in self.stack.resources where resource.type == "AWS::Lambda::Function" {
            groups[name] =
                self.stack.resources["\(name)LogGroup"]?.physicalID ?? "/aws/lambda/\(resource.physicalID)"
        }
        return FunctionsFeed(
            client: CloudWatchLogsClient(session: self.access.session),
            groups: groups,
            outcomes: outcomes,
            time: self.access.time,
            pace: self.pace,
            overlap: self.isLocal ? .seconds(10) : .seconds(120),
            orderReach: self.orderReach
        )
    }

    /// How old a change of an order may be that is shown, and the processors' log lines of it that are read.
    ///
    /// A local table's stream is read from its beginning, which is 24 hours back at most.
    private var orderReach: Duration { self.isLocal ? .seconds(86_400) : .seconds(600) }

    private func queues() -> QueuesFeed {
        let queues = self.stack.resources.filter { $0.value.type == "AWS::SQS::Queue" }
        return QueuesFeed(
            interval: self.pace.queues,
            reader: QueueReader(access: self.access),
            queues: queues.mapValues(\.physicalID)
        )
    }

    private func shards() -> ShardsFeed? {
        guard let table = self.stack.outputs["CheckpointsTableName"], let stream = self.stack.outputs["OrderStreamName"]
        else { return nil }
        return ShardsFeed(
            interval: self.pace.shards,
            reader: ShardProgressReader(
                dynamoDB: DynamoDBClient(session: self.access.session),
                kinesis: KinesisClient(session: self.access.session),
                checkpointsTable: table,
                streamName: stream,
                time: self.access.time
            ),
            functions: ["OrderArchiver", "AnalyticsAggregator"]
        )
    }

    private func alarms() -> AlarmsFeed {
        var alarms: [String: String] = [:]
        for (name, resource) in self.stack.resources where resource.type == "AWS::CloudWatch::Alarm" {
            alarms[resource.physicalID] = name
        }
        return AlarmsFeed(
            interval: self.pace.alarms,
            client: CloudWatchClient(session: self.access.session),
            alarms: alarms,
            time: self.access.time
        )
    }
}
