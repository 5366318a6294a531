internal import Glibc

/// A file as an array of bytes, as the runtime hands an event to its handler.
package enum FileBytes {
    /// All of it, or a `FileError`.
    package static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw FileError(path: path) }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        let size = ftell(file)
        rewind(file)
        return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = fread(buffer.baseAddress, 1, size, file)
            guard count == size else { throw FileError(path: path) }
        }
    }

    /// The file cannot be read.
    struct FileError: Error {
        let path: String
    }
}
