internal import Glibc

/// What a process may inherit that would end it, or send its log lines to a server.
enum ProcessDescriptors {
    /// Makes a reader that went away an error of `write`, and the three standard descriptors exist.
    ///
    /// Called before any descriptor is made: a socket that got the number of a closed standard error would be written
    /// log lines.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        var standard = (pollfd(), pollfd(fd: 1, events: 0, revents: 0), pollfd(fd: 2, events: 0, revents: 0))
        withUnsafeMutableBytes(of: &standard) { bytes in
            let standard = bytes.bindMemory(to: pollfd.self)
            // One call asks about all three.
            guard poll(standard.baseAddress, nfds_t(standard.count), 0) > 0 else { return }
            // In rising order, since the lowest free number is what `open` gives.
            for descriptor in standard where Int32(descriptor.revents) & POLLNVAL != 0 {
                _ = open("/dev/null", O_RDWR)
            }
        }
    }
}
