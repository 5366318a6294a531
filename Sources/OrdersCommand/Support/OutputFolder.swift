internal import Foundation

/// A folder that the user names for the files of a command.
package enum OutputFolder {
    /// Makes the folder and those above it, where they are missing; throws where no file can be put into it.
    ///
    /// To be called before the work: what could not be written at its end would be lost. `option` is what the user
    /// wrote, for the message.
    package static func make(_ path: String, option: String) throws(ToolError) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/\(part)"
            guard mkdir(made, 0o777) != 0 else { continue }
            // What is there may be a folder, which is well, or a file.
            let code = errno == EEXIST ? ENOTDIR : errno
            guard self.isFolder(made) else { throw self.failure(code, option) }
        }
        guard access(path, W_OK | X_OK) == 0 else { throw self.failure(errno, option) }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func failure(_ code: Int32, _ option: String) -> ToolError {
        .badUse("\(option): cannot be written: \(String(cString: strerror(code))); name a folder")
    }
}
