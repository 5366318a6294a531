internal import Glibc

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
