internal import AWSClient
internal import AWSOperations
package import ArgumentParser
internal import Foundation
internal import Platform

/// `orders replay`: archived records into a stream again.
package struct ReplayCommand: ParsableCommand {
    /// The command's name and its help.
    package static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Puts archived records into a Kinesis stream again.",
        discussion: """
            Every record that arrived in the span goes out with the bytes and the partition key that its producer gave it, and \
            records of one key in their order. An interrupted run goes on with --state; at most the records of one object are \
            then sent twice. It needs s3:ListBucket and s3:GetObject of the archive, and kinesis:ListShards and PutRecords \
            of the stream.
            """
    )

    @Option(help: ArgumentHelp("From then on: a UTC day, an instant, or 7d, 36h, 30m ago.", valueName: "time"))
    var from: String

    @Option(help: ArgumentHelp("Up to then, a day itself included; default: now.", valueName: "time"))
    var to: String?

    @Option(help: ArgumentHelp("The stream that the records are put into.", valueName: "name"))
    var stream: String

    @Option(help: ArgumentHelp("Records a second at most; a shard takes 1,000.", valueName: "number"))
    var rate = 500

    @Option(help: ArgumentHelp("A file that keeps how far it is.", valueName: "file"))
    var state: String?

    @Flag(help: "Allow the stream that the pipeline itself reads.")
    var intoThePipeline = false

    @OptionGroup var options: StackOptions

    /// The command before its arguments are parsed.
    package init() {}

    /// Refuses times and rates that are none.
    package func validate() throws {
        if self.rate < 1 { throw ValidationError("--rate must be at least 1.") }
        _ = try self.window(now: SystemClock.now)
    }

    /// Puts the records.
    package func run() throws {
        let environment = self.options.environment(ProcessInfo.processInfo.environment)
        let loop = EventLoop()
        let access = try AWSAccess(environment: environment, loop: loop)
        let (command, window) = (self, try self.window(now: loop.now))
        let outcome = try loop.run {
            let deployed = try await access.stack(name: command.options.stack, withStreams: false)
            let resources = try StackResources(deployed)
            if resources.isOrderStream(command.stream) {
                let rules = try CountingRules(try Template.load(command.options, environment, deployed))
                guard command.intoThePipeline else { throw Self.refusal(rules, command.stream) }
            }
            try await Self.check(command.stream, access)
            let replay = ArchiveReplay(
                store: BucketStore(
                    s3: S3Client(session: access.session),
                    bucket: resources.archiveBucket,
                    time: access.time
                ),
                writer: OrderedRecordWriter(
                    client: KinesisClient(session: access.session),
                    streamName: command.stream,
                    time: access.time
                ),
                time: access.time,
                rate: command.rate
            )
            var state = try ReplayState(
                file: command.state,
                purpose:
                    "\(resources.archiveBucket) to \(command.stream), \(window.from.iso8601) to \(window.to.iso8601)"
            )
            return try await replay.run(window, &state)
        }
        Console.note(
            "put \(outcome.records.counting("record")) of \(outcome.objects.counting("object")) into \(self.stream)"
                + (outcome.repeated > 0 ? "; \(outcome.repeated) stand in two objects, and went once" : "")
                + (outcome.skipped > 0 ? "; \(outcome.skipped) were no records, and are left out" : "")
        )
    }

    /// Throws where there is no such stream: before an archive is read for it, which may have nothing of the span.
    private static func check(_ stream: String, _ access: AWSAccess) async throws {
        do throws(AWSError) {
            _ = try await KinesisClient(session: access.session).listShards(
                streamName: stream,
                deadline: access.deadline
            )
        } catch {
            guard error.code == .resourceNotFound else { throw error }
            throw ToolError.badUse("there is no stream \(stream) at \(access.place)")
        }
    }

    private static func refusal(_ rules: CountingRules, _ stream: String) -> ToolError {
        let what =
            rules.lifetime > 0
            ? "An order with a MessageId that arrived within the last \(rules.lifetime / 86_400) days does not count again; "
                + "an older one, and one without a MessageId, does"
            : "Every order counts again, since Deduplication=shard remembers none"
        return .badUse(
            "\(stream) is the stream that the pipeline reads. \(what). If that is what you want: --into-the-pipeline"
        )
    }

    private func window(now: UTCInstant) throws -> HourWindow {
        let from = try TimeArgument.required(self.from, "--from", now: now)
        let to = try self.to.map { try TimeArgument.required($0, "--to", now: now, endOfDay: true) } ?? now
        guard from < to else { throw ValidationError("--from must be before --to, or before now.") }
        return HourWindow(from: from, to: to)
    }
}
