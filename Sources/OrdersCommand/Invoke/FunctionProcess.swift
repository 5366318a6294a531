internal import Foundation

/// A bootstrap running as a child of this process, in a process group that ends with this process.
final class FunctionProcess: Sendable {
    private let pid: pid_t
    private let group: GuardedProcessGroup

    /// Starts it with nothing to read and its output on standard error.
    init(executable: String, environment: [String: String]) throws {
        self.group = try GuardedProcessGroup()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 2, 1)
        switch ChildProcess.spawn([executable], environment: environment, group: self.group.id, &actions) {
        case .success(let pid):
            self.pid = pid
        case .failure(let error):
            self.group.end()
            let advice =
                error.code == .ENOEXEC
                ? "it is built for another architecture: scripts/build" : "scripts/build makes it"
            throw ToolError.badUse("\(executable) does not start: \(ChildProcess.describe(error)); \(advice)")
        }
    }

    /// Waits for its end on a thread of its own, since nothing else of the system tells it.
    func wait() async -> ExitStatus {
        let pid = self.pid
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(returning: ExitStatus(waitStatus: ChildProcess.wait(pid)))
            }
        }
    }

    /// Ends it with everything it has started.
    func kill() {
        self.group.end()
    }

    /// The most memory it has had so far in KB; nil once it is gone.
    ///
    /// From `/proc`, not `wait4`: a process that `posix_spawn` made starts with the peak of its parent there.
    var peakMemory: Int? {
        guard let status = try? String(contentsOfFile: "/proc/\(self.pid)/status", encoding: .utf8) else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { Int($0.split(separator: " ").dropLast().last.map(String.init) ?? "") }
    }
}
