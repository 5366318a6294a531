import BenchmarkSupport
import Glibc
import LambdaRuntime
import Platform

// InvocationBenchmark FUNCTION EVENT TIMES: invokes the function's handler with the event's bytes, in a process that
// talks to nobody, and prints the requests that it made and its last answer. For counting instructions: all that a
// bootstrap executes between the event's arrival and its answer's departure, but for sockets and TLS.

guard CommandLine.arguments.count == 4, let times = Int(CommandLine.arguments[3]), times > 0 else {
    print("usage: InvocationBenchmark FUNCTION EVENT TIMES")
    exit(2)
}
let event = try FileBytes.read(CommandLine.arguments[2])
let transport = CannedTransport()
let handler = try Handlers(transport: transport).handler(named: CommandLine.arguments[1])
let output = LogOutput(configuration: LogConfiguration(), clock: { Handlers.instant }, write: { _ in })
let answer = try EventLoop().run {
    var answer: [UInt8] = []
    for _ in 0..<times {
        let logger = Logger(
            output: output,
            requestID: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            traceID: nil,
            coldStart: false
        )
        let context = InvocationContext(
            requestID: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            deadline: Handlers.instant + .seconds(30),
            logger: logger
        )
        answer = try await handler.handle(event, context: context)
        logger.flush()
    }
    return answer
}
print(transport.requests, String(decoding: answer, as: UTF8.self))
