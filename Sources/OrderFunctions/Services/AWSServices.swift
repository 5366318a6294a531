package import AWSClient
internal import LambdaRuntime
package import Platform

/// What a function reaches outside of its process: AWS, the time, randomness.
///
/// Making it does no I/O.
package final class AWSServices: Sendable {
    /// Requests of one invocation that are under way side by side, which is how many connections there are: one more
    /// would only wait for a connection while its timeout runs.
    static let concurrentRequests = CurlLimits().connections
    /// For each of two kinds of requests that go side by side: dead letters and notifications.
    static let halfOfTheRequests = AWSServices.concurrentRequests / 2

    private let dynamoDB: any DynamoDBOperations
    private let s3: any S3Operations
    private let sqs: any SQSOperations
    private let sns: any SNSOperations
    let kinesis: any KinesisWriting
    let time: any TimeSource
    /// Backoff and client request tokens are drawn from it.
    let random: any RandomSource

    /// Services of any kind, for example in memory.
    package init(
        dynamoDB: any DynamoDBOperations,
        s3: any S3Operations,
        sqs: any SQSOperations,
        sns: any SNSOperations,
        kinesis: any KinesisWriting,
        time: any TimeSource,
        random: any RandomSource
    ) {
        self.dynamoDB = dynamoDB
        self.s3 = s3
        self.sqs = sqs
        self.sns = sns
        self.kinesis = kinesis
        self.time = time
        self.random = random
    }

    /// AWS through one session, whose requests go through `transport`.
    package convenience init(
        configuration: AWSConfiguration,
        transport: any HTTPTransport,
        time: any TimeSource,
        random: any RandomSource = SystemRandom()
    ) {
        let session = AWSSession(configuration: configuration, transport: transport, time: time, random: random)
        self.init(
            dynamoDB: DynamoDBClient(session: session),
            s3: S3Client(session: session),
            sqs: SQSClient(session: session),
            sns: SNSClient(session: session),
            // An invocation of OrderIntake has 10 s, in which a silent server must leave time for another attempt.
            kinesis: KinesisClient(session: session, putTimeout: .seconds(4)),
            time: time,
            random: random
        )
    }

    /// AWS over the connections of one loop.
    ///
    /// Throws an `EnvironmentError` that names the variable at fault.
    convenience init(_ context: InitializationContext) throws {
        let configuration = try AWSConfiguration(environment: context.environment)
        self.init(
            configuration: configuration,
            transport: CurlTransport(loop: context.loop, trustRoots: configuration.trustRoots),
            time: context.time
        )
    }

    /// When work on the invocation, which begins now, has to end.
    func workDeadline(of context: InvocationContext) -> WorkDeadline {
        WorkDeadline(deadline: context.deadline, time: self.time, random: self.random)
    }

    /// DynamoDB for work that has to end by then.
    func dynamoDB(until deadline: WorkDeadline) -> BoundDynamoDB { BoundDynamoDB(self.dynamoDB, until: deadline) }

    /// S3 for work that has to end by then.
    func s3(until deadline: WorkDeadline) -> BoundS3 { BoundS3(self.s3, until: deadline) }

    /// SQS for work that has to end by then.
    func sqs(until deadline: WorkDeadline) -> BoundSQS { BoundSQS(self.sqs, until: deadline) }

    /// SNS for work that has to end by then.
    func sns(until deadline: WorkDeadline) -> BoundSNS { BoundSNS(self.sns, until: deadline) }

    /// The dead-letter queue of `function`, from `DEAD_LETTER_QUEUE_URL` and `ARCHIVE_BUCKET`.
    func deadLetterQueue(of function: String, _ environment: Environment) throws -> DeadLetterQueue {
        DeadLetterQueue(
            function: function,
            queueURL: try environment.require("DEAD_LETTER_QUEUE_URL"),
            archiveBucket: try environment.require("ARCHIVE_BUCKET"),
            services: self
        )
    }
}
