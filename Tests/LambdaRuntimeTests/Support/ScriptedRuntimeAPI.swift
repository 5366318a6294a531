import Dispatch
import Glibc
import Synchronization

/// A Runtime API on loopback that does what a script says, byte by byte, on a thread of its own.
///
/// Every wait has a limit, so that a test of something broken fails rather than hangs.
final class ScriptedRuntimeAPI: Sendable {
    struct ScriptError: Error, CustomStringConvertible {
        let description: String
    }

    let port: UInt16
    private let listener: Int32
    private let isListening = Mutex(true)
    private let failure = Mutex<(any Error)?>(nil)
    private let hasEnded = DispatchSemaphore(value: 0)

    init(_ script: @escaping @Sendable (ScriptedRuntimeAPI) throws -> Void) throws {
        (self.listener, self.port) = try Self.listen()
        // A task rather than a bare thread: what the script expects is then the test's own expectation.
        Task(executorPreference: ThreadExecutor()) {
            do {
                try script(self)
            } catch {
                self.failure.withLock { $0 = error }
            }
            self.stopListening()
            self.hasEnded.signal()
        }
    }

    /// Waits for the end of the script; throws what went wrong in it.
    func finish() throws {
        self.hasEnded.wait()
        if let error = self.failure.withLock({ $0 }) { throw error }
    }

    /// The next connection that a client makes.
    func accept() throws -> ScriptedConnection {
        var wanted = pollfd(fd: self.listener, events: Int16(POLLIN), revents: 0)
        guard poll(&wanted, 1, 10_000) == 1 else { throw ScriptError(description: "nobody connected") }
        let descriptor = Glibc.accept(self.listener, nil, nil)
        guard descriptor >= 0 else { throw ScriptError(description: "accept failed") }
        return ScriptedConnection(descriptor: descriptor)
    }

    /// Refuses connections from here on.
    func stopListening() {
        self.isListening.withLock { isListening in
            if isListening { close(self.listener) }
            isListening = false
        }
    }

    private static func listen() throws -> (Int32, UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && Glibc.listen(descriptor, 64) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard status else { throw ScriptError(description: "cannot listen on loopback: \(errno)") }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}
