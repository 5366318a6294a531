internal import Glibc
internal import Platform

/// Makes connections to the Runtime API.
enum SocketConnector {
    /// A connected socket whose calls give up after `patience`.
    ///
    /// `next` waits longer, by calling again.
    static func connect(to address: RuntimeAPIAddress, patience: Duration) -> Result<Int32, ConnectionFailure> {
        if let numeric = self.numericAddress(address) {
            return withUnsafeBytes(of: numeric) { bytes in
                self.connect(bytes, family: AF_INET, patience: patience)
            }
        }
        return self.connect(toName: address, patience: patience)
    }

    /// Lambda gives an IPv4 address; the resolver is only asked for anything else.
    private static func numericAddress(_ address: RuntimeAPIAddress) -> sockaddr_in? {
        var result = sockaddr_in()
        result.sin_family = sa_family_t(AF_INET)
        result.sin_port = address.port.bigEndian
        return inet_pton(AF_INET, address.host, &result.sin_addr) == 1 ? result : nil
    }

    private static func connect(
        toName address: RuntimeAPIAddress,
        patience: Duration
    ) -> Result<Int32, ConnectionFailure> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(address.host, String(address.port), &hints, &list)
        guard status == 0 else {
            return .failure(.unreachable(reason: "\(address.host): \(String(cString: gai_strerror(status)))"))
        }
        defer { freeaddrinfo(list) }
        var result: Result<Int32, ConnectionFailure> = .failure(.unreachable(reason: "\(address.host) has no address"))
        var entry = list
        while let info = entry?.pointee {
            let bytes = UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen))
            result = self.connect(bytes, family: info.ai_family, patience: patience)
            if case .success = result { return result }
            entry = info.ai_next
        }
        return result
    }

    private static func connect(
        _ address: UnsafeRawBufferPointer,
        family: Int32,
        patience: Duration
    ) -> Result<Int32, ConnectionFailure> {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return .failure(.unreachable(reason: String(cString: strerror(errno)))) }
        self.configure(descriptor, patience: patience)
        guard let pointer = address.baseAddress?.assumingMemoryBound(to: sockaddr.self),
            Glibc.connect(descriptor, pointer, socklen_t(address.count)) == 0
        else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            return .failure(.unreachable(reason: reason))
        }
        return .success(descriptor)
    }

    private static func configure(_ descriptor: Int32, patience: Duration) {
        var enabled: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &enabled, socklen_t(MemoryLayout<Int32>.size))
        let microseconds = max(1, patience.nanoseconds / 1_000)
        var limit = timeval(tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }
}

/// Writes a request in one system call wherever the socket takes it whole.
enum SocketWriter {
    /// How far a write came before the server stopped it.
    enum Outcome {
        case complete
        case partial
        case nothing
    }

    static func write(
        _ head: UnsafeRawBufferPointer,
        _ body: UnsafeRawBufferPointer,
        to descriptor: Int32
    ) -> Outcome {
        let total = head.count + body.count
        var written = 0
        while written < total {
            let count = self.send(
                UnsafeRawBufferPointer(rebasing: head[min(written, head.count)...]),
                UnsafeRawBufferPointer(rebasing: body[max(0, written - head.count)...]),
                to: descriptor
            )
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                return written == 0 ? .nothing : .partial
            }
        }
        return .complete
    }

    private static func send(
        _ head: UnsafeRawBufferPointer,
        _ body: UnsafeRawBufferPointer,
        to descriptor: Int32
    ) -> Int {
        withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { parts in
            parts[0] = iovec(iov_base: UnsafeMutableRawPointer(mutating: head.baseAddress), iov_len: head.count)
            parts[1] = iovec(iov_base: UnsafeMutableRawPointer(mutating: body.baseAddress), iov_len: body.count)
            var message = msghdr()
            message.msg_iov = parts.baseAddress
            message.msg_iovlen = 2
            // A closed connection is an error to handle, not a signal to die of.
            return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
        }
    }
}
