internal import AWSClient
internal import AWSOperations
internal import PipesRunner
internal import Platform

/// A Pipe or a mapping with its runner on a real AWS.
struct LocalRunner: Sendable {
    let name: String
    /// `stream → function`, for the first line of the log.
    let route: String
    let runner: StreamRunner

    init(_ pipe: PipeDefinition, _ access: AWSAccess, _ stop: StopFlag) {
        self.init(
            name: pipe.logicalID,
            route: "\(pipe.streamARN) → \(pipe.functionARN)",
            settings: pipe.settings,
            stream: DynamoDBStreamSource(
                client: DynamoDBStreamsClient(session: access.session),
                streamARN: pipe.streamARN,
                filters: pipe.filters,
                time: access.time
            ),
            target: LambdaTarget(
                client: LambdaClient(session: access.session),
                functionName: pipe.functionARN,
                timeout: LambdaTarget.pipeTimeout,
                time: access.time
            ),
            deadLetters: pipe.deadLetterQueueURL.map { url in
                QueueDeadLetterSink(
                    client: SQSClient(session: access.session),
                    queueURL: url,
                    pipeARN: pipe.arn,
                    streamARN: pipe.streamARN,
                    time: access.time
                )
            },
            time: access.time,
            stop: stop
        )
    }

    init(_ mapping: MappingDefinition, _ access: AWSAccess, _ stop: StopFlag) {
        let function = LambdaTarget(
            client: LambdaClient(session: access.session),
            functionName: mapping.functionARN,
            timeout: LambdaTarget.mappingTimeout,
            time: access.time
        )
        self.init(
            name: mapping.logicalID,
            route: "\(mapping.streamARN) → \(mapping.functionARN)",
            settings: mapping.settings,
            stream: KinesisStreamSource(
                client: KinesisClient(session: access.session),
                streamARN: mapping.streamARN,
                roleARN: mapping.roleARN,
                filters: mapping.filters,
                time: access.time
            ),
            target: mapping.reportsItemFailures ? function : AnswerIgnoringTarget(function),
            deadLetters: mapping.failureBucket.map { bucket in
                BucketFailureSink(
                    client: S3Client(session: access.session),
                    bucket: bucket,
                    mappingID: mapping.mappingID,
                    functionARN: mapping.functionARN,
                    streamARN: mapping.streamARN,
                    time: access.time,
                    random: SystemRandom()
                )
            },
            time: access.time,
            stop: stop
        )
    }

    private init(
        name: String,
        route: String,
        settings: StreamRunner.Settings,
        stream: any StreamReader,
        target: any PipeTarget,
        deadLetters: (any DeadLetterSink)?,
        time: any TimeSource,
        stop: StopFlag
    ) {
        self.name = name
        self.route = route
        let log = RunnerLog(name: name, note: { Console.note($0) })
        self.runner = StreamRunner(
            settings: settings,
            stream: StoppableStream(stream, stop: stop, time: time),
            target: target,
            deadLetters: deadLetters,
            time: time,
            stop: stop,
            tell: { log.write($0) }
        )
    }
}
