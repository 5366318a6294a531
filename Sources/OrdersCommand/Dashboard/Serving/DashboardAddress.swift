package import Foundation

/// Where the dashboard is, token included, and the file that keeps it.
package struct DashboardAddress: Sendable, Equatable {
    /// The TCP port on the loopback interface.
    package let port: UInt16
    /// What a request has to bring along to be answered.
    package let token: DashboardToken

    /// The address of a dashboard on that port.
    package init(port: UInt16, token: DashboardToken) {
        self.port = port
        self.token = token
    }

    /// The token stands in the fragment, which browsers send to no server: neither a log nor a `Referer` has it, and no
    /// other server of this machine gets it, as one would get a cookie, which holds for every port of a host.
    package var url: String { "http://127.0.0.1:\(self.port)/#\(self.token.text)" }

    /// As `scripts/local status` prints it.
    package var line: String { "DashboardUrl=\(self.url)" }

    /// Reads `line`; nil for anything else.
    package init?(line: String) {
        let parts = line.split(separator: "#", omittingEmptySubsequences: false)
        let prefix = "DashboardUrl=http://127.0.0.1:"
        guard parts.count == 2, parts[0].hasPrefix(prefix), parts[0].hasSuffix("/"),
            let port = UInt16(parts[0].dropFirst(prefix.count).dropLast()), port > 0,
            let token = DashboardToken(String(parts[1]))
        else { return nil }
        self.init(port: port, token: token)
    }

    /// What an earlier dashboard left in the file; nil where there is none that may be used.
    ///
    /// A page that is open goes on by itself when the dashboard is started again at the same address. What others can
    /// read or write is no secret any more, or none of ours.
    package static func kept(in file: URL) -> DashboardAddress? {
        var status = stat()
        guard lstat(file.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            status.st_mode & 0o077 == 0, let text = try? String(contentsOf: file, encoding: .utf8)
        else { return nil }
        return DashboardAddress(line: text.trimmingCharacters(in: .newlines))
    }

    /// Writes the file, readable by its owner alone, whole or not at all.
    package func keep(in file: URL) throws {
        let draft = file.path + ".new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(errno, file) }
        defer { close(descriptor) }
        let bytes = Array((self.line + "\n").utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, rename(draft, file.path) == 0 else {
            // Before the draft, which has the token, goes: that sets it anew.
            let code = errno
            unlink(draft)
            throw Self.failure(code, file)
        }
    }

    private static func failure(_ code: Int32, _ file: URL) -> ToolError {
        .badUse("--address-file \(file.path): cannot be written: \(String(cString: strerror(code)))")
    }
}
