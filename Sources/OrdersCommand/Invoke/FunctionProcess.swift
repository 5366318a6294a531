internal import Foundation

/// A bootstrap running as a child of this process.
final class FunctionProcess: Sendable {
    private let pid: pid_t

    /// Starts it with nothing to read and its output on standard error.
    init(executable: String, environment: [String: String]) throws {
        Self.keepDescriptors()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 2, 1)
        var attributes = Self.defaultSignals()
        defer { posix_spawnattr_destroy(&attributes) }
        var arguments = [strdup(executable), nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, executable, &actions, &attributes, &arguments, &variables)
        guard status == 0 else {
            let reason = String(cString: strerror(status))
            let advice =
                status == ENOEXEC ? "it is built for another architecture: scripts/build" : "scripts/build makes it"
            throw ToolError.badUse("\(executable) does not start: \(reason); \(advice)")
        }
        self.pid = pid
    }

    /// A child starts with the signal mask of the thread that made it: one that blocks signals would make a function
    /// that cannot be stopped or abort.
    private static func defaultSignals() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        return attributes
    }

    /// Marks every descriptor of ours but the standard ones as not for children: a child that holds the listening
    /// socket would never notice that the Runtime API is gone.
    private static func keepDescriptors() {
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in open.compactMap({ Int32($0) }) where descriptor > 2 {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    /// Waits for its end on a thread of its own, since nothing else of the system tells it.
    func wait() async -> ExitStatus {
        let pid = self.pid
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var status: Int32 = 0
                while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
                continuation.resume(returning: ExitStatus(waitStatus: status))
            }
        }
    }

    func kill() {
        _ = Foundation.kill(self.pid, SIGKILL)
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
