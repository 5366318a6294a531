internal import AWSClient
internal import AWSOperations
internal import EventPatterns
internal import JSONText
internal import PipesRunner
internal import Platform
internal import SimulatedAWS

/// A Pipe that the runner of `orders pipes` plays, over the API of the table's stream.
///
/// The runner is the product's, with its reading, batching, retries, bisection and notes; this sees its requests and
/// their answers, and keeps what it owes.
final class RunnerPipe: ChangeSource, @unchecked Sendable {  // confined to its run's thread
    let source: Source
    let world: World
    var changes: [TableChange] = []
    var givenUp: Set<Int> = []
    /// The changes that the filters let through, by their places among the table's.
    var admitted: Set<Int> = []
    /// The one of those that the function dies of.
    var deadlyNumber: Int?
    /// The changes that the runner has got from the stream since it was started.
    var received: Set<Int> = []
    /// Of those, the ones that it has to deliver.
    var owed: Set<Int> = []
    /// What the runner has delivered or given up since it was started.
    var settled: Set<Int> = []
    /// How many changes had left the stream when that was last looked at.
    private var trimmedCount = 0
    /// How often each change was delivered.
    var deliveries: [Int: Int] = [:]
    /// Sleeps of a runner that has nothing to do, so that time can go on without it.
    var sleeping: [UnsafeContinuation<Void, Never>] = []
    let filters: FilterCriteria
    /// Which of the admitted changes, from 0, the function dies of, if there is one.
    let deadly: Int?
    var invocations = 0
    var requests = 0
    var inFlight = 0
    var stopFlag = StopFlag()
    var isRestarting = false
    var isRunning = false

    init(_ function: FunctionName, _ world: World) {
        self.source = Source(function, "runner", 0)
        self.world = world
        self.filters = world.configuration.filtersChanges ? PipeFilters.criteria(of: function) : .all
        var generator = world.draws.generator(.pipe, self.source.place, -1)
        let place = generator.number(0...6)
        self.deadly = world.faults.happens(.deadlyRecord, self.source, 0, probability: 0.05) ? place : nil
    }

    /// The changes that left the stream, delivered or not.
    var lost: Set<Int> { self.world.tableStream.trimmed }

    /// Whether everything that there is was delivered or noted.
    var isDone: Bool { self.isIdle && self.inFlight == 0 && self.isRunning }

    /// Whether the runner has everything, and owes nothing.
    var isIdle: Bool {
        self.look()
        return self.owed.isEmpty && self.received.count == self.changes.count
    }

    /// Runs the runner, again after each time that it is ended, until the run is over.
    func run() async {
        repeat {
            self.isRestarting = false
            self.stopFlag = StopFlag()
            (self.received, self.owed, self.settled) = (self.world.tableStream.trimmed, [], [])
            let runner = self.makeRunner()
            self.isRunning = true
            do {
                try await runner.run()
            } catch {
                self.world.complain("\(self.source) cannot go on: \(error)")
            }
            self.isRunning = false
            let pending = await runner.summary.pending
            if !self.isRestarting, self.world.complaints.isEmpty, pending != 0 {
                self.world.complain("\(self.source) ended with \(pending) changes that it had not delivered")
            }
            var generator = self.world.draws.generator(.pipe, self.source.place, -3, self.requests)
            if self.isRestarting { await self.world.time.pause(generator.time(0 ... .seconds(5))) }
        } while self.isRestarting
    }

