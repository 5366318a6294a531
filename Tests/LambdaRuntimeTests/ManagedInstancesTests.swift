import Foundation
import LambdaRuntime
import Platform
import Synchronization
import Testing

/// Eight loops on eight threads, their invocations interleaved: every answer and every log line belongs to its own.
@Suite struct ManagedInstancesTests {
    static let slots = 8
    static let invocations = 10_000

    @Test func `concurrent invocations never mix`() throws {
        let left = Atomic<Int>(Self.invocations)
        let logs = (0..<Self.slots).map { _ in LogRecorder() }
        let answered = Atomic<Int>(0)
        let server = try ScriptedRuntimeAPI { api in
            let connections = try (0..<Self.slots).map { _ in try api.accept() }
            var inFlight = [Int?](repeating: nil, count: Self.slots)
            // One answer to each in turn, so that all are always in flight together.
            var remaining = true
            while remaining {
                remaining = false
                for (slot, connection) in connections.enumerated() {
                    if let number = inFlight[slot] {
                        let response = try connection.acceptResponse("id-\(number)")
                        #expect(response.text == "<event \(number)|id-\(number)|trace-\(number)>")
                        answered.add(1, ordering: .relaxed)
                        inFlight[slot] = nil
                    }
                    let number = left.subtract(1, ordering: .relaxed).newValue
                    if number >= 0 {
                        let trace = "Lambda-Runtime-Trace-Id: trace-\(number)"
                        try connection.serveEvent("id-\(number)", "event \(number)", headers: [trace])
                        inFlight[slot] = number
                        remaining = true
                    }
                }
            }
            for connection in connections { try connection.stop() }
        }
        let port = server.port
        let group = DispatchGroup()
        for log in logs {
            let thread = Thread {
                Self.runLoop(port, log); group.leave()
            }
            group.enter()
            thread.start()
        }
        #expect(group.wait(timeout: .now() + 120) == .success)
        try server.finish()
        #expect(answered.load(ordering: .relaxed) == Self.invocations)
        var lines = 0
        for log in logs {
            for line in log.lines where line.contains("handling") {
                lines += 1
                let number = try #require(line.split(separator: "handling ").last?.prefix { $0.isNumber })
                #expect(line.contains(#""function_request_id":"id-\#(number)""#))
                #expect(line.contains(#""xray_trace_id":"trace-\#(number)""#))
            }
        }
        #expect(lines == 2 * Self.invocations)
    }

    /// Suspends in the middle, as a handler that calls AWS does.
    private static func runLoop(_ port: UInt16, _ log: LogRecorder) {
        let handler = ClosureHandler { event, context in
            let text = String(decoding: event, as: UTF8.self)
            let number = text.dropFirst("event ".count)
            context.logger.info("handling \(number)")
            await Task.yield()
            context.logger.info("handling \(number) again")
            return Array("<\(text)|\(context.requestID)|\(context.traceID ?? "-")>".utf8)
        }
        let loop = InvocationLoop(
            handler: handler,
            connection: RuntimeAPIConnection(address: RuntimeAPIAddress(host: "127.0.0.1", port: port)),
            loop: EventLoop(),
            output: log.output(LogConfiguration())
        )
        _ = try? loop.run()
    }
}
