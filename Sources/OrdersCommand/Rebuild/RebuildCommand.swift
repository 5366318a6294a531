internal import AWSClient
internal import ArchiveAccounts
internal import ArgumentParser
internal import Foundation
internal import Orders
internal import Platform

/// `orders rebuild`: the counters, made anew out of the archive.
struct RebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Counts the archive anew, into a table of its own.",
        discussion: """
            Every archived record is read by the decoder and the rules of the aggregator, and each event counts once: the \
            first that arrived, and a repetition of it only after the configured lifetime. The table must exist, with keys PK \
            and SK (strings), and be another than the stack's own; rows that are as they are to be are left alone, so that a \
            second run writes nothing. Exit status 1, and nothing is written, where an object is not whole, or a shard has \
            a gap behind its first object, no object left, or lost one that cannot have expired. It needs s3:ListBucket and \
            s3:GetObject of the archive, dynamodb:Query and \
            dynamodb:PutItem of that table; with --with-stream, dynamodb:GetItem and Scan of the Checkpoints table, \
            kinesis:ListShards, GetShardIterator and GetRecords.
            """
    )

    @Option(help: ArgumentHelp("The table that the rows are put into.", valueName: "table"))
    var into: String?

    @Flag(help: "Count, and write nothing.")
    var dryRun = false

    @Flag(help: "Count what the order stream still has behind the archive, too.")
    var withStream = false

    @OptionGroup var archive: ArchiveOptions

    @Option(
        help: ArgumentHelp(
            "Keep what was read in this folder: a run that ends in the middle goes on there, and another reads only "
                + "what is new. Default: a temporary one. It needs about 250 bytes a record.",
            valueName: "folder"
        )
    )
    var workFolder: String?

    @OptionGroup var options: StackOptions

    init() {}

    func validate() throws {
        if (self.into == nil) == !self.dryRun {
            throw ValidationError("Name the table for the rows (--into), or count only (--dry-run).")
        }
    }

    func run() throws {
        let environment = self.options.environment(ProcessInfo.processInfo.environment)
        let loop = EventLoop()
        let access = try AWSAccess(environment: environment, loop: loop)
        let (command, clock) = (self, SystemClock.uptime)
        let (account, outcome) = try loop.run {
            let deployed = try await access.stack(name: command.options.stack, withStreams: false)
            let template = try Template.load(command.options, environment, deployed)
            let resources = try StackResources(deployed)
            guard command.into.map(resources.isAnalyticsTable) != true else {
                throw ToolError.badUse(
                    "\(resources.analyticsTable) is the table that the stack counts in: rebuild into another, and compare them "
                        + "by orders audit, which also sets rows right"
                )
            }
            let rebuild = ArchiveRebuild(
                access: access,
                resources: resources,
                rules: try CountingRules(template),
                expirationDays: Int(deployed.parameters["ArchiveExpirationDays"] ?? "") ?? 0
            )
            if let table = command.into { try await rebuild.check(table) }
            let account = try await rebuild.account(
                command.archive,
                workFolder: command.workFolder,
                withStream: command.withStream
            )
            // A table of counters that are not to be relied on would look like any other.
            guard let table = command.into, account.flaws.isEmpty else { return (account, CounterTable.Outcome?.none) }
            return (account, try await rebuild.write(account.counters, into: table))
        }
        let seconds = (SystemClock.uptime - clock) / .seconds(1)
        try Console.result(account.lines(outcome, seconds: seconds).joined(separator: "\n").utf8)
        try account.check()
    }
}
