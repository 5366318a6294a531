internal import AWSClient
internal import LambdaRuntime
internal import Platform

/// The AWS services of one loop, over one connection pool.
///
/// Making them does no I/O.
struct AWSServices {
    /// Requests of one invocation that are under way side by side, which is how many connections there are: one more
    /// would only wait for a connection while its timeout runs.
    static let concurrentRequests = CurlLimits().connections
    /// For each of two kinds of requests that go side by side: dead letters and notifications.
    static let halfOfTheRequests = Self.concurrentRequests / 2

    let dynamoDB: any DynamoDBOperations
    let s3: any S3Operations
    let sqs: any SQSOperations
    let sns: any SNSOperations

    /// Throws an `EnvironmentError` that names the variable at fault.
    init(_ context: InitializationContext) throws {
        let configuration = try AWSConfiguration(environment: context.environment)
        let session = AWSSession(
            configuration: configuration,
            transport: CurlTransport(loop: context.loop, trustRoots: configuration.trustRoots),
            time: context.loop
        )
        self.dynamoDB = DynamoDBClient(session: session)
        self.s3 = S3Client(session: session)
        self.sqs = SQSClient(session: session)
        self.sns = SNSClient(session: session)
    }

    /// The dead-letter queue of `function`, from `DEAD_LETTER_QUEUE_URL` and `ARCHIVE_BUCKET`.
    func deadLetterQueue(of function: String, _ environment: Environment) throws -> DeadLetterQueue {
        DeadLetterQueue(
            function: function,
            queueURL: try environment.require("DEAD_LETTER_QUEUE_URL"),
            archiveBucket: try environment.require("ARCHIVE_BUCKET"),
            sqs: self.sqs,
            s3: self.s3
        )
    }
}
