internal import Glibc
internal import Platform

/// The loops of one bootstrap process: one, or as many as `AWS_LAMBDA_MAX_CONCURRENCY` says.
struct RuntimeProcess {
    let environment: Environment
    let address: RuntimeAPIAddress
    let logs: LogConfiguration
    /// What all loops log to.
    let writer: DescriptorWriter

    /// The most that Lambda takes as a capacity provider's `PerExecutionEnvironmentMaxConcurrency`; a number beyond is a mistake.
    private static let mostLoops = 1_600

    private var workingDirectory: String {
        self.environment["LAMBDA_TASK_ROOT"] ?? InvocationLoopOptions.usualWorkingDirectory
    }

    /// Serves until there is a reason to end the process; returns only what is to be its exit code if it cannot start.
    func serve<Handler: LambdaHandler>(_ makeHandler: (InitializationContext) throws -> Handler) -> Int32 {
        let connection = RuntimeAPIConnection(address: self.address)
        let loops: [InvocationLoop<Handler>]
        do {
            loops = try self.makeLoops(connection, makeHandler)
        } catch {
            self.report(error, over: connection)
            return 1
        }
        // A closure: a key path of a generic type is made when the process starts (docs/performance.md).
        SignalHandlers.install(statuses: loops.map { $0.statusForSignalHandler }, logs: self.logs)
        // Parked until the process ends, which `run` does.
        let internalExtension = InternalExtension.register(over: connection, address: self.address)
        for loop in loops.dropFirst() { LoopThread.start { Self.run(loop) } }
        guard let first = loops.first else { return 0 }
        withExtendedLifetime(internalExtension) { Self.run(first) }
    }

    /// One after the other, before the first `next`: an initialization error cannot be reported later.
    private func makeLoops<Handler: LambdaHandler>(
        _ first: RuntimeAPIConnection,
        _ makeHandler: (InitializationContext) throws -> Handler
    ) throws -> [InvocationLoop<Handler>] {
        let concurrency =
            try self.environment.optional(
                "AWS_LAMBDA_MAX_CONCURRENCY",
                "a whole number from 1 to \(Self.mostLoops)"
            ) { Int($0).flatMap { (1...Self.mostLoops).contains($0) ? $0 : nil } } ?? 1
        if concurrency > 1 { try FileDescriptors.reserve(forLoops: concurrency) }
        let options = InvocationLoopOptions(
            setsTraceVariable: concurrency == 1,
            workingDirectory: self.workingDirectory
        )
        // No `map`, whose generic code looks up how a range's bounds are compared (docs/performance.md).
        var loops: [InvocationLoop<Handler>] = []
        while loops.count < concurrency {
            let output = LogOutput(configuration: self.logs, writer: self.writer)
            let loop = EventLoop()
            let context = InitializationContext(
                environment: self.environment,
                loop: loop,
                logger: Logger(output: output)
            )
            loops.append(
                InvocationLoop(
                    handler: try makeHandler(context),
                    connection: loops.isEmpty ? first : RuntimeAPIConnection(address: self.address),
                    loop: loop,
                    output: output,
                    options: options
                )
            )
        }
        return loops
    }

    /// Runs a loop, which ends with the process.
    ///
    /// One that ends with an error ends the process, whatever the others do: the environment is broken. One that was
    /// drained waits until all are.
    private static func run<Handler: LambdaHandler>(_ loop: InvocationLoop<Handler>) -> Never {
        // `serve` throws nothing; `EventLoop.run` can only pass on what its body throws.
        let exitCode = (try? loop.run()) ?? 1
        if exitCode != 0 || SignalRecord.areStopped { LambdaRuntime.exitNow(exitCode) }
        while true { pause() }
    }

    private func report(_ error: any Error, over connection: RuntimeAPIConnection) {
        let report = ErrorReport(error)
        let logger = Logger(output: LogOutput(configuration: self.logs, writer: self.writer))
        logger.log(
            .fatal,
            "the function cannot start: \(report.errorMessage)",
            ["exception_name": .string(report.errorType)]
        )
        do {
            let status = try connection.post(.initializationError, body: report.body) {
                $0.addError(report, workingDirectory: self.workingDirectory)
            }
            if status != 202 { logger.error("the Runtime API answered \(status) to the initialization error") }
        } catch {
            logger.error("the initialization error could not be reported: \(error)")
        }
    }
}

/// The threads of the loops beside the main thread's.
enum LoopThread {
    private final class Body {
        let run: () -> Never

        init(_ run: @escaping () -> Never) { self.run = run }
    }

    /// Starts a thread that runs `body`, to the end of the process.
    static func start(_ body: @escaping @Sendable () -> Never) {
        var thread = pthread_t()
        let pointer = Unmanaged.passRetained(Body(body)).toOpaque()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                SignalHandlers.prepareThread()
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            },
            pointer
        )
        precondition(status == 0, "pthread_create failed: AWS_LAMBDA_MAX_CONCURRENCY is more than this machine can do")
        pthread_detach(thread)
    }
}
