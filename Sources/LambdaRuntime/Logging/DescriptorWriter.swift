internal import Glibc
internal import Synchronization

/// Writes whole log lines to a file descriptor.
enum DescriptorWriter {
    /// Pipes take at most 4,096 bytes at a time as a whole; the lines of two loops must not mix.
    private static let lock = Mutex<Void>(())

    /// Writes all of `bytes`.
    ///
    /// A descriptor that takes no more is given up: a function must not fail because of its log.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
        self.lock.withLock { _ in
            var rest = bytes
            while let start = rest.baseAddress, !rest.isEmpty {
                let count = Glibc.write(descriptor, start, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if count < 0, errno == EAGAIN {
                    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&wanted, 1, 1_000)
                } else if count == 0 || errno != EINTR {
                    return
                }
            }
        }
    }
}
