internal import AWSClient
internal import LambdaRuntime
internal import OrderFunctions
internal import Platform

/// One execution environment of a function: a handler as the bootstrap makes it, and the loop around it.
///
/// What the loop does next is decided by the product's own `RuntimeLoopMachine`; only the Runtime API's socket is
/// simulated. An environment that is killed takes nothing more and reaches nothing more: whatever its handler still waits
/// for fails as cancelled, so that its tasks come to their end without any effect. Between its invocations it is frozen.
final class ExecutionEnvironment: @unchecked Sendable {  // confined to its run's thread
    let number: Int
    let function: FunctionName
    /// Which version of the function it runs, from 0.
    let version: Int
    unowned let world: World
    let time: VirtualTime
    private(set) var isDead = false
    /// Whether Lambda gives it no further invocation.
    var isRetired = false
    /// The invocation in flight.
    private(set) var invocation: Invocation?
    /// What the wall clock shows more than the true time.
    var clockError: VirtualTime.Nanoseconds = 0
    /// When the work in flight began, by the wall clock and the other one.
    private var workStart: (wall: VirtualTime.Nanoseconds, uptime: VirtualTime.Nanoseconds)?
    /// What is waited for, by the order in which it began; each is told when the environment dies.
    private var waiting: [Int: () -> Void] = [:]
    private var lastWait = 0
    private var wake: UnsafeContinuation<Invocation?, Never>?
    private let random: FunctionRandom
    private var freeze = Freeze()
    /// Its kept connections.
    var sockets = KeptSockets()
    /// Whether its monotonic clock stands still while it is frozen.
    private let stopsUptime: Bool

    init(_ number: Int, _ function: FunctionName, version: Int, world: World) {
        self.number = number
        self.function = function
        self.version = version
        self.world = world
        self.time = world.time
        self.random = FunctionRandom(world.draws.generator(.functionRandom, number))
        var generator = world.draws.generator(.freeze, -1, number)
        self.stopsUptime = generator.chance(0.5)
    }

    /// Begins the loop; the handler is made by the function's own initializer.
    func start(_ variables: Platform.Environment) throws {
        let services = AWSServices(
            configuration: try AWSConfiguration(environment: variables, fileExists: { _ in false }),
            transport: EnvironmentTransport(environment: self),
            time: EnvironmentClock(environment: self),
            random: self.random
        )
        let handler = try self.function.handler(variables, services, self.world.configuration)
        let clock = EnvironmentClock(environment: self)
        let output = LogOutput(
            configuration: self.world.logs,
            clock: { clock.now },
            write: { [unowned self] in self.log($0) }
        )
        self.world.time.start { await self.serve(handler, output) }
    }

    // MARK: The loop

    private func serve(_ handler: any LambdaHandler, _ output: LogOutput) async {
        var machine = RuntimeLoopMachine()
        var event = RuntimeLoopMachine.Event.started
        var isFirst = true
        var report = Report.success([])
        while !self.isDead {
            let decision = machine.react(to: event, random: self.random)
            switch decision.action {
            case .requestNext(let delay):
                if delay > .zero { await self.world.time.pause(delay.nanoseconds) }
                guard await self.next(isFirst: isFirst) != nil else { return }
                event = .nextAnswered(status: 200, hasRequestID: true)
            case .invoke:
                guard let invocation else { return }
                report = await self.handle(invocation, handler, output, isFirst: isFirst)
                isFirst = false
                event = .handled
            case .post(let delay):
                output.flush()
                if delay > .zero { await self.world.time.pause(delay.nanoseconds) }
                guard !self.isDead, let invocation else { return }
                event = self.post(report, of: invocation)
            case .stop: return self.kill()
            }
        }
    }

    /// What a handler came to.
    private enum Report {
        case success([UInt8])
        case failure(String)
    }

