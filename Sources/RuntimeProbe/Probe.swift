internal import LambdaRuntime

/// Echoes its event, unless a word in it asks for something else: what a test of the runtime, or of a server that runs
/// one, needs a function to do.
struct Probe: LambdaHandler {
    func handle(_ event: [UInt8], context: InvocationContext) async throws -> [UInt8] {
        switch ProbeCommand(in: event) {
        case .echo: return event
        case .fail: throw ProbeError()
        case .big: return Self.bigString
        case .context: return context.json
        case .none: return []
        case .crash: fatalError("asked to crash")
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
