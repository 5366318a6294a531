package import ArgumentParser
internal import Foundation
internal import JSONText
internal import Platform

/// `orders invoke`: runs a bootstrap on one event, without AWS.
package struct InvokeCommand: ParsableCommand {
    /// The command's name and its help.
    package static let configuration = CommandConfiguration(
        commandName: "invoke",
        abstract: "Runs a function's bootstrap against a Runtime API on loopback, with one event.",
        discussion: """
            Logs and a REPORT line go to standard error, the answer to standard output. The exit status is 1 if the \
            function reports an error, crashes or takes too long, and 2 on bad use.
            """
    )

    @Argument(help: "The function: a folder of Sources/Functions, or RuntimeProbe.")
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

    @Option(help: ArgumentHelp("Takes configuration and limits from this deployed stack.", valueName: "name"))
    var stack: String?

    @Option(help: ArgumentHelp("The stack's template, if not cloudformation.yaml.", valueName: "file"))
    var template: String?

    /// The command before its arguments are parsed.
    package init() {}

    /// Starts the function's bootstrap, gives it the event and prints what it answers.
    package func run() throws {
        let variables = ProcessInfo.processInfo.environment
        let overrides = try InvocationEnvironment.overrides(self.env)
        if let timeout = self.timeout, !(timeout > 0 && timeout <= 900) {
            throw ToolError.badUse("--timeout needs seconds above 0 and up to 900, Lambda's maximum")
        }
        let bootstrap = try self.locateBootstrap(variables)
        let payload = try JSONFile.read(self.event, limits: JSONLimits(bytes: LocalRuntimeAPI.maximumPayload))
        let loop = EventLoop()
        let deployed = try self.deployedFunction(variables, loop)
        let (function, timeout) = (self.function, self.timeout)
        let (outcome, report) = try loop.run {
            let configuration = try await deployed?() ?? FunctionConfiguration()
            let invocation = LocalInvocation(
                function: function,
                bootstrap: bootstrap,
                payload: payload,
                timeout: timeout.map { .seconds($0) } ?? configuration.timeout,
                memorySize: configuration.memorySize,
                configured: configuration.variables,
                caller: variables,
                overrides: overrides
            )
            return try await invocation.run()
        }
        Console.note(report.description)
        if let payload = outcome.payload { try Console.result(payload) }
        guard let failure = outcome.failure else { return }
        if case .initializationError = outcome, self.stack == nil {
            Console.note("The function has no configuration but yours: scripts/local start makes some, --env sets one.")
        }
        throw ToolError.failed(failure)
    }

    /// How to get the function's configuration out of the stack; nil if none was named.
    private func deployedFunction(
        _ variables: [String: String],
        _ loop: EventLoop
    ) throws -> (@Sendable () async throws -> FunctionConfiguration)? {
        guard let name = self.stack else { return nil }
        let options = StackOptions(stack: name, template: self.template)
        let environment = options.environment(variables)
        let access = try AWSAccess(environment: environment, loop: loop)
        let function = self.function
        return {
            let stack = try await access.stack(name: name, withStreams: false)
            return try FunctionConfiguration(
                logicalID: function,
                in: try Template.load(options, environment, stack)
            )
        }
    }

    private func locateBootstrap(_ environment: [String: String]) throws -> URL {
        let folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
        if let path = self.bootstrap {
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw ToolError.badUse("--bootstrap \(path): no executable file there")
            }
            return URL(fileURLWithPath: path, relativeTo: folder).standardizedFileURL
        }
        let project = try Project.locate(Environment(environment), from: folder)
        try project.checkFunction(self.function)
        let file = project.bootstrap(of: self.function)
        guard FileManager.default.isExecutableFile(atPath: file.path) else {
            throw ToolError.badUse("\(self.function) is not built (no \(file.path)): scripts/build \(self.function)")
        }
        return file
    }
}
