internal import Glibc

/// The file descriptors that the loops of a process take.
enum FileDescriptors {
    /// Both ends of a loop's pipe, and its connection to the Runtime API.
    private static let ofLoop = 3
    /// What the process has besides: its standard streams, the log, the extension's connection, and some that came with it.
    private static let ofProcess = 32

    /// Lets the process open as many as the kernel allows it, and throws where these are too few for so many loops.
    ///
    /// What handlers open comes on top: a client of AWS has up to 20 connections.
    static func reserve(forLoops loops: Int) throws(Shortage) {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        // Where it is refused, the limit stays as it was, which is what is judged.
        _ = setrlimit(files, &limit)
        guard getrlimit(files, &limit) == 0 else { return }
        let needed = Self.ofLoop * loops + Self.ofProcess
        if limit.rlim_cur < needed { throw Shortage(loops: loops, needed: needed, limit: UInt64(limit.rlim_cur)) }
    }

    /// The process may open too few files for its loops.
    struct Shortage: LambdaError {
        let loops: Int
        let needed: Int
        let limit: UInt64

        var errorType: String { "Runtime.ConfigurationError" }

        var errorMessage: String {
            """
            AWS_LAMBDA_MAX_CONCURRENCY=\(self.loops) takes \(self.needed) file descriptors, and the process may have \
            \(self.limit): lower PerExecutionEnvironmentMaxConcurrency
            """
        }
    }
}
