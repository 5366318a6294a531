package import ArgumentParser
internal import Foundation
internal import Platform

/// `orders doctor`: how a deployed stack is, part by part, and what to do about what is not well.
package struct DoctorCommand: ParsableCommand {
    /// The command's name and its help.
    package static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says of each part of the stack whether it is well, and what to do if it is not.",
        discussion: """
            Functions (state, settings, code as in dist/), mappings and Pipes (enabled, last result, settings as in the \
            template), queues, tables, the stream and how far behind it the archiver is in each shard, log groups, alarms. \
            It changes nothing. Exit status 1 if anything is not well. It needs cloudformation:DescribeStacks and \
            ListStackResources, lambda:GetFunctionConfiguration and GetEventSourceMapping, pipes:DescribePipe, \
            sqs:GetQueueAttributes, dynamodb:DescribeTable and GetItem, kinesis:DescribeStreamSummary, ListShards, \
            GetShardIterator and GetRecords, logs:DescribeLogGroups, cloudwatch:DescribeAlarms.
            """
    )

    @OptionGroup var options: StackOptions

    /// The command before its arguments are parsed.
    package init() {}

    /// Looks at each part of the stack; throws the exit status 1 if one is not well.
    package func run() throws {
        let variables = ProcessInfo.processInfo.environment
        let environment = self.options.environment(variables)
        let loop = EventLoop()
        let access = try AWSAccess(environment: environment, loop: loop)
        let (options, terminal) = (self.options, Terminal.standardOutput(variables))
        let folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
        let project = try? Project.locate(environment, from: folder)
        let (looked, ill) = try loop.run {
            let stack = try await access.stack(name: options.stack)
            let template = try Template.load(options, environment, stack)
            let examination = StackExamination(access: access, template: template, project: project)
            var (looked, ill) = (0, 0)
            try await examination.run { finding in
                looked += 1
                if !finding.isWell { ill += 1 }
                try Console.result(finding.lines(terminal).joined(separator: "\n").utf8)
            }
            return (looked, ill)
        }
        guard ill == 0 else {
            Console.note("\(ill) of \(looked.counting("part")) not well")
            throw ExitCode(1)
        }
        Console.note("\(looked.counting("part")), all well")
    }
}
