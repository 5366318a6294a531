internal import Foundation

/// A file that the user names, read no further than what is made of it allows.
///
/// Foundation reads a device to its end, which `/dev/zero` does not have.
package enum InputFile {
    /// A pipe that nobody has written to for so long is mentioned.
    private static let patience = Duration.seconds(2)
    /// Bytes that are read at once of what does not say its size.
    private static let chunk = 64 * 1_024

    /// What messages call the file.
    package static func name(_ path: String) -> String { path == "-" ? "standard input" : path }

    /// The bytes of the file, or of standard input for `-`; throws where there are more than `limit`.
    ///
    /// A pipe is a file too: the shell's `<(…)` gives one.
    package static func bytes(_ path: String, limit: Int) throws -> [UInt8] {
        if path == "-" {
            return try self.read(STDIN_FILENO, atOnce: self.chunk, limit: limit, name: self.name(path)) { code in
                .failed("standard input: \(String(cString: strerror(code)))")
            }
        }
        // Without waiting, since a pipe is open only once somebody opens it for writing; the wait follows.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw self.failure(errno, path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw self.failure(errno, path) }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: throw ToolError.badUse("\(path): is a folder; name a file in it")
        case S_IFCHR where isatty(descriptor) == 0, S_IFBLK:
            throw ToolError.badUse("\(path): is a device; name a file, or - for standard input")
        case S_IFIFO: self.awaitWriter(of: descriptor, path)
        default: break
        }
        // Whole, with a byte more, which tells the end.
        let size = max(self.chunk, min(Int(status.st_size), limit) + 1)
        return try self.read(descriptor, atOnce: size, limit: limit, name: path) { self.failure($0, path) }
    }

    /// The same without UTF-8's byte order mark.
    package static func text(_ path: String, limit: Int) throws -> [UInt8] {
        self.withoutByteOrderMark(try self.bytes(path, limit: limit))
    }

    /// A text that some editors, and PowerShell, begin with UTF-8's byte order mark, without it.
    package static func withoutByteOrderMark(_ text: [UInt8]) -> [UInt8] {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        return text.starts(with: mark) ? Array(text.dropFirst(mark.count)) : text
    }

    /// A byte more than the limit tells that there are more, and no other is read.
    private static func read(
        _ descriptor: Int32,
        atOnce size: Int,
        limit: Int,
        name: String,
        failure: (Int32) -> ToolError
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var size = size
        while bytes.count <= limit {
            var (count, code) = (0, Int32(0))
            let read = [UInt8](unsafeUninitializedCapacity: min(size, limit + 1 - bytes.count)) { buffer, initialized in
                count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
                code = errno
                initialized = max(0, count)
            }
            size = self.chunk
            if count > 0 {
                if bytes.isEmpty { bytes = read } else { bytes += read }
            } else if count == 0 {
                return bytes
            } else if code == EAGAIN {
                Console.wait(for: descriptor, POLLIN)
            } else if code != EINTR {
                throw failure(code)
            }
        }
        throw ToolError.badUse("\(name): has more than \(limit) bytes, the most that is taken here; make it smaller")
    }

    /// A pipe that nobody has opened for writing yet reads as if it were at its end, but `poll` waits.
    private static func awaitWriter(of descriptor: Int32, _ path: String) {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wanted, 1, Int32(self.patience / .milliseconds(1))) == 0 else { return }
        Console.note("\(path) is a pipe: waiting for somebody to write to it")
        Console.wait(for: descriptor, POLLIN)
    }

    private static func failure(_ code: Int32, _ path: String) -> ToolError {
        switch code {
        case ENOENT: .badUse("\(path): no such file. The repository's samples are in events/")
        case EACCES, EPERM: .badUse("\(path): cannot be read; look at its permissions")
        case ENXIO: .badUse("\(path): is a socket or a device that is not there; name a file")
        default: .badUse("\(path): cannot be read: \(String(cString: strerror(code)))")
        }
    }
}
