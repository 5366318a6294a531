package import ArgumentParser
internal import Foundation
internal import PipesRunner
internal import Platform

/// `orders pipes`: the template's Pipes, run here, for an AWS that does not deliver them.
package struct PipesCommand: ParsableCommand {
    /// The command's name and its help.
    package static let configuration = CommandConfiguration(
        commandName: "pipes",
        abstract: "Runs the Pipes of cloudformation.yaml against a deployed stack, as AWS would.",
        discussion: """
            Sources, filters, batches, retries, dead-letter queues and targets come from the template alone. It runs \
            until SIGINT or SIGTERM, finishes what is in flight, and prints what it did. Meant for the local AWS, which \
            does not deliver Pipes to functions: on AWS itself the Pipes run already, and this would deliver again.
            """
    )

    @Flag(
        help: """
            Also runs the template's Kinesis event source mappings, with AWS's semantics: the local AWS skips past \
            failed records. Its own mappings have to be disabled.
            """
    )
    var mappings = false

    @OptionGroup var options: StackOptions

    /// The command before its arguments are parsed.
    package init() {}

    /// Runs the template's Pipes, and its mappings where they are asked for, until it is stopped.
    package func run() throws {
        let environment = self.options.environment(ProcessInfo.processInfo.environment)
        let loop = EventLoop()
        let access = try AWSAccess(environment: environment, loop: loop)
        let stop = StopFlag()
        let signals = StopSignals(stop)
        let (options, mappings) = (self.options, self.mappings)
        try withExtendedLifetime(signals) {
            try loop.run {
                let found = try await stop.cancelling(on: loop) { try await access.stack(name: options.stack) }
                guard let stack = found else { return }
                let template = try Template.load(options, environment, stack)
                let pipes = try PipeDefinition.all(in: template)
                guard !pipes.isEmpty else { throw ToolError.badUse("\(template.file) has no AWS::Pipes::Pipe") }
                for warning in pipes.flatMap({ $0.warnings(file: template.file) }) {
                    Console.note("warning: \(warning)")
                }
                var runners = pipes.filter { $0.desiredState == .running }.map { LocalRunner($0, access, stop) }
                var idle = pipes.filter { $0.desiredState == .stopped }.map(\.logicalID)
                if mappings {
                    let all = try MappingDefinition.all(in: template)
                    runners += all.filter(\.isEnabled).map { LocalRunner($0, access, stop) }
                    idle += all.filter { !$0.isEnabled }.map(\.logicalID)
                }
                for name in idle { Console.note("\(name): stopped in the template: it delivers nothing") }
                try await Self.run(runners, stop)
            }
        }
    }

    /// Runs all side by side until the stop; if one cannot go on, none does, and what it has in flight is cut off.
    private static func run(_ runners: [LocalRunner], _ stop: StopFlag) async throws {
        for runner in runners { Console.note("\(runner.name): \(runner.route)") }
        var failures: [String] = []
        await withTaskGroup(of: String?.self) { group in
            for local in runners {
                group.addTask {
                    do {
                        try await local.runner.run()
                        return nil
                    } catch {
                        // The others' invocations may last as long as a function: nobody waits so long for the reason.
                        let ending = "what the others have in flight is finished first, its own is cut off"
                        Console.note("\(local.name): \(error); ending: \(ending)")
                        stop.set()
                        return "\(local.name): \(error)"
                    }
                }
            }
            for await failure in group { failures += failure.map { [$0] } ?? [] }
        }
        for local in runners { Console.note("\(local.name): \(await local.runner.summary)") }
        if !failures.isEmpty { throw ToolError.failed(failures.joined(separator: "; ")) }
    }
}
