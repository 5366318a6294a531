package import Foundation

/// Runs the scripts of `Tests/python`: independent implementations that ours are compared with.
package struct PythonInterpreter: Sendable {
    package let executable: URL

    /// The project's own interpreter (made by `scripts/setup`), else the system's; nil unless it has botocore.
    package static let withBotocore = PythonInterpreter.having("botocore.auth")

    /// The same with AWS's library that aggregates records as the Kinesis Producer Library does.
    package static let withKinesisAggregation = PythonInterpreter.having("aws_kinesis_agg.aggregator")

    /// The same with ISO 4217's list of currencies.
    package static let withCurrencies = PythonInterpreter.having("iso4217")

    private static func having(_ module: String) -> PythonInterpreter? {
        let own = PythonInterpreter.repository.appending(path: ".local/venv/bin/python3")
        let system = URL(filePath: "/usr/bin/env")
        return [PythonInterpreter(executable: own), PythonInterpreter(executable: system)].first { candidate in
            FileManager.default.isExecutableFile(atPath: candidate.executable.path)
                && (try? candidate.run(code: "import \(module)")) != nil
        }
    }

    /// The root of the package.
    package static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The folder of the scripts.
    package static var scripts: URL { Self.repository.appending(path: "Tests/python") }

    /// The standard output of `Tests/python/<script>`; throws if it fails.
    package func run(
        _ script: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        input: String = ""
    ) throws -> String {
        let path = Self.scripts.appending(path: script).path
        return try self.run([path] + arguments, environment: environment, input: input)
    }

    private func run(code: String) throws -> String {
        try self.run(["-c", code], environment: [:], input: "")
    }

    private func run(_ arguments: [String], environment: [String: String], input: String) throws -> String {
        let process = Process()
        process.executableURL = self.executable
        let isEnv = self.executable.lastPathComponent == "env"
        process.arguments = (isEnv ? ["python3"] : []) + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (standardInput, standardOutput) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        try process.run()
        // From another thread: a script may answer before it has read everything.
        DispatchQueue.global().async {
            try? standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try? standardInput.fileHandleForWriting.close()
        }
        let output = try standardOutput.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw PythonScriptError(status: process.terminationStatus) }
        return String(decoding: output, as: UTF8.self)
    }
}

/// A script that failed; it has said why on standard error.
package struct PythonScriptError: Error {
    package let status: Int32
}
