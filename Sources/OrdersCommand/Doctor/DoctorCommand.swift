internal import AWSOperations
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
            The stack's state, functions (state, settings, code as in dist/), mappings and Pipes (enabled, last \
            result, settings as in the template), queues and how long their oldest message waits, tables, the stream \
            and how far behind it the functions are, log groups, alarms, the keys (KmsKeyArn, FormerKmsKeyArn), and \
            the account's limits. ✓ is well, ✗ is not and says what to do, - is what this AWS does not tell, or what \
            was not found out in time. A function, mapping or Pipe that is being changed is waited for, a minute at \
            most. It changes nothing. Exit status 1 if anything is not well.

            A shard whose last record is hours old, or that never had one, takes many reads until its end is reached. \
            All of them together are given --read-for; only where "has read all there is" stands, nothing waits.

            --probe sends one order by each entrance, in currency XTS (ISO 4217's code for tests), of 0.01, the \
            topic's from a test address; says when each is in the tables, the archive and the logs; and deletes the \
            row of the one that is not archived. Archived ones stay, in XTS, which orders report and the dashboard \
            leave out.

            It needs cloudformation:DescribeStacks and ListStackResources, lambda:GetFunctionConfiguration, \
            GetEventSourceMapping and GetAccountSettings, pipes:DescribePipe, sqs:GetQueueAttributes, \
            dynamodb:DescribeTable and GetItem, kinesis:DescribeStreamSummary, ListShards, GetShardIterator, GetRecords \
            and DescribeLimits, logs:DescribeLogGroups, cloudwatch:DescribeAlarms and GetMetricStatistics, with a key \
            kms:DescribeKey and GetKeyPolicy. --probe needs sns:Publish, kinesis:PutRecords, execute-api:Invoke, \
            dynamodb:Query and DeleteItem, s3:ListBucket and GetObject, logs:FilterLogEvents, and for dead letters \
            sqs:ReceiveMessage and ChangeMessageVisibility; with --record also dynamodb:DescribeStream, GetShardIterator, \
            GetRecords, PutItem, UpdateItem, PartiQLInsert and PartiQLUpdate, s3:PutObject and DeleteObject.
            """
    )

    @Flag(help: "Send one order by each entrance, and follow it.")
    var probe = false

    @OptionGroup var reading: ReadForOptions

    @Option(
        help: ArgumentHelp(
            """
            Keep AWS's answers in this folder, a file each, without the account's number, addresses and orders, and what \
            the connections agreed on. With --probe also the table's changes, and how AWS refuses writes whose \
            conditions fail.
            """,
            valueName: "folder"
        )
    )
    var record: String?

    @OptionGroup var options: StackOptions

    /// The command before its arguments are parsed.
    package init() {}

    /// Looks at each part of the stack; throws the exit status 1 if one is not well.
    package func run() throws {
        let variables = ProcessInfo.processInfo.environment
        let environment = self.options.environment(variables)
        let loop = EventLoop()
        let access = try AWSAccess(environment: environment, loop: loop, recordsAnswers: self.record != nil)
        let (options, terminal) = (self.options, Terminal.standardOutput(variables))
        let folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
        let project = try? Project.locate(environment, from: folder)
        let (sendsProbe, record, readFor) = (self.probe, self.record, self.reading.duration)
        let recordFolder = record.map { URL(fileURLWithPath: $0, relativeTo: folder) }
        // A probe changes the stack: it is not begun where its answers cannot be kept.
        if let record, let recordFolder { try OutputFolder.make(recordFolder.path, option: "--record \(record)") }
        let (looked, ill) = try loop.run {
            let stack = try await access.stack(name: options.stack, notesState: false)
            let template = try Template.load(options, environment, stack)
            let examination = StackExamination(
                access: access,
                template: template,
                project: project,
                readFor: readFor
            )
            var (looked, ill) = (0, 0)
            let report = { (finding: Finding) in
                looked += 1
                if finding.isIll { ill += 1 }
                try Console.result(finding.lines(terminal).joined(separator: "\n").utf8)
            }
            try await examination.run(report)
            if sendsProbe {
                let probe = try Probe(access: access, template: template, environment: environment)
                try await probe.run(keepsAnswers: record != nil, report)
            }
            if let record, let recordFolder, let recorder = access.recorder {
                let count = try recorder.write(to: recordFolder, accountID: stack.accountID)
                let connections = recorder.connections.all.count
                // An endpoint without TLS has none to tell of.
                let agreed = connections > 0 ? ", and what \(connections.counting("connection")) agreed on" : ""
                Console.note("\(count.counting("answer")) kept in \(record)\(agreed)")
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