    private func handle(
        _ invocation: Invocation,
        _ handler: any LambdaHandler,
        _ output: LogOutput,
        isFirst: Bool
    ) async -> Report {
        self.workStart = (self.wallClock, self.world.time.now)
        defer { self.workStart = nil }
        let context = InvocationContext(
            requestID: invocation.requestID,
            deadline: UTCInstant(
                nanosecondsSince1970: World.epoch.nanosecondsSince1970 + invocation.deadline
            ),
            coldStart: isFirst,
            logger: Logger(output: output, requestID: invocation.requestID, traceID: nil, coldStart: isFirst)
        )
        do {
            return .success(try await handler.handle(invocation.event, context: context))
        } catch {
            return .failure("\(error)")
        }
    }

    private func post(_ report: Report, of invocation: Invocation) -> RuntimeLoopMachine.Event {
        var isDead = invocation.plan.has(.killedReporting)
        if case .success(let answer) = report, invocation.isOfTheDead(answer) { isDead = true }
        if isDead {
            self.kill()
            return .postFailed(.lost)
        }
        if invocation.plan.has(.reportReset), !invocation.wasReset {
            invocation.wasReset = true
            return .postFailed(.reset)
        }
        self.invocation = nil
        self.clockError = 0
        if invocation.plan.has(.credentialsEnd) || self.isRetired { self.isRetired = true }
        switch report {
        case .success(let body): self.world.lambda.finish(invocation, .answered(body))
        case .failure(let text): self.world.lambda.finish(invocation, .failed(text))
        }
        return invocation.plan.has(.reportLost) ? .postFailed(.lost) : .postAnswered(status: 202)
    }

    private func next(isFirst: Bool) async -> Invocation? {
        if self.isDead { return nil }
        if !isFirst { self.freeze.begin(at: self.time.now) }
        self.world.lambda.isFree(self)
        return await withUnsafeContinuation { self.wake = $0 }
    }

    /// Hands an invocation to an environment that has asked for one.
    func invoke(_ invocation: Invocation) {
        self.invocation = invocation
        guard let thaw = self.freeze.end(at: self.time.now, stopsUptime: self.stopsUptime) else {
            return self.begin(invocation)
        }
        var generator = self.world.draws.generator(.freeze, invocation.place, self.number)
        let isBehind = generator.chance(0.5)
        if invocation.plan.has(.frozen) {
            if generator.chance(0.7) { self.sockets.lose(generator.choice(KeptSockets.End.allCases)) }
            self.world.trace.note(self.time.now, "thaw") {
                "\(invocation.requestID): its environment was frozen for \(Trace.clock(thaw.length).dropFirst())"
            }
        }
        // What was waited for and the next invocation come at once: either may be seen first.
        if isBehind { self.begin(invocation) }
        for action in thaw.waiting { action() }
        if !isBehind { self.begin(invocation) }
        for send in thaw.unsent { self.time.after(generator.time(0 ... .milliseconds(400)), send) }
    }

    private func begin(_ invocation: Invocation) {
        self.wake?.resume(returning: invocation)
        self.wake = nil
    }

    /// Lets something happen to the process, once it is not frozen.
    func whenRunning(_ action: @escaping () -> Void) {
        if self.freeze.start == nil { action() } else { self.freeze.keep(action) }
    }

    /// Has a request's bytes leave the machine within the next invocation, if there is one.
    func sendAfterFreeze(_ send: @escaping () -> Void) { self.freeze.keepUnsent(send) }

    /// Whether it is frozen with something that goes on with its next invocation.
    var isFrozenAtWork: Bool { self.freeze.start != nil && self.freeze.holdsWork }

    /// Whether it waits for an invocation.
    var isIdle: Bool { self.wake != nil }

    // MARK: The end

    /// Ends the process, as SIGKILL does.
    func kill() {
        guard !self.isDead else { return }
        self.isDead = true
        for (_, fail) in self.waiting.sorted(by: { $0.key < $1.key }) { fail() }
        self.waiting = [:]
        self.freeze = Freeze()
        self.wake?.resume(returning: nil)
        self.wake = nil
        let invocation = self.invocation
        self.invocation = nil
        if let invocation { self.world.lambda.finish(invocation, .killed) }
        self.world.lambda.isGone(self)
    }

