package import ArgumentParser
internal import Foundation
internal import Orders
internal import Platform

/// `orders explain`: what became of an order, and why.
package struct ExplainCommand: ParsableCommand {
    /// The command's name and its help.
    package static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tells what became of orders and why: counted or not, each Pipe's filters and rules, dead letters.",
        discussion: """
            For each order: whether and where it was counted; for both Pipes every clause of the filters, and the \
            function's own rule, with the values that decided; the premium notification; dead letters. E-mail addresses \
            are masked. Exit status 1 if an order is found nowhere. Dead-letter queues are looked into: their messages \
            are hidden for the time of the look, and visible again behind it. On AWS the table's stream is read with \
            --changes only, since its two readers are the Pipes.
            """
    )

    @Argument(help: ArgumentHelp("Ids of orders; - or none: one on each line of standard input.", valueName: "id"))
    var ids: [String] = []

    @Flag(help: "One JSON object a line for each order.")
    var json = false

    @Flag(
        inversion: .prefixedNo,
        help: "Reads the table's stream for the changes of the last 24 hours; default: on the local AWS only."
    )
    var changes: Bool?

    @OptionGroup var search: SearchOptions

    @OptionGroup var options: StackOptions

    /// The command before its arguments are parsed.
    package init() {}

    /// Prints the way of each order through the pipeline.
    package func run() throws {
        let ids = try OrderArguments.ids(self.ids)
        let variables = ProcessInfo.processInfo.environment
        let environment = self.options.environment(variables)
        let loop = EventLoop()
        let access = try AWSAccess(environment: environment, loop: loop)
        let isLocal = StackEnvironment.isLocal(environment)
        if self.changes == true, !isLocal { Console.note(StreamReaders.warning) }
        let now = loop.now
        let window = try self.search.window(now: now)
        let request = OrderExplainer.Request(
            search: OrderSearch.Request(
                ids: ids,
                from: window.from,
                to: window.to,
                searchesAroundRows: self.search.from == nil,
                limits: ArchiveReader.Limits(objects: self.search.maxObjects),
                readFor: self.search.reading.duration
            ),
            readsChanges: self.changes ?? isLocal,
            now: now
        )
        let options = self.options
        let (explanations, scope) = try loop.run {
            let stack = try await access.stack(name: options.stack, withStreams: request.readsChanges)
            let template = try Template.load(options, environment, stack)
            let resources = try StackResources(stack)
            return try await OrderExplainer(access: access, template: template, resources: resources).explain(request)
        }
        let terminal = Terminal.standardOutput(variables)
        if self.json {
            for explanation in explanations { try Console.result(explanation.json(scope)) }
        } else {
            let blocks = explanations.filter(\.isFound).map {
                $0.lines(terminal, bucket: scope.stored.bucket, logs: scope.logs)
            }
            let text = blocks.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
            if !text.isEmpty { try Console.result(text.utf8) }
        }
        let missing = explanations.filter { !$0.isFound }
        if !self.json || !missing.isEmpty { scope.lines.forEach(Console.note) }
        if !missing.isEmpty { throw OrderArguments.notFound(missing.map(\.id)) }
    }
}