    func makeRunner() -> StreamRunner {
        var generator = self.world.draws.generator(.pipe, self.source.place, -2)
        let settings = StreamRunner.Settings(
            limits: BatchLimits(
                size: generator.choice([3, 10, 100]),
                window: .seconds(generator.choice([0, 0, 2]))
            ),
            // As in the template.
            policy: DeliveryPolicy(
                partialFailure: .retryFailed,
                maximumRetries: 5,
                maximumAge: .seconds(86_400),
                bisects: true
            ),
            parallelizationFactor: generator.choice([1, 1, 3]),
            // Less often than AWS does, so that a run has fewer requests, and fewer wakeups between them.
            pollInterval: .seconds(2),
            // The simulated stream gives small pages although more follows: rests behind them would make runs longer.
            pageInterval: .zero,
            describeInterval: .seconds(60),
            stopInterval: .seconds(2)
        )
        let clock = RunnerClock(pipe: self)
        let session = self.makeSession(RunnerTransport(pipe: self), clock)
        return StreamRunner(
            settings: settings,
            stream: DynamoDBStreamSource(
                client: DynamoDBStreamsClient(session: session),
                streamARN: TableEvents.streamARN,
                filters: self.filters,
                time: clock
            ),
            target: LambdaTarget(
                client: LambdaClient(session: session),
                functionName: self.source.function.rawValue,
                timeout: LambdaTarget.pipeTimeout,
                time: clock
            ),
            deadLetters: QueueDeadLetterSink(
                client: SQSClient(session: session),
                queueURL: self.source.function.pipeQueueURL,
                pipeARN: "arn:aws:pipes:eu-central-1:000000000000:pipe/\(self.source.function.rawValue)",
                streamARN: TableEvents.streamARN,
                time: clock
            ),
            time: clock,
            stop: self.stopFlag,
            tell: { [unowned self] event in
                self.world.trace.note(self.world.time.now, "runner") { "\(self.source): \(event)" }
            }
        )
    }

    func makeSession(_ transport: RunnerTransport, _ clock: RunnerClock) -> AWSSession {
        do {
            return AWSSession(
                configuration: try AWSConfiguration(
                    environment: Platform.Environment([
                        "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                    ]),
                    fileExists: { _ in false }
                ),
                transport: transport,
                time: clock,
                random: FunctionRandom(self.world.draws.generator(.functionRandom, self.source.place, -1))
            )
        } catch {
            preconditionFailure("the variables are complete: \(error)")
        }
    }

    /// How long the table's stream has its changes: 24 hours.
    static let retention: VirtualTime.Nanoseconds = .seconds(86_400)

    // MARK: Waiting

    func notify() {
        guard !self.sleeping.isEmpty, !self.isIdle else { return }
        self.wake()
    }

    func stop() {
        self.stopFlag.set()
        self.wake()
    }

    func wake() {
        let sleeping = self.sleeping
        self.sleeping = []
        for continuation in sleeping { continuation.resume() }
    }

    /// Suspends the runner; for longer than it asks where it has nothing to do, which a poller that is slow may as well.
    func sleep(_ duration: VirtualTime.Nanoseconds) async {
        await self.world.time.pause(duration)
        guard self.isIdle, !self.stopFlag.isSet else { return }
        await withUnsafeContinuation { self.sleeping.append($0) }
    }

    /// Takes note of the table's changes so far, and of those that are a day old and gone.
    func look() {
        let all = self.world.ordersTable.changes
        self.world.tableStream.trim(all, before: self.world.time.now - Self.retention)
        if self.world.tableStream.trimmed.count > self.trimmedCount {
            self.trimmedCount = self.world.tableStream.trimmed.count
            self.received.formUnion(self.world.tableStream.trimmed)
        }
        guard self.changes.count < all.count else { return }
        self.world.tableStream.take(all) { Trace.hash(of: $0.utf8) }
        for change in all[self.changes.count...] {
            self.changes.append(change)
            guard let value = try? JSONValue(parsing: self.world.text(of: change)), self.filters.admits(value) else {
                continue
            }
            if self.admitted.count == self.deadly { self.deadlyNumber = change.number }
            self.admitted.insert(change.number)
        }
    }
}

extension FunctionName {
    /// The dead-letter queue of the Pipe in front of the function.
    var pipeQueueURL: String { "https://sqs.eu-central-1.amazonaws.com/000000000000/\(self.rawValue)-pipe" }
}
