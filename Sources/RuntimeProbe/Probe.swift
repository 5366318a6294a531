internal import LambdaRuntime
internal import Platform

/// Echoes its event, unless a word in it asks for something else: what a test of the runtime, or of a server that runs
/// one, needs a function to do.
struct Probe: LambdaHandler {
    private let loop: EventLoop
    /// How long each answer takes: a test of what happens meanwhile needs time to do it.
    private let nap: Duration

    init(_ context: InitializationContext) throws {
        self.loop = context.loop
        let expectation = "a whole number of milliseconds"
        self.nap = .milliseconds(try context.environment.optional("PROBE_NAP_MS", expectation) { Int($0) } ?? 0)
    }

    nonisolated(nonsending) func handle(_ event: [UInt8], context: InvocationContext) async throws -> [UInt8] {
        if self.nap > .zero {
            context.logger.info("going to sleep")
            try await self.loop.sleep(for: self.nap)
            context.logger.info("woke up")
        }
        switch ProbeCommand.first(in: event) {
        case nil: return event
        case .fail: throw ProbeError()
        case .big: return Self.bigString
        case .context: return context.json
        case .some(.none): return []
        case .crash:
            context.logger.info("about to crash")
            fatalError("asked to crash")
        }
    }

    /// 7 MiB of JSON, more than a response may have.
    private static var bigString: [UInt8] {
        var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 7 * 1_024 * 1_024)
        bytes[0] = UInt8(ascii: "\"")
        bytes[bytes.count - 1] = UInt8(ascii: "\"")
        return bytes
    }
}
