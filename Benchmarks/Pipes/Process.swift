import Glibc

/// Ends the process: bad use.
func fail(_ message: String) -> Never {
    let line = Array("PipesBenchmark: \(message)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    exit(2)
}

/// The whole of a file.
func fileBytes(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { fail("cannot read \(path)") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return bytes
}

/// A member of `/proc/self/status`, in MB.
func memory(_ name: String) -> Double {
    for line in String(decoding: fileBytes("/proc/self/status"), as: UTF8.self).split(separator: "\n")
    where line.hasPrefix("\(name):") {
        return (line.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0) / 1_024
    }
    return 0
}
