internal import LambdaRuntime
internal import Platform

/// Echoes its event, unless a word in it asks for something else: what a test of the runtime, or of a server that runs
/// one, needs a function to do.
struct Probe: LambdaHandler {
    let loop: EventLoop

    func handle(_ event: [UInt8], context: InvocationContext) async throws -> [UInt8] {
        switch ProbeCommand.first(in: event) {
        case nil: return event
        case .fail: throw ProbeError()
        case .big: return Self.bigString
        case .context: return context.json
        case .some(.none): return []
        case .crash:
            context.logger.info("about to crash")
            fatalError("asked to crash")
        case .nap:
            context.logger.info("going to sleep")
            try await self.loop.sleep(for: .milliseconds(Self.number(in: event)))
            context.logger.info("woke up")
            return event
        }
    }

    /// The first number in the event; 0 if there is none.
    private static func number(in event: [UInt8]) -> Int {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let text = event.drop { !digits.contains($0) }.prefix { digits.contains($0) }
        return Int(String(decoding: text, as: UTF8.self)) ?? 0
    }

    /// 7 MiB of JSON, more than a response may have.
    private static var bigString: [UInt8] {
        var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 7 * 1_024 * 1_024)
        bytes[0] = UInt8(ascii: "\"")
        bytes[bytes.count - 1] = UInt8(ascii: "\"")
        return bytes
    }
}
