internal import Foundation

/// Starting processes and waiting for them, by the system's own calls.
///
/// Foundation's `Process` neither puts a child into a process group nor resets the signals that it ignores.
enum ChildProcess {
    /// Starts `command`, whose first word is a path, in the process group `group`; 0: in one of its own.
    static func spawn(
        _ command: [String],
        environment: [String: String],
        group: pid_t,
        _ actions: inout posix_spawn_file_actions_t
    ) -> Result<pid_t, POSIXError> {
        self.keepDescriptors()
        var attributes = self.attributes(group: group)
        defer { posix_spawnattr_destroy(&attributes) }
        var arguments = command.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, command[0], &actions, &attributes, &arguments, &variables)
        return status == 0 ? .success(pid) : .failure(POSIXError(POSIXErrorCode(rawValue: status) ?? .EINVAL))
    }

    /// The status that `waitpid` gives once the child has ended.
    static func wait(_ pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return status
    }

    static func describe(_ error: POSIXError) -> String {
        String(cString: strerror(error.code.rawValue))
    }

    /// A child starts with the signal mask of the thread that made it, and with the signals ignored that its parent
    /// ignores: one that blocks signals would make a function that cannot be stopped or abort.
    private static func attributes(group: pid_t) -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        // `stty tostop` stops the background groups that write to the terminal, and a function's group is one.
        signal(SIGTTOU, SIG_IGN)
        sigdelset(&all, SIGTTOU)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, group)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP)
        )
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
}
