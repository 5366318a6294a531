package import ArgumentParser
internal import Foundation
internal import JSONText
internal import Platform

/// `orders invoke`: runs a bootstrap on one event, without AWS.
package struct InvokeCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "invoke",
        abstract: "Runs a function's bootstrap against a Runtime API on loopback, with one event.",
        discussion: """
            Logs and a REPORT line go to standard error, the answer to standard output. The exit status is 1 if the \
            function reports an error, crashes or takes too long, and 2 on bad use.
            """
    )

    @Argument(help: "The function: \(FunctionName.all.joined(separator: ", ")).")
    var function: String

    @Argument(help: "A file with the event as JSON, or - for standard input.")
    var event: String

    @Option(help: ArgumentHelp("The executable to run instead of dist/<function>/bootstrap.", valueName: "path"))
    var bootstrap: String?

    @Option(help: ArgumentHelp("How long the function may take.", valueName: "seconds"))
    var timeout: Double?

    @Option(
        help: ArgumentHelp("Sets a variable of the function's environment; may be repeated.", valueName: "name=value")
    )
    var env: [String] = []

    package init() {}

    package func run() throws {
        let environment = ProcessInfo.processInfo.environment
        let invocation = try self.plan(environment)
        let (outcome, report) = try EventLoop().run { try await invocation.run() }
        Console.note(report.description)
        if let payload = outcome.payload { Console.result(payload) }
        if let failure = outcome.failure { throw ToolError.failed(failure) }
    }

    private func plan(_ environment: [String: String]) throws -> LocalInvocation {
        let overrides = try InvocationEnvironment.overrides(self.env)
        let timeout = self.timeout ?? 30
        guard timeout > 0, timeout <= 900 else {
            throw ToolError.badUse("--timeout needs seconds above 0 and up to 900, Lambda's maximum")
        }
        let limits = JSONLimits(bytes: LocalRuntimeAPI.maximumPayload)
        let bootstrap = try self.locateBootstrap(environment)
        return LocalInvocation(
            function: self.function,
            bootstrap: bootstrap,
            payload: try JSONFile.read(self.event, limits: limits),
            timeout: .seconds(timeout),
            memorySize: 512,
            configured: [:],
            caller: environment,
            overrides: overrides
        )
    }

    private func locateBootstrap(_ environment: [String: String]) throws -> URL {
        let folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
        if let path = self.bootstrap {
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw ToolError.badUse("--bootstrap \(path): no executable file there")
            }
            return URL(fileURLWithPath: path, relativeTo: folder).standardizedFileURL
        }
        try FunctionName.check(self.function)
        let file = try Project.locate(Environment(environment), from: folder).bootstrap(of: self.function)
        guard FileManager.default.isExecutableFile(atPath: file.path) else {
            throw ToolError.badUse("\(self.function) is not built (no \(file.path)): scripts/build \(self.function)")
        }
        return file
    }
}