    // MARK: What the handler reaches

    /// The wall clock, in nanoseconds of the run.
    private var wallClock: VirtualTime.Nanoseconds { self.time.now + self.clockError }

    /// The monotonic clock, in nanoseconds.
    var uptime: VirtualTime.Nanoseconds { self.time.now - self.freeze.lostUptime }

    /// The wall clock as the loop of a bootstrap gives it to a handler (`EventLoop.now`): within an invocation it never falls
    /// behind the time that has passed.
    var now: VirtualTime.Nanoseconds {
        guard let workStart else { return self.wallClock }
        return max(self.wallClock, workStart.wall + (self.time.now - workStart.uptime))
    }

    /// Begins to wait for something; `onDeath` is called if the environment dies before `isDone` is called with the number.
    func wait(_ onDeath: @escaping () -> Void) -> Int {
        self.lastWait += 1
        self.waiting[self.lastWait] = onDeath
        return self.lastWait
    }

    /// Ends a wait; false where it has ended before.
    func isDone(_ wait: Int) -> Bool { self.waiting.removeValue(forKey: wait) != nil }

    /// Ends a wait as if the environment had died, since its task was cancelled.
    func cancel(_ wait: Int) { self.waiting.removeValue(forKey: wait)?() }

    private func log(_ bytes: UnsafeRawBufferPointer) {
        guard !self.isDead, let invocation else { return }
        invocation.log += bytes
        if self.function == .normal { self.world.normalLog += bytes }
        self.world.trace.mixLog(bytes)
    }
}

/// The clocks of an environment.
struct EnvironmentClock: TimeSource {
    let environment: ExecutionEnvironment

    var now: UTCInstant {
        UTCInstant(nanosecondsSince1970: World.epoch.nanosecondsSince1970 + self.environment.now)
    }

    var uptime: Duration { .nanoseconds(self.environment.uptime) }

    func sleep(for duration: Duration) async throws {
        let environment = self.environment
        let place = WaitPlace()
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                if environment.isDead || Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                    return
                }
                let wait = environment.wait { continuation.resume(throwing: CancellationError()) }
                place.number = wait
                environment.time.after(duration.nanoseconds) {
                    environment.whenRunning {
                        if environment.isDone(wait) { continuation.resume() }
                    }
                }
            }
        } onCancel: {
            environment.cancel(place.number)
        }
    }
}

/// Where a task's wait is noted for its cancellation handler.
final class WaitPlace: @unchecked Sendable {  // confined to its run's thread
    var number = -1
}

/// The randomness of one environment.
final class FunctionRandom: RandomSource, @unchecked Sendable {  // confined to its run's thread
    private var generator: Generator

    init(_ generator: Generator) { self.generator = generator }

    func next() -> UInt64 { self.generator.next() }
}

extension FunctionName {
    /// The function's handler, made as its bootstrap makes it, but for how much it takes at a time.
    func handler(
        _ environment: Platform.Environment,
        _ services: AWSServices,
        _ configuration: Configuration
    ) throws -> any LambdaHandler {
        switch self {
        case .aggregator:
            try AnalyticsAggregator(
                environment: environment,
                services: services,
                decoder: nil,
                limits: configuration.batchWeight.map { AggregationLimits(batchWeight: $0) } ?? AggregationLimits()
            )
        case .archiver:
            try OrderArchiver(
                environment: environment,
                services: services,
                ordersOfASlice: configuration.archivedOrdersOfASlice
            )
        case .writer: try OrderWriter(environment: environment, services: services)
        case .normal: try NormalOrdersProcessor(environment: environment, services: services)
        case .premium: try PremiumOrdersProcessor(environment: environment, services: services)
        case .intake: try OrderIntake(environment: environment, services: services)
        }
    }
}
