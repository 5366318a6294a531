internal import Foundation
internal import Synchronization

/// A process group that ends with this process, however that ends: also by SIGKILL, which nobody can catch.
///
/// Its leader is a shell that waits for the end of a pipe, whose other end this process holds and the system closes.
/// (`PR_SET_PDEATHSIG` would reach the child only, not what that started, and already when the thread ends that made
/// the child.)
final class GuardedProcessGroup: Sendable {
    /// The process group's id, which is that of its leader.
    let id: pid_t
    /// The end of the pipe whose closing ends the group; nil once the group has ended.
    private let lifeline: Mutex<Int32?>

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ToolError.failed("no pipe: \(String(cString: strerror(errno)))") }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        // Whoever reads the tool's output to its end must not wait for the leader.
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let command = ["/bin/sh", "-c", "read -r _; kill -s KILL 0"]
        switch ChildProcess.spawn(command, environment: [:], group: 0, &actions) {
        case .success(let pid):
            self.id = pid
            self.lifeline = Mutex(ends[1])
        case .failure(let error):
            close(ends[1])
            throw ToolError.failed("/bin/sh does not start: \(ChildProcess.describe(error))")
        }
    }

    /// Ends every process of the group; a second call does nothing.
    func end() {
        let descriptor = self.lifeline.withLock { lifeline in
            defer { lifeline = nil }
            return lifeline
        }
        guard let descriptor else { return }
        // The leader was not waited for yet, so no other group can have its number.
        kill(-self.id, SIGKILL)
        _ = ChildProcess.wait(self.id)
        close(descriptor)
    }

    deinit {
        self.end()
    }
}
