internal import Foundation
internal import Synchronization

/// The tool's streams: results on standard output, everything else on standard error.
///
/// Foundation's `FileHandle` ends the process with a trap where a stream cannot be written or read.
enum Console {
    /// A note that could not be written is no reason to stop: the work goes on, and the exit status tells.
    private static let hasLostNote = Atomic<Bool>(false)

    /// To be called once, before anything opens a file.
    static func prepare() {
        // What is opened next would get the number of a closed stream, and what is meant for the stream. As GNU's tools
        // do, a closed one is opened the wrong way round, so that its use still fails.
        for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
        where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", mode)
        }
        // A server that closes its connection must not end the tool; `write` below does so for a reader that went away.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Nothing in the line is obeyed by a terminal: errors quote what services answer, and names are whatever somebody
    /// has chosen.
    static func note(_ line: String) {
        if self.write(Array((TerminalText.escapedLines(line) + "\n").utf8), to: STDERR_FILENO) != 0 {
            self.hasLostNote.store(true, ordering: .relaxed)
        }
    }

    static func result(_ bytes: some Sequence<UInt8>) throws(ToolError) {
        let code = self.write(Array(bytes) + [UInt8(ascii: "\n")], to: STDOUT_FILENO)
        guard code == 0 else { throw ToolError.failed("standard output: \(String(cString: strerror(code)))") }
    }

    /// The exit status of a command that ends with `status`.
    static func exitStatus(_ status: Int32) -> Int32 {
        status == 0 && self.hasLostNote.load(ordering: .relaxed) ? 1 : status
    }

    /// Gives 0, or the error that `errno` names.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                self.wait(for: descriptor, POLLOUT)
            } else if errno == EPIPE {
                // Whoever read this has seen enough, as `head` does: the quiet end that every tool comes to.
                signal(SIGPIPE, SIG_DFL)
                raise(SIGPIPE)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }

    /// Standard streams belong to the caller too, who may have made them non-blocking.
    static func wait(for descriptor: Int32, _ events: Int32) {
        var wanted = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        _ = poll(&wanted, 1, -1)
    }
}
