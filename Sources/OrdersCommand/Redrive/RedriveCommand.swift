internal import AWSClient
internal import AWSOperations
package import ArgumentParser
internal import Foundation
internal import OrderFunctions
internal import PipesRunner
internal import Platform

/// `orders redrive`: what landed in a dead-letter queue, once more.
package struct RedriveCommand: ParsableCommand {
    /// The command's name and its help.
    package static let configuration = CommandConfiguration(
        commandName: "redrive",
        abstract: "Delivers again what landed in a dead-letter queue, once its cause is mended.",
        discussion: """
            --pipe: messages of the Pipe itself. They point to records, which are fetched from the stream (24 hours) and \
            sent to the Pipe's function. --queue: messages that functions sent, which hold or point to the whole record; \
            messages of a queue that SQS or SNS itself fills (OrderDLQ, OrderTopicDLQ) go where they were to be. What is \
            delivered is deleted from the queue; what fails, or is gone, is reported and stays, as does what a function \
            refuses again. SIGINT and SIGTERM end it behind the message at hand, or 2 s later, and what is left can be \
            received again at once. Exit status 1 if anything stays, or may.
            """
    )

    @Option(help: ArgumentHelp("A Pipe, by its name or its name in the template.", valueName: "name"))
    var pipe: String?

    @Option(help: ArgumentHelp("A queue, by its name or its name in the template.", valueName: "name"))
    var queue: String?

    @Flag(help: "Shows what would be done, and does nothing.")
    var dryRun = false

    @OptionGroup var options: StackOptions

    /// The command before its arguments are parsed.
    package init() {}

    /// Refuses options that do not go together.
    package func validate() throws {
        guard (self.pipe == nil) != (self.queue == nil) else {
            throw ValidationError("Name one of --pipe and --queue.")
        }
    }

    /// Delivers the dead letters again, or says what it would deliver.
    package func run() throws {
        let environment = self.options.environment(ProcessInfo.processInfo.environment)
        let loop = EventLoop()
        let access = try AWSAccess(environment: environment, loop: loop)
        let stop = StopFlag()
        let signals = StopSignals(stop)
        let (options, pipe, queue, isDryRun) = (self.options, self.pipe, self.queue, self.dryRun)
        let outcome: Outcome? = try withExtendedLifetime(signals) {
            try loop.run {
                try await stop.cancelling(on: loop) { () async throws -> Outcome in
                    // Only the letters of a Pipe point to records of a table's stream.
                    let stack = try await access.stack(name: options.stack, withStreams: pipe != nil)
                    let template = try Template.load(options, environment, stack)
                    let redeliverer = Redeliverer(access: access, template: template, isDryRun: isDryRun)
                    if let pipe { return try await Self.redrive(pipe: pipe, redeliverer, stop) }
                    return try await Self.redrive(queue: queue ?? "", redeliverer, stop)
                }
            }
        }
        try self.report(outcome)
    }

    /// What became of the letters.
    private enum Outcome: Sendable {
        /// SQS has moved them back, or would.
        case moved
        /// Each was taken by itself; so many more seem to be in the queue, and nobody can receive them yet.
        case redriven(QueueRedrive.Result, hidden: Int)
        /// None could be received: there is none but those that somebody else has received, or that are not due yet.
        case nothing(hidden: Int)
    }

    /// Says what became of the letters; throws where some may be left.
    private func report(_ outcome: Outcome?) throws {
        switch outcome {
        case nil:
            Console.note("stopped")
            throw ExitCode(1)
        case .moved?: return
        case .nothing(let hidden)?:
            let place = self.pipe.map { "the dead-letter queue of \($0)" } ?? self.queue ?? ""
            guard hidden > 0 else { return Console.note("nothing to redrive: \(place) is empty") }
            let count = "\(hidden.counting("message")) \(hidden == 1 ? "is" : "are")"
            Console.note(
                "nothing can be received from \(place): about \(count) hidden, as by a redrive that was cut off, for up "
                    + "to \(QueueRedrive.hidingSeconds / 60) minutes: run it again"
            )
            throw ExitCode(1)
        case .redriven(let result, let hidden)?:
            let verb = self.dryRun ? "would deliver" : "delivered"
            Console.note(
                "\(result.isStopped ? "stopped: " : "")\(verb) \(result.delivered.counting("dead letter")), "
                    + "left \(result.kept)\(result.isStopped ? " and what it had not received" : "")"
            )
            if hidden > 0 {
                Console.note(
                    "about \(hidden.counting("message")) \(hidden == 1 ? "is" : "are") hidden or delayed, perhaps by "
                        + "an earlier run, for up to \(QueueRedrive.hidingSeconds / 60) minutes: run it again then"
                )
            }
            if result.kept > 0 || result.held > 0 || result.isStopped || result.isCutOff { throw ExitCode(1) }
        }
    }

    private static func redrive(
        pipe name: String,
        _ redeliverer: Redeliverer,
        _ stop: StopFlag
    ) async throws -> Outcome {
        let pipes = try PipeDefinition.all(in: redeliverer.template)
        guard let pipe = pipes.first(where: { $0.logicalID == name || $0.arn.hasSuffix(":pipe/\(name)") }) else {
            throw ToolError.badUse("no Pipe \(name): there are \(pipes.map(\.logicalID).joined(separator: ", "))")
        }
        guard let queueURL = pipe.deadLetterQueueURL else {
            throw ToolError.badUse("\(name) has no dead-letter queue: what it gave up on is lost")
        }
        return try await self.redrive(queueURL, redeliverer, stop) { try await redeliverer.redeliver($0, of: pipe) }
    }

    private static func redrive(
        queue name: String,
        _ redeliverer: Redeliverer,
        _ stop: StopFlag
    ) async throws -> Outcome {
        let stack = redeliverer.template.stack
        let queues = stack.resources.filter { $0.value.type == "AWS::SQS::Queue" }
        guard
            let logicalID = queues.first(where: { $0.key == name || $0.value.physicalID.hasSuffix("/\(name)") })?.key,
            let queueURL = queues[logicalID]?.physicalID, let arn = stack.attribute("Arn", of: logicalID)
        else {
            throw ToolError.badUse("no queue \(name): there are \(queues.keys.sorted().joined(separator: ", "))")
        }
        guard try !self.isRead(arn, redeliverer.template) else {
            // Looking at a live message counts as a receive: after a few SQS would dead-letter it.
            throw ToolError.badUse("\(name) is no dead-letter queue: a function reads it")
        }
        guard let origin = try self.origin(ofDeadLetters: arn, redeliverer.template) else {
            let scope = try RedriveScope(lettersOf: queueURL, in: redeliverer.template)
            let counts = scope.functions[AnalyticsAggregator.name] != nil
            let room = counts ? try RedriveRoom(access: redeliverer.access, template: redeliverer.template) : nil
            return try await self.redrive(queueURL, redeliverer, stop) {
                try await redeliverer.redeliver($0, in: scope, room: room)
            }
        }
        let access = redeliverer.access
        let sqs = SQSClient(session: access.session)
        if redeliverer.isDryRun {
            let name = "ApproximateNumberOfMessages"
            let attributes = try await sqs.getQueueAttributes(
                queueURL: queueURL,
                names: [name],
                deadline: access.deadline
            )
            let count = attributes[name].flatMap(Int.init) ?? 0
            Console.note("would move about \(count.counting("message")) back to \(origin.queueURL)")
            return .moved
        }
        if origin.isMovedBySQS {
            let move = MoveTask(sqs: sqs, queueARN: arn, source: origin.queueURL, time: access.time)
            if try await move.run() { return .moved }
        }
        return try await self.redrive(queueURL, redeliverer, stop) { message in
            let input = SendMessageInput(
                queueURL: origin.queueURL,
                messageBody: message.body,
                messageAttributes: message.messageAttributes
            )
            try await sqs.sendMessage(input, deadline: access.deadline)
            return .delivered("moved back to \(origin.queueURL)")
        }
    }

    /// Whether an event source mapping of the template reads the queue.
    private static func isRead(_ arn: String, _ template: Template) throws -> Bool {
        try template.resources(ofType: "AWS::Lambda::EventSourceMapping").contains { logicalID, value in
            try ResourceProperties(template: template, value: value, path: logicalID).text("EventSourceArn") == arn
        }
    }

    /// The queue that messages of a dead-letter queue belong in.
    private struct Origin {
        let queueURL: String
        /// Whether the dead letters are the queue's own.
        ///
        /// What SNS failed to put into the queue, SQS does not move: `StartMessageMoveTask` takes dead-letter queues of
        /// queues only.
        let isMovedBySQS: Bool
    }

    /// Where the template lets failures go to this dead-letter queue from (`RedrivePolicy`); nil if no queue does and no
    /// subscription of one.
    private static func origin(ofDeadLetters arn: String, _ template: Template) throws -> Origin? {
        for (logicalID, value) in try template.resources(ofType: "AWS::SQS::Queue") {
            let properties = ResourceProperties(template: template, value: value, path: logicalID)
            guard try properties.properties("RedrivePolicy").text("deadLetterTargetArn") == arn,
                let queueURL = template.stack.resources[logicalID]?.physicalID
            else { continue }
            return Origin(queueURL: queueURL, isMovedBySQS: true)
        }
        for (logicalID, value) in try template.resources(ofType: "AWS::SNS::Subscription") {
            let properties = ResourceProperties(template: template, value: value, path: logicalID)
            guard try properties.properties("RedrivePolicy").text("deadLetterTargetArn") == arn,
                let endpoint = try properties.text("Endpoint"), let queueURL = template.stack.queueURL(arn: endpoint)
            else { continue }
            return Origin(queueURL: queueURL, isMovedBySQS: false)
        }
        return nil
    }

    private static func redrive(
        _ queueURL: String,
        _ redeliverer: Redeliverer,
        _ stop: StopFlag,
        _ handle: @escaping @Sendable (SQSMessage) async throws -> MessageFate
    ) async throws -> Outcome {
        let access = redeliverer.access
        let redrive = QueueRedrive(
            sqs: SQSClient(session: access.session),
            queueURL: queueURL,
            time: access.time,
            isDryRun: redeliverer.isDryRun,
            stop: stop,
            executor: access.loop,
            onFailure: { Self.failure($0).report() }
        )
        let result: QueueRedrive.Result
        do {
            result = try await redrive.run(handle)
        } catch {
            // The failure has been reported.
            throw ExitCode(Self.failure(error).code.exitStatus)
        }
        guard result == QueueRedrive.Result() else {
            let hidden = await Self.hiddenCount(of: queueURL, beside: result, access)
            return .redriven(result, hidden: hidden)
        }
        let depth = try await QueueReader(access: access).depth(of: queueURL)
        return .nothing(hidden: depth.inFlight + depth.delayed)
    }

    /// How many messages of the queue nobody can receive, beside those that the run itself has hidden.
    ///
    /// 0 unless there are more than it has received: for a minute or so SQS may still count what is deleted or visible
    /// again. It may as well count what a run before this one received, so that the number proves nothing.
    private static func hiddenCount(
        of queueURL: String,
        beside result: QueueRedrive.Result,
        _ access: AWSAccess
    ) async -> Int {
        guard !result.isStopped, let depth = try? await QueueReader(access: access).depth(of: queueURL) else {
            return 0
        }
        let hidden = depth.inFlight + depth.delayed
        return hidden > result.delivered + result.kept ? hidden - result.held : 0
    }

    private static func failure(_ error: any Error) -> ToolError {
        if let known = error as? ToolError { return known }
        return .failed((error as? AWSError)?.advisedDescription ?? "\(error)")
    }
}
