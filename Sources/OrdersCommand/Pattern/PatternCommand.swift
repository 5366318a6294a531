package import ArgumentParser
internal import EventPatterns
internal import Foundation
internal import JSONText

/// `orders pattern`: tries a filter on an event, as a Pipe would.
package struct PatternCommand: ParsableCommand {
    /// The command's name and its help.
    package static let configuration = CommandConfiguration(
        commandName: "pattern",
        abstract: "Says whether an event matches a pattern of EventBridge Pipes.",
        discussion: """
            Prints `match` (exit status 0) or `no match` (1). A pattern that a Pipe would refuse is an error that names \
            the place (2). A part of it that no record of a DynamoDB stream satisfies is a warning.
            """
    )

    @Option(help: ArgumentHelp("The pattern, as JSON.", valueName: "file"))
    var pattern: String

    @Option(help: ArgumentHelp("The event, as JSON; - for standard input.", valueName: "file"))
    var event: String

    /// The command before its arguments are parsed.
    package init() {}

    /// Says whether the event matches the pattern.
    package func run() throws {
        let text = String(decoding: try InputFile.text(self.pattern, limit: JSONLimits.standard.bytes), as: UTF8.self)
        let name = InputFile.name(self.pattern)
        let pattern: EventPattern
        do {
            pattern = try EventPattern(parsing: text.trimmingCharacters(in: .whitespacesAndNewlines))
        } catch {
            throw ToolError.badUse("\(name): \(error)")
        }
        let event = try JSONValue(parsing: try JSONFile.read(self.event, limits: .standard))
        if pattern.isAboutDynamoDB || Self.isStreamRecord(event) {
            for warning in pattern.dynamoDBWarnings { Console.note("warning: \(name): \(warning)") }
        }
        let matches = pattern.matches(event)
        try Console.result((matches ? "match" : "no match").utf8)
        if !matches { throw ExitCode(1) }
    }

    /// The warnings are about records of DynamoDB streams; other events have other shapes.
    private static func isStreamRecord(_ event: JSONValue) -> Bool {
        guard case .object(let object) = event else { return false }
        return object["dynamodb"] != nil
    }
}
