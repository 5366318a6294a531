internal import AWSClient
package import ArgumentParser
internal import Foundation
internal import Orders
internal import PipesRunner
internal import Platform

/// `orders dashboard`: what the pipeline does, on a page that keeps itself up to date.
package struct DashboardCommand: ParsableCommand {
    /// The command's name and its help.
    package static let configuration = CommandConfiguration(
        commandName: "dashboard",
        abstract: "Serves a live page about the stack, on loopback, to your own browser.",
        discussion: """
            Revenue, orders, products, the last orders, notifications, the functions' records, queues, shards and \
            alarms, without reloading. The address has a secret in it: whoever has it, and is you on this machine, can \
            see what your credentials can read. Nothing can be changed by it. On AWS, each open page costs some reads \
            (docs/dashboard.md); without an open page nothing is read. It runs until SIGINT or SIGTERM.
            """
    )

    @Option(help: ArgumentHelp("The port of 127.0.0.1; default: a free one.", valueName: "port"))
    var port: UInt16?

    @Option(
        help: ArgumentHelp(
            """
            Keeps the address in this file, which only you can read, and takes it from there at the next start, so that \
            an open page goes on.
            """,
            valueName: "file"
        )
    )
    var addressFile: String?

    @OptionGroup var options: StackOptions

    /// The command before its arguments are parsed.
    package init() {}

    /// Serves the page until the command is stopped.
    package func run() throws {
        let environment = self.options.environment(ProcessInfo.processInfo.environment)
        let loop = EventLoop()
        let access = try AWSAccess(environment: environment, loop: loop)
        let stop = StopFlag()
        let signals = StopSignals(stop)
        let file = self.addressFile.map { URL(fileURLWithPath: $0) }
        let (port, stackName) = (self.port, self.options.stack)
        try withExtendedLifetime(signals) {
            try loop.run {
                _ = try await stop.cancelling(on: loop) {
                    let stack = try await access.stack(name: stackName)
                    let store = DashboardStore()
                    let kept = file.flatMap { DashboardAddress.kept(in: $0) }
                    let server = try DashboardServer(store: store, port: port, kept: kept)
                    let feeds = try DashboardFeeds(stack: stack, access: access, store: store)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await server.run() }
                        group.addTask { try await server.waitUntilListening() }
                        // A server that cannot listen says why.
                        try await group.next()
                        if let file { try server.address.keep(in: file) }
                        try Console.result(server.address.line.utf8)
                        group.addTask { await feeds.run(until: stop) }
                        // Whichever ends first: the feeds at the stop, or a server that cannot go on.
                        try await group.next()
                        group.cancelAll()
                    }
                }
            }
        }
    }
}
