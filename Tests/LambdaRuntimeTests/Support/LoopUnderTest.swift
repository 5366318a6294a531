import LambdaRuntime
import Platform
import Synchronization

/// A handler made of a closure.
struct ClosureHandler: LambdaHandler {
    let body: @Sendable ([UInt8], InvocationContext) async throws -> [UInt8]

    static let echo = ClosureHandler { event, _ in event }

    func handle(_ event: [UInt8], context: InvocationContext) async throws -> [UInt8] {
        try await self.body(event, context)
    }
}

/// Collects what is logged.
final class LogRecorder: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    var content: [UInt8] { self.bytes.withLock { $0 } }
    var text: String { self.bytes.withLock { String(decoding: $0, as: UTF8.self) } }
    var lines: [String] { self.text.split(separator: "\n").map(String.init) }

    /// `clock` says what time each line has.
    func output(
        _ configuration: LogConfiguration = LogConfiguration(level: .trace),
        clock: @escaping @Sendable () -> UTCInstant = { UTCInstant(secondsSince1970: 1_700_000_000) }
    ) -> LogOutput {
        LogOutput(configuration: configuration, clock: clock) { bytes in
            self.bytes.withLock { $0.append(contentsOf: bytes) }
        }
    }
}

/// What a loop did until it ended.
struct LoopRun {
    let exitCode: Int32
    let log: LogRecorder

    /// Runs a loop, on the calling thread, against a server that follows `script`.
    init(
        _ handler: ClosureHandler = .echo,
        setsTraceVariable: Bool = false,
        patience: Duration = .seconds(5),
        script: @escaping @Sendable (ScriptedRuntimeAPI) throws -> Void
    ) throws {
        let server = try ScriptedRuntimeAPI(script)
        let log = LogRecorder()
        self.exitCode = try Self.serve(handler, server.port, log, setsTraceVariable, patience)
        self.log = log
        try server.finish()
    }

    /// The loop's connection is closed when this returns.
    private static func serve(
        _ handler: ClosureHandler,
        _ port: UInt16,
        _ log: LogRecorder,
        _ setsTraceVariable: Bool,
        _ patience: Duration
    ) throws -> Int32 {
        let loop = InvocationLoop(
            handler: handler,
            connection: RuntimeAPIConnection(
                address: RuntimeAPIAddress(host: "127.0.0.1", port: port),
                patience: patience
            ),
            loop: EventLoop(),
            output: log.output(),
            options: InvocationLoopOptions(
                setsTraceVariable: setsTraceVariable,
                backoff: Backoff(base: .microseconds(100), cap: .milliseconds(1), jitter: .half, limit: 8)
            )
        )
        return try loop.run()
    }
}
