internal import Foundation

/// An address of this machine with a port of TCP.
package struct LoopbackSocket: Sendable, Equatable {
    /// Four bytes of IPv4 or sixteen of IPv6.
    let address: [UInt8]
    let port: UInt16

    /// Nil where the text is no address like `127.0.0.1` or `::1`.
    package init?(address: String, port: UInt16) {
        let family = address.utf8.contains(UInt8(ascii: ":")) ? AF_INET6 : AF_INET
        var bytes = [UInt8](repeating: 0, count: family == AF_INET6 ? 16 : 4)
        guard inet_pton(family, address, &bytes) == 1 else { return nil }
        self.address = bytes
        self.port = port
    }

    /// Most significant byte first, as in a packet.
    var portBytes: [UInt8] { [UInt8(self.port >> 8), UInt8(self.port & 0xFF)] }
}

/// Whose a connection to this machine from itself is.
package enum ConnectionOwner {
    /// The user who opened the socket at `peer` that is connected to `own`; nil if no open socket is there.
    ///
    /// A socket that was closed has no owner any more, and the kernel then names root: it counts as nobody's.
    package static func user(at peer: LoopbackSocket, connectedTo own: LoopbackSocket) -> UInt32? {
        guard let owner = self.askKernel(peer, own) ?? ConnectionTable.current().owner(at: peer, connectedTo: own)
        else { return nil }
        return owner.inode == 0 ? nil : owner.user
    }

    /// One lookup in the kernel by `sock_diag(7)`; nil where it has no answer.
    ///
    /// By IPv4 it finds sockets of IPv6 with such an address as well.
    package static func askKernel(_ peer: LoopbackSocket, _ own: LoopbackSocket) -> (user: UInt32, inode: UInt32)? {
        let (requestFlag, byFamily, netlinkSockDiag): (UInt16, UInt16, Int32) = (1, 20, 4)
        let none: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
        let zeros = [UInt8](repeating: 0, count: 16)
        let family = peer.address.count == 4 ? AF_INET : AF_INET6
        let ports = peer.portBytes + own.portBytes
        var addresses: [UInt8] = []
        var message = Self.bytes(UInt32(72)) + Self.bytes(byFamily) + Self.bytes(requestFlag) + zeros.prefix(8)
        message += [UInt8(family), UInt8(IPPROTO_TCP), 0, 0] + none
        for address in [peer.address, own.address] { addresses += address + zeros.dropFirst(address.count) }
        message += ports + addresses + zeros.prefix(4) + none + none
        let descriptor = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), netlinkSockDiag)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var answer = [UInt8](repeating: 0, count: 8_192)
        guard send(descriptor, message, message.count, 0) == message.count else { return nil }
        let count = recv(descriptor, &answer, answer.count, 0)
        // Behind both headers: family, state and so on, ports and addresses, three words, user, inode. The ports are
        // compared because a listening socket is found where there is no connection.
        guard count >= 88, Array(answer[4..<6]) == Self.bytes(byFamily), Array(answer[20..<24]) == ports else {
            return nil
        }
        return answer.withUnsafeBytes {
            (
                $0.loadUnaligned(fromByteOffset: 80, as: UInt32.self),
                $0.loadUnaligned(fromByteOffset: 84, as: UInt32.self)
            )
        }
    }

    /// In the machine's own order.
    private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value) { Array($0) }
    }
}

/// The kernel's tables of TCP connections, for kernels without `sock_diag`.
///
/// It is slow: the whole tables are written each time.
package struct ConnectionTable: Sendable {
    private let rows: [[Substring]]

    /// From the texts of `/proc/net/tcp` and `/proc/net/tcp6`.
    package init(texts: [String]) {
        self.rows = texts.flatMap { text in
            text.split(separator: "\n").dropFirst().map { $0.split(separator: " ", omittingEmptySubsequences: true) }
        }
    }

    /// The connections that the kernel lists at this moment.
    package static func current() -> ConnectionTable {
        ConnectionTable(
            // Not `String(contentsOfFile:)`, which takes the first page of a file whose size is not known for all of it.
            texts: ["tcp", "tcp6"].compactMap { name in
                FileHandle(forReadingAtPath: "/proc/net/\(name)").map {
                    String(decoding: $0.readDataToEndOfFile(), as: UTF8.self)
                }
            }
        )
    }

    /// User and inode of the socket at `peer` that is connected to `own`.
    package func owner(at peer: LoopbackSocket, connectedTo own: LoopbackSocket) -> (user: UInt32, inode: UInt32)? {
        let (peer, own) = (Self.written(peer), Self.written(own))
        let (mappedPeer, mappedOwn) = (Self.mappedPrefix + peer, Self.mappedPrefix + own)
        // Local address, remote address, state, …, user, timeout, inode: see proc_net_tcp in the kernel's documents.
        let row = self.rows.first { row in
            guard row.count > 9 else { return false }
            let (local, remote) = (String(row[1]), String(row[2]))
            return (local == peer && remote == own) || (local == mappedPeer && remote == mappedOwn)
        }
        guard let row, let user = UInt32(row[7]), let inode = UInt32(row[9]) else { return nil }
        return (user, inode)
    }

    /// What stands before an IPv4 address that a socket of IPv6 has (`::ffff:…`).
    private static let mappedPrefix = words([UInt8](repeating: 0, count: 10) + [0xFF, 0xFF])

    /// `0100007F:0050`, the address in words of the machine's own order of bytes.
    private static func written(_ socket: LoopbackSocket) -> String {
        self.words(socket.address) + ":" + String(format: "%04X", socket.port)
    }

    private static func words(_ bytes: [UInt8]) -> String {
        stride(from: 0, to: bytes.count, by: 4).map { offset in
            let word = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
            return String(format: "%08X", word)
        }.joined()
    }
}
