internal import AWSClient
package import ArgumentParser
internal import Foundation
internal import Orders
internal import Platform

/// `orders show`: an order as it is stored.
package struct ShowCommand: ParsableCommand {
    /// The command's name and its help.
    package static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows orders as they are stored, and where their records are in the archive.",
        discussion: """
            Beside each attribute stands the instant of the message that it came from. E-mail addresses are masked, but \
            with --json. Exit status 1 if an order is found nowhere. It needs dynamodb:GetItem of the Orders table, \
            s3:ListBucket and s3:GetObject of the archive, and may read the order stream.
            """
    )

    @Argument(help: ArgumentHelp("Ids of orders; - or none: one on each line of standard input.", valueName: "id"))
    var ids: [String] = []

    @Flag(help: "One JSON object a line for each order, with the row in DynamoDB's spelling and nothing masked.")
    var json = false

    @OptionGroup var search: SearchOptions

    @OptionGroup var options: StackOptions

    /// The command before its arguments are parsed.
    package init() {}

    /// Prints each order's row and records.
    package func run() throws {
        let ids = try OrderArguments.ids(self.ids)
        let variables = ProcessInfo.processInfo.environment
        let environment = self.options.environment(variables)
        let loop = EventLoop()
        let access = try AWSAccess(environment: environment, loop: loop)
        let window = try self.search.window(now: loop.now)
        let request = OrderSearch.Request(
            ids: ids,
            from: window.from,
            to: window.to,
            searchesAroundRows: self.search.from == nil,
            limits: ArchiveReader.Limits(objects: self.search.maxObjects),
            readFor: self.search.reading.duration
        )
        let options = self.options
        let found = try loop.run {
            let deployed = try await access.stack(name: options.stack, withStreams: false)
            let template = try Template.load(options, environment, deployed)
            let search = OrderSearch(
                access: access,
                resources: try StackResources(deployed),
                inputRules: try template.inputRules(of: "OrderArchiver")
            )
            return try await search.find(request)
        }
        let orders = ids.map {
            ShownOrder(id: $0.text, row: found.rows[$0], records: found.archive.records[$0] ?? [])
        }
        let terminal = Terminal.standardOutput(variables)
        if self.json {
            for order in orders { try Console.result(order.json(bucket: found.bucket)) }
        } else {
            let blocks = orders.filter(\.isFound).map { $0.lines(terminal, bucket: found.bucket) }
            let text = blocks.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
            if !text.isEmpty { try Console.result(text.utf8) }
        }
        let missing = orders.filter { !$0.isFound }
        if !self.json || !missing.isEmpty { found.lines.forEach(Console.note) }
        if !missing.isEmpty { throw OrderArguments.notFound(missing.map(\.id)) }
    }
}
