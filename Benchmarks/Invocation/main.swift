import ArchiveAccounts
import BenchmarkSupport
import Glibc
import LambdaRuntime
import OrderFunctions
import Orders
import Platform

// InvocationBenchmark FUNCTION EVENT TIMES: invokes the function's handler with the event's bytes, in a process that
// talks to nobody, and prints the requests that it made and its last answer. For counting instructions: all that a
// bootstrap executes between the event's arrival and its answer's departure, but for sockets and TLS.
//
// InvocationBenchmark --archive FOLDER ORDERS: lets the archiver's handler write a day of so many orders into the folder, as
// a copy of its bucket has it.
//
// InvocationBenchmark --count OBJECT TIMES: counts an object of the archive anew, as `orders rebuild` does, and prints how many
// events counted.

let output = LogOutput(configuration: LogConfiguration(), clock: { Handlers.instant }, write: { _ in })

func invoke(_ handler: any LambdaHandler, with event: [UInt8]) async throws -> [UInt8] {
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
    let answer = try await handler.handle(event, context: context)
    logger.flush()
    return answer
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let number = Int(arguments[3]), number > 0 else {
    print("usage: InvocationBenchmark FUNCTION EVENT TIMES | --archive FOLDER ORDERS | --count OBJECT TIMES")
    exit(2)
}
if arguments[1] == "--archive" {
    let folder = ObjectFolder(arguments[2])
    let transport = CannedTransport { path, body in folder.keep(body, at: path) }
    let handler = try Handlers(transport: transport).handler(named: OrderArchiver.name)
    try EventLoop().run {
        var day = ArchivedDay(orders: number)
        try await day.forEachEvent { event in _ = try await invoke(handler, with: event) }
    }
    print(folder.count)
} else if arguments[1] == "--count" {
    let body = try FileBytes.read(arguments[2])
    var counters = RebuiltCounters()
    for _ in 0..<number {
        var account = ObjectAccount(object: 0, key: "", decoder: OrderRecordDecoder())
        account.add(linesOf: body)
        counters.add(account.events, lifetime: 0)
    }
    print(counters.summary.counted)
} else {
    let event = try FileBytes.read(arguments[2])
    let transport = CannedTransport()
    let handler = try Handlers(transport: transport).handler(named: arguments[1])
    let answer = try EventLoop().run {
        var answer: [UInt8] = []
        for _ in 0..<number { answer = try await invoke(handler, with: event) }
        return answer
    }
    print(transport.requests, String(decoding: answer, as: UTF8.self))
}
