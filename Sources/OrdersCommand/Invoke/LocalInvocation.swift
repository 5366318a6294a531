internal import FlyingFox
internal import FlyingSocks
package import Foundation
internal import Platform

/// One event through one bootstrap: the shell around `LocalRuntimeAPI` and `FunctionProcess`.
package struct LocalInvocation: Sendable {
    let function: String
    let bootstrap: URL
    let payload: [UInt8]
    let timeout: Duration
    let initializationTimeout: Duration
    let memorySize: Int
    let configured: [String: String]
    let caller: [String: String]
    let overrides: [String: String]

    /// The three environments are the stack's, the caller's and that of `--env`: later ones win.
    package init(
        function: String,
        bootstrap: URL,
        payload: [UInt8],
        timeout: Duration,
        initializationTimeout: Duration = LocalInvocation.lambdaInitializationTimeout,
        memorySize: Int = 256,
        configured: [String: String] = [:],
        caller: [String: String] = [:],
        overrides: [String: String] = [:]
    ) {
        self.function = function
        self.bootstrap = bootstrap
        self.payload = payload
        self.timeout = timeout
        self.initializationTimeout = initializationTimeout
        self.memorySize = memorySize
        self.configured = configured
        self.caller = caller
        self.overrides = overrides
    }

    /// Lambda's limit from the start of a process to its first `next`.
    package static let lambdaInitializationTimeout = Duration.seconds(10)
    /// How long a function that has answered may take until it asks for more: it may still be writing its logs.
    private static let idleTimeout = Duration.seconds(1)

    private enum Signal: Sendable {
        case runtime(LocalRuntimeAPI.Event)
        case exited(ExitStatus)
        case timer(InvocationPhase)
    }

    private enum InvocationPhase { case starting, handling, finishing }

    /// Starts the process, gives it the event, and ends it once it has answered, failed, or had its time.
    package func run() async throws -> (outcome: InvocationOutcome, report: InvocationReport) {
        let (events, report) = AsyncStream<LocalRuntimeAPI.Event>.makeStream()
        let requestID = UUID().uuidString.lowercased()
        let api = LocalRuntimeAPI(
            payload: self.payload,
            requestID: requestID,
            function: self.function,
            timeout: self.timeout,
            report: report
        )
        let server = try await api.server()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await LocalRuntimeAPI.run(server) }
            // Whichever comes first: a server that cannot listen says why, so that the wait needs no limit of its own.
            group.addTask { try await server.waitUntilListening(timeout: 86_400) }
            try await group.next()
            let process = try self.start(address: await server.listeningAddress)
            return await self.follow(process, events, requestID: requestID)
        }
    }

    private func start(address: Socket.Address?) throws -> FunctionProcess {
        let runtimeAPI: String
        switch address {
        case .ip4(let host, let port): runtimeAPI = "\(host):\(port)"
        case .ip6(let host, let port): runtimeAPI = "[\(host)]:\(port)"
        case .unix, nil: throw ToolError.failed("the Runtime API does not listen any more")
        }
        let environment = InvocationEnvironment(
            function: self.function,
            memorySize: self.memorySize,
            runtimeAPI: runtimeAPI,
            taskRoot: self.bootstrap.deletingLastPathComponent().path
        )
        return try FunctionProcess(
            executable: self.bootstrap.path,
            environment: environment.variables(
                configured: self.configured,
                caller: self.caller,
                overrides: self.overrides
            )
        )
    }

    private func follow(
        _ process: FunctionProcess,
        _ events: AsyncStream<LocalRuntimeAPI.Event>,
        requestID: String
    ) async -> (outcome: InvocationOutcome, report: InvocationReport) {
        let begin = SystemClock.uptime
        let (signals, send) = AsyncStream<Signal>.makeStream()
        let relays = [
            Task { for await event in events { send.yield(.runtime(event)) } },
            Task { _ = send.yield(.exited(await process.wait())) },
        ]
        var timer = Self.timer(self.initializationTimeout, .starting, send)
        defer {
            timer.cancel()
            process.kill()
            relays[0].cancel()
        }
        var started: Duration?
        var ended: Duration?
        var outcome: InvocationOutcome?
        var peak: Int?
        loop: for await signal in signals {
            peak = process.peakMemory ?? peak
            switch signal {
            case .runtime(.started):
                started = SystemClock.uptime
                timer.cancel()
                timer = Self.timer(self.timeout, .handling, send)
            case .runtime(.ended(let result)):
                ended = SystemClock.uptime
                outcome = result
                timer.cancel()
                timer = Self.timer(Self.idleTimeout, .finishing, send)
            case .runtime(.idle):
                break loop
            case .exited(let status):
                outcome = outcome ?? .exited(status)
                break loop
            case .timer(.starting):
                outcome = .initializationTimedOut(seconds: self.initializationTimeout / .seconds(1))
                break loop
            case .timer(.handling):
                outcome = .timedOut(seconds: self.timeout / .seconds(1))
                break loop
            case .timer(.finishing):
                break loop
            }
        }
        let end = ended ?? SystemClock.uptime
        let report = InvocationReport(
            requestID: requestID,
            duration: started.map { end - $0 },
            initialization: (started ?? end) - begin,
            memorySize: self.memorySize,
            peakMemory: peak
        )
        return (outcome ?? .timedOut(seconds: self.timeout / .seconds(1)), report)
    }

    private static func timer(
        _ duration: Duration,
        _ phase: InvocationPhase,
        _ send: AsyncStream<Signal>.Continuation
    ) -> Task<Void, Never> {
        Task {
            do {
                try await Task.sleep(for: duration)
                send.yield(.timer(phase))
            } catch {
                // Cancelled: the phase ended in time.
            }
        }
    }
}
