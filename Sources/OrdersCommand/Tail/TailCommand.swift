internal import AWSClient
package import ArgumentParser
internal import Foundation
internal import Orders
internal import PipesRunner
internal import Platform

/// `orders tail`: what happens, as it happens.
package struct TailCommand: ParsableCommand {
    /// The command's name and its help.
    package static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Shows records, changes, logs and dead letters as they come, a line each, until Ctrl-C.",
        usage: "orders tail [--stream] [--changes] [--logs] [--dead-letters] [--order <id>] [<options>]",
        discussion: """
            Without a choice, --stream and --logs. In lines for people e-mail addresses are masked; --json gives \
            everything as it is. Lines have colours on a terminal, unless NO_COLOR is set. SIGINT and SIGTERM end it \
            with exit status 0. On AWS, --changes is a third reader of the table's stream beside the two Pipes, which \
            DynamoDB throttles. Dead-letter queues are looked into when their depth changes, and every 30 s while they \
            hold anything: their messages are hidden for the time of the look.
            """
    )

    @Flag(help: "Records of the order stream, with what the functions make of them.")
    var stream = false

    @Flag(help: "Changes of the Orders table.")
    var changes = false

    @Flag(help: "The logs of all functions.")
    var logs = false

    @Flag(help: "Messages of the dead-letter queues: those that are there, and those that come.")
    var deadLetters = false

    @Option(
        help: ArgumentHelp(
            "Only what is about this order; log lines of all functions by its message and correlation ids too.",
            valueName: "id"
        )
    )
    var order: String?

    @Option(
        help: ArgumentHelp(
            "From then on: a UTC day, an instant, or 2h, 15m, 30s ago; default: from now on.",
            valueName: "time"
        )
    )
    var since: String?

    @Flag(help: "One JSON object a line, with everything as it is.")
    var json = false

    @OptionGroup var options: StackOptions

    /// The command before its arguments are parsed.
    package init() {}

    /// Refuses an id or a time that cannot be one.
    package func validate() throws {
        if let order, OrderID(order) == nil {
            throw ValidationError("--order: an order's id has 1 to \(OrderID.maximumLength) bytes.")
        }
        if let since, TimeArgument.parse(since, now: SystemClock.now) == nil {
            throw ValidationError("--since \(since) is no time: 2025-08-27, 2025-08-27T18:08:00Z, or 2h, 15m, 30s ago.")
        }
    }

    /// Shows what happens in the pipeline until it is stopped.
    package func run() throws {
        let variables = ProcessInfo.processInfo.environment
        let environment = self.options.environment(variables)
        let loop = EventLoop()
        let access = try AWSAccess(environment: environment, loop: loop)
        let stop = StopFlag()
        let signals = StopSignals(stop)
        let isChosen = self.stream || self.changes || self.logs || self.deadLetters
        let choice = TailSources.Choice(
            stream: self.stream || !isChosen,
            changes: self.changes,
            logs: self.logs || !isChosen,
            deadLetters: self.deadLetters
        )
        if choice.changes, !StackEnvironment.isLocal(environment) { Console.note(StreamReaders.warning) }
        let (options, order) = (self.options, self.order.flatMap { OrderID($0) })
        let since = self.since.flatMap { TimeArgument.parse($0, now: loop.now) }
        let output = TailOutput(terminal: .standardOutput(variables), isJSON: self.json)
        try withExtendedLifetime(signals) {
            try loop.run {
                _ = try await stop.cancelling(on: loop) {
                    let stack = try await access.stack(name: options.stack, withStreams: choice.changes)
                    let template = try Template.load(options, environment, stack)
                    let sources = TailSources(
                        access: access,
                        template: template,
                        resources: try StackResources(stack),
                        order: order,
                        since: since,
                        output: output,
                        stop: stop
                    )
                    try await sources.run(choice)
                }
            }
        }
    }
}

/// Where the lines go.
struct TailOutput: Sendable {
    let terminal: Terminal
    let isJSON: Bool

    func show(_ line: TailLine) throws {
        try Console.result(self.isJSON ? line.json : Array(line.text.utf8))
    }
}
