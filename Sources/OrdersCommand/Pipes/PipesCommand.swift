internal import AWSClient
package import ArgumentParser
internal import Foundation
internal import PipesRunner
internal import Platform

/// `orders pipes`: the template's Pipes, run here, for an AWS that does not deliver them.
package struct PipesCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "pipes",
        abstract: "Runs the Pipes of cloudformation.yaml against a deployed stack, as AWS would.",
        discussion: """
            Sources, filters, batches, retries, dead-letter queues and targets come from the template alone. It runs \
            until SIGINT or SIGTERM, finishes what is in flight, and prints what it did. Meant for the local AWS, which \
            does not deliver Pipes to functions: on AWS itself the Pipes run already, and this would deliver again.
            """
    )

    @OptionGroup var options: StackOptions

    package init() {}

    package func run() throws {
        let environment = self.options.environment(ProcessInfo.processInfo.environment)
        let loop = EventLoop()
        let access = try AWSAccess(environment: environment, loop: loop)
        let stop = StopFlag()
        let signals = StopSignals(stop)
        let options = self.options
        try withExtendedLifetime(signals) {
            try loop.run {
                let stack = try await access.stack(name: options.stack)
                let template = try Template.load(options, environment, stack)
                try await Self.run(try PipeDefinition.all(in: template), template, access, stop)
            }
        }
    }

    private static func run(
        _ pipes: [PipeDefinition],
        _ template: Template,
        _ access: AWSAccess,
        _ stop: StopFlag
    ) async throws {
        guard !pipes.isEmpty else { throw ToolError.badUse("\(template.file) has no AWS::Pipes::Pipe") }
        for warning in pipes.flatMap({ $0.warnings(file: template.file) }) { Console.note("warning: \(warning)") }
        let runners = pipes.map { (pipe: $0, runner: self.runner($0, access, stop)) }
        for pipe in pipes {
            Console.note("\(pipe.logicalID): \(pipe.streamARN) → \(pipe.functionARN)")
        }
        defer { stop.set() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (_, runner) in runners { group.addTask { try await runner.run() } }
            do {
                try await group.waitForAll()
            } catch {
                stop.set()
                throw error
            }
        }
        for (pipe, runner) in runners { Console.note("\(pipe.logicalID): \(await runner.summary)") }
    }

    private static func runner(_ pipe: PipeDefinition, _ access: AWSAccess, _ stop: StopFlag) -> StreamRunner {
        let log = RunnerLog(name: pipe.logicalID)
        return StreamRunner(
            settings: pipe.settings,
            stream: DynamoDBStreamSource(
                client: DynamoDBStreamsClient(session: access.session),
                streamARN: pipe.streamARN,
                filters: pipe.filters,
                time: access.loop
            ),
            target: LambdaTarget(
                client: LambdaClient(session: access.session),
                functionName: pipe.functionARN,
                timeout: LambdaTarget.pipeTimeout,
                time: access.loop
            ),
            deadLetters: pipe.deadLetterQueueURL.map { url in
                QueueDeadLetterSink(
                    client: SQSClient(session: access.session),
                    queueURL: url,
                    pipeARN: pipe.arn,
                    streamARN: pipe.streamARN,
                    time: access.loop
                )
            },
            time: access.loop,
            stop: stop,
            tell: { log.write($0) }
        )
    }
}
