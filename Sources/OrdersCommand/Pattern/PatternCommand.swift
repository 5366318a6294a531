package import ArgumentParser
internal import EventPatterns
internal import Foundation
internal import JSONText
internal import PipesRunner

/// `orders pattern`: tries a filter on an event, as a Pipe would.
package struct PatternCommand: ParsableCommand {
    /// The command's name and its help.
    package static let configuration = CommandConfiguration(
        commandName: "pattern",
        abstract: "Says whether an event matches a pattern of EventBridge Pipes.",
        discussion: """
            Prints `match` (exit status 0) or `no match` (1). A list of records, bare or as Records, is matched record \
            by record, as `$[0]: match`, and the exit status is 0 if any of them matches. A filter sees eventName, \
            dynamodb and userIdentity of a record of a DynamoDB stream; the producer's JSON, as data, of one of \
            Kinesis, and of a Pipe's also partitionKey, sequenceNumber and what else Kinesis says of it; and all of \
            any other event. A message of SQS is matched as it stands, while a Pipe would read its \
            body. A pattern that a Pipe would refuse is an error that names the place (2). A part of it that no record \
            of a DynamoDB stream satisfies is a warning.
            """
    )

    @Option(help: ArgumentHelp("The pattern, as JSON.", valueName: "file"))
    var pattern: String

    @Option(help: ArgumentHelp("The event or the list of records, as JSON; - for standard input.", valueName: "file"))
    var event: String

    /// The command before its arguments are parsed.
    package init() {}

    /// Says whether the event, or which record of a list, matches the pattern.
    package func run() throws {
        let text = String(decoding: try InputFile.text(self.pattern, limit: JSONLimits.standard.bytes), as: UTF8.self)
        let name = InputFile.name(self.pattern)
        let pattern: EventPattern
        do {
            pattern = try EventPattern(parsing: text.trimmingCharacters(in: .whitespacesAndNewlines))
        } catch {
            throw ToolError.badUse("\(name): \(error)")
        }
        let batch = try EventBatch(parsing: try JSONFile.read(self.event, limits: .standard))
        // The warnings are about records of DynamoDB streams; other events have other shapes.
        if pattern.isAboutDynamoDB || batch.hasStreamRecord {
            for warning in pattern.dynamoDBWarnings { Console.note("warning: \(name): \(warning)") }
        }
        var matches = false
        for event in batch.events {
            if case .kinesisWithoutJSON(let told) = event.input {
                let filters = told == nil ? "no filter" : "no filter of data"
                Console.note("\(event.place): its data is no JSON, which passes \(filters)")
            }
            let passes = event.input.passes(pattern)
            if passes { matches = true }
            let verdict = passes ? "match" : "no match"
            try Console.result((batch.isList ? "\(event.place): \(verdict)" : verdict).utf8)
        }
        if batch.events.isEmpty {
            Console.note("\(InputFile.name(self.event)): a list without records")
            try Console.result("no match".utf8)
        }
        if !matches { throw ExitCode(1) }
    }
}
