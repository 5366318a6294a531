internal import ArgumentParser
internal import Foundation
internal import Orders
internal import Platform

/// `orders audit`: whether the numbers are right.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Proves the counters by the archive: every row that differs, with both values.",
        discussion: """
            The archive is counted anew, with what the stream has behind it, and compared with the Analytics table to the \
            last digit; each accepted order must have a row in the Orders table, each object must be whole, and each shard's \
            objects must follow one another. Orders may flow meanwhile: what is not counted yet is left out, and a row that \
            is being counted is compared as far as can be told. Exit status 0 only if everything agrees. It needs s3:ListBucket and s3:GetObject of \
            the archive, dynamodb:Query, BatchGetItem and, without --day and --from, Scan of the tables, dynamodb:GetItem and Scan \
            of the Checkpoints table, kinesis:ListShards, GetShardIterator and GetRecords, sqs:ReceiveMessage and \
            ChangeMessageVisibility of AnalyticsDLQ, with --repair sqs:GetQueueAttributes of it, and with --yes dynamodb:GetItem \
            and UpdateItem of the Analytics table and PutItem, UpdateItem and GetItem of the Orders table.
            """
    )

    @Option(
        help: ArgumentHelp(
            "The UTC day whose rows are compared, as 2025-08-27; default: every whole day of the archive and of the table.",
            valueName: "day"
        )
    )
    var day: String?

    @Option(help: ArgumentHelp("The first UTC day of a span.", valueName: "day"))
    var from: String?

    @Option(help: ArgumentHelp("The last UTC day of a span, itself included; default: today.", valueName: "day"))
    var to: String?

    @Flag(help: "Do not look for each order in the Orders table, which reads a key for each.")
    var withoutOrders = false

    @Flag(
        help: ArgumentHelp(
            "Set the rows that differ to what the archive adds up to, write those of orders that were refused when they were "
                + "archived and are accepted now, and say what was changed. A row of which the table has more than the "
                + "archive adds up to is left, and so is one that lacks something of a sum in which events count a "
                + "second time. Alone it says how many rows it would set; with --yes it does so."
        )
    )
    var repair = false

    @Flag(
        help: ArgumentHelp(
            "Let a repair set rows of which the table has more, too. Such a row may be right: an order of it may never have "
                + "been archived, or was accepted by rules that are stricter now. Name its day by --day."
        )
    )
    var lower = false

    @Flag(
        help: ArgumentHelp(
            "Let a repair set rows, too, that lack something of a sum in which events count a second time. Such a row "
                + "may be right: Deduplication or StreamRetentionDays may have been another when these events came."
        )
    )
    var repeated = false

    @Flag(help: "Really change the table.")
    var yes = false

    @OptionGroup var archive: ArchiveOptions

    @OptionGroup var options: StackOptions

    init() {}

    func validate() throws {
        if self.repair, self.archive.archive != nil {
            throw ValidationError(
                "--repair goes by the bucket: a copy may be older than the table, and rows would be set back to it."
            )
        }
        if self.yes, !self.repair { throw ValidationError("--yes goes with --repair.") }
        if self.lower, !self.repair { throw ValidationError("--lower goes with --repair.") }
        if self.repeated, !self.repair { throw ValidationError("--repeated goes with --repair.") }
        _ = try DayArguments.span(day: self.day, from: self.from, to: self.to)
    }

    func run() throws {
        let environment = self.options.environment(ProcessInfo.processInfo.environment)
        let loop = EventLoop()
        let access = try AWSAccess(environment: environment, loop: loop)
        let (command, span) = (self, try DayArguments.span(day: self.day, from: self.from, to: self.to))
        let (findings, changes) = try loop.run {
            let deployed = try await access.stack(name: command.options.stack, withStreams: false)
            let audit = ArchiveAudit(
                access: access,
                resources: try StackResources(deployed),
                rules: try CountingRules(try Template.load(command.options, environment, deployed)),
                span: span,
                looksForOrders: !command.withoutOrders,
                expirationDays: Int(deployed.parameters["ArchiveExpirationDays"] ?? "") ?? 0
            )
            // With --repeated nothing depends on what counts a second time.
            let tellsSecondCounts = command.repair && !command.repeated
            let findings = try await audit.run(command.archive, tellsSecondCounts: tellsSecondCounts)
            guard command.repair else { return (findings, Result<[String], any Error>.success([])) }
            do {
                let wishes = RepairWishes(lowers: command.lower, repeats: command.repeated)
                let changes = try await audit.repair(findings, wishes, isDryRun: !command.yes)
                return (findings, .success(changes))
            } catch {
                return (findings, .failure(error))
            }
        }
        // What took a walk through the archive to find is said, whatever becomes of the repair.
        let repaired = (try? changes.get()) ?? []
        try Console.result((findings.lines + repaired).joined(separator: "\n").utf8)
        _ = try changes.get()
        if !findings.isClean { throw ExitCode(1) }
    }
}
