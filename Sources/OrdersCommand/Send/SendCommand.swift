internal import AWSClient
package import ArgumentParser
internal import Foundation
internal import Platform
internal import Synchronization

/// `orders send`: orders in, by the pipeline's own entrances.
package struct SendCommand: ParsableCommand {
    /// The command's name and its help.
    package static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Sends orders to the stack's SNS topic or Kinesis stream.",
        usage: "orders send (--sns | --kinesis) [<file> ...] [--topic <arn> | --stream <name>] [<options>]",
        discussion: """
            A file holds one order per line, an array of orders, or one order; a line may hold an array, too. - or no \
            file is standard input. Every order goes out byte for byte as it stands. All files are read, and checked for \
            being JSON objects, before the first one is sent; what an order must have is checked by the functions. \
            Orders of one id are sent in their order.
            """
    )

    /// The two entrances.
    enum Entrance: EnumerableFlag {
        case sns
        case kinesis
    }

    @Flag(help: "The entrance: as messages of SNS, or as records of Kinesis.")
    var entrance: Entrance

    @Argument(help: ArgumentHelp("Files with orders as JSON.", valueName: "file"))
    var files: [String] = []

    @Option(help: ArgumentHelp("The topic, instead of the stack's OrderTopicArn.", valueName: "arn"))
    var topic: String?

    @Option(help: ArgumentHelp("The stream, instead of the stack's OrderStreamName.", valueName: "name"))
    var stream: String?

    @OptionGroup var options: StackOptions

    /// A file of more orders is better sent in parts: all of it is held in memory and checked first.
    private static let maximumFileSize = 1_024 * 1_024 * 1_024

    /// The command before its arguments are parsed.
    package init() {}

    /// Refuses options that do not go together.
    package func validate() throws {
        if self.topic != nil && self.entrance != .sns { throw ValidationError("--topic goes with --sns.") }
        if self.stream != nil && self.entrance != .kinesis { throw ValidationError("--stream goes with --kinesis.") }
    }

    /// Sends the orders of the files, or of the standard input.
    package func run() throws {
        let files = self.files.isEmpty ? ["-"] : self.files
        let documents = try files.flatMap {
            try OrderDocument.split(try InputFile.bytes($0, limit: Self.maximumFileSize), file: InputFile.name($0))
        }
        guard !documents.isEmpty else {
            let places = files.map(InputFile.name).joined(separator: ", ")
            throw ToolError.badUse("no orders in \(places): one JSON text, an array of them, or one on each line")
        }
        let environment = self.options.environment(ProcessInfo.processInfo.environment)
        let loop = EventLoop()
        let access = try AWSAccess(environment: environment, loop: loop)
        let (entrance, topic, stream, stack) = (self.entrance, self.topic, self.stream, self.options.stack)
        let progress = SendProgress(total: documents.count)
        let begin = SystemClock.uptime
        do {
            let destination = try loop.run {
                let name = entrance == .sns ? "OrderTopicArn" : "OrderStreamName"
                let given = entrance == .sns ? topic : stream
                let target = if let given { given } else { try await access.output(name, ofStack: stack) }
                let sender: any OrderSender =
                    switch entrance {
                    case .sns:
                        TopicSender(client: SNSClient(session: access.session), topicARN: target, time: access.time)
                    case .kinesis:
                        StreamSender(
                            client: KinesisClient(session: access.session),
                            streamName: target,
                            time: access.time
                        )
                    }
                try await sender.send(documents, progress: { progress.add($0) })
                return sender.destination
            }
            let seconds = (SystemClock.uptime - begin) / .seconds(1)
            let took = String(format: "%.1f", seconds)
            Console.note("sent \(documents.count.counting("order")) to \(destination) in \(took) s")
        } catch let error as ToolError where error.code == .failed {
            throw ToolError.failed("\(error). Sent: \(progress.sent) of \(documents.count.counting("order"))")
        }
    }
}

/// Counts what is sent and says so once a second.
final class SendProgress: Sendable {
    private let total: Int
    private let state: Mutex<(sent: Int, told: Duration)>

    init(total: Int) {
        self.total = total
        self.state = Mutex((0, SystemClock.uptime))
    }

    var sent: Int { self.state.withLock { $0.sent } }

    func add(_ count: Int) {
        let now = SystemClock.uptime
        let line: String? = self.state.withLock { state in
            state.sent += count
            guard now - state.told >= .seconds(1), state.sent < self.total else { return nil }
            state.told = now
            return "sent \(state.sent) of \(self.total)"
        }
        if let line { Console.note(line) }
    }
}
