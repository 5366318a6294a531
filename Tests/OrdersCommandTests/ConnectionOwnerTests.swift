import Foundation
import OrdersCommand
import Testing

@Suite struct ConnectionOwnerTests {
    private static let heading =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode"

    /// Rows as a little-endian kernel writes them: 40000 and 40001 to 127.0.0.1:8080, the second one closed already.
    private static let ip4 = """
        \(heading)
           0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
           1: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 12 1 0 20 4 30 10 -1
           2: 0100007F:9C40 0100007F:1F90 01 00000000:00000000 00:00000000 00000000 65534        0 13 1 0 20 4 30 10 -1
           3: 0100007F:9C41 0100007F:1F90 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1
        """

    /// A client whose socket is of IPv6, as Java's are.
    private static let ip6 = """
        \(heading)
           1: 00000000000000000000000001000000:9C42 00000000000000000000000001000000:1F90 01 0:0 00:0 0  1001  0 15 1 0
           0: 0000000000000000FFFF00000100007F:9C42 0000000000000000FFFF00000100007F:1F90 01 0:0 00:0 0  1000  0 14 1 0
        """

    @Test(
        .enabled(if: 1.littleEndian == 1, "SKIPPED: the rows are a little-endian kernel's"),
        arguments: [
            (40_000, 65_534, 13), (40_002, 1_000, 14),
            // Nobody's any more, though the kernel names root; and not there.
            (40_001, 0, 0), (40_003, nil, nil), (8_080, nil, nil),
        ] as [(UInt16, UInt32?, UInt32?)]
    )
    func `The table tells whose a connection is`(port: UInt16, user: UInt32?, inode: UInt32?) throws {
        let table = ConnectionTable(texts: [Self.ip4, Self.ip6])
        let peer = try #require(LoopbackSocket(address: "127.0.0.1", port: port))
        let owner = table.owner(at: peer, connectedTo: try #require(LoopbackSocket(address: "127.0.0.1", port: 8_080)))
        #expect(owner?.user == user)
        #expect(owner?.inode == inode)
        #expect(table.owner(at: peer, connectedTo: try #require(LoopbackSocket(address: "127.0.0.1", port: 81))) == nil)
    }

    @Test(.enabled(if: 1.littleEndian == 1, "SKIPPED: the rows are a little-endian kernel's"))
    func `A connection over IPv6 is found by its own address`() throws {
        let table = ConnectionTable(texts: [Self.ip4, Self.ip6])
        let peer = try #require(LoopbackSocket(address: "::1", port: 40_002))
        #expect(
            table.owner(at: peer, connectedTo: try #require(LoopbackSocket(address: "::1", port: 8_080)))?.user == 1_001
        )
        #expect(LoopbackSocket(address: "localhost", port: 1) == nil)
    }

    @Test func `Kernel and table agree on a connection, and a closed one is nobody's`() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        // An address of loopback with a port that the kernel chooses.
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let own = try Self.onAddress(&address) { bind(listener, $0, $1) == 0 ? listener : -1 }
        #expect(listen(listener, 1) == 0)
        address.sin_port = own.port.bigEndian
        let peer = try Self.onAddress(&address) { connect(client, $0, $1) == 0 ? client : -1 }
        let accepted = accept(listener, nil, nil)
        defer { close(accepted) }
        let table = try #require(ConnectionTable.current().owner(at: peer.socket, connectedTo: own.socket))
        if let kernel = ConnectionOwner.askKernel(peer.socket, own.socket) { #expect(kernel == table) }
        #expect(table.user == geteuid())
        #expect(ConnectionOwner.user(at: peer.socket, connectedTo: own.socket) == geteuid())
        close(client)
        #expect(ConnectionOwner.user(at: peer.socket, connectedTo: own.socket) == nil)
    }

    /// Runs `use` on the address and gives the one that the socket has then.
    private static func onAddress(
        _ address: inout sockaddr_in,
        _ use: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws -> (socket: LoopbackSocket, port: UInt16) {
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        var found = address
        let result = withUnsafeMutablePointer(to: &found) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                let descriptor = use(pointer, length)
                return descriptor < 0 ? -1 : getsockname(descriptor, pointer, &length)
            }
        }
        try #require(result == 0)
        let port = UInt16(bigEndian: found.sin_port)
        return (try #require(LoopbackSocket(address: "127.0.0.1", port: port)), port)
    }
}
