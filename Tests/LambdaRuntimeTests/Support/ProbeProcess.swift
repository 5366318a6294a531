import Foundation

/// The built `RuntimeProbe`, run as Lambda runs a bootstrap.
final class ProbeProcess {
    private let process = Process()
    private let errors = Pipe()

    /// Beside the test bundle, where the build puts every product.
    private static var executable: URL {
        let tests = URL(
            fileURLWithPath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        )
        return tests.deletingLastPathComponent().appendingPathComponent("RuntimeProbe")
    }

    /// `redirections`, such as `2>&-`, and `limits`, such as `ulimit -n 64;`, are a shell's; without any there is no shell between.
    ///
    /// Its output goes to `standardOutput`, its errors to `standardError` or else to `finish`.
    init(
        _ environment: [String: String],
        redirections: String = "",
        limits: String = "",
        standardOutput: FileHandle = .nullDevice,
        standardError: FileHandle? = nil
    ) throws {
        if redirections.isEmpty, limits.isEmpty {
            self.process.executableURL = Self.executable
        } else {
            self.process.executableURL = URL(fileURLWithPath: "/bin/sh")
            self.process.arguments = ["-c", "\(limits) exec \"$0\" \(redirections)", Self.executable.path]
        }
        // What Swift itself says about a crash would only slow the test down.
        self.process.environment = ["SWIFT_BACKTRACE": "enable=no"].merging(environment) { $1 }
        self.process.standardOutput = standardOutput
        self.process.standardError = standardError ?? self.errors
        try self.process.run()
        // One that hangs fails its test instead of stopping all of them.
        DispatchQueue.global().asyncAfter(deadline: .now() + 60) { [process] in
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
    }

    convenience init(port: UInt16, _ environment: [String: String] = [:], limits: String = "") throws {
        try self.init(environment.merging(["AWS_LAMBDA_RUNTIME_API": "127.0.0.1:\(port)"]) { $1 }, limits: limits)
    }

    func terminate() { kill(self.process.processIdentifier, SIGTERM) }

    /// How many pages the kernel has given the process so far.
    func pageFaults() throws -> Int {
        let path = "/proc/\(self.process.processIdentifier)/stat"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        // The program's name, in parentheses, may have blanks; behind it `minflt` is the eighth field (proc_pid_stat(5)).
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 7 ? Int(fields[7]) ?? 0 : 0
    }

    /// Waits for the end; gives the exit code, negative for a signal, and the log.
    func finish() throws -> (exitCode: Int32, log: String) {
        // Otherwise the reading would wait for an end of what nobody else has.
        if self.process.standardError as? Pipe !== self.errors { try self.errors.fileHandleForWriting.close() }
        let log = String(decoding: self.errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        self.process.waitUntilExit()
        let status = self.process.terminationStatus
        return (self.process.terminationReason == .exit ? status : -status, log)
    }
}

extension ScriptedConnection {
    static let register = "/2020-01-01/extension/register"
    static let initializationError = "/2018-06-01/runtime/init/error"

    /// What a server without the Extensions API says.
    func refuseExtension() throws {
        try self.expect(Self.register)
        self.answer("404 Not Found")
    }
}
