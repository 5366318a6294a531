internal import FlyingFox
internal import FlyingSocks
internal import Foundation

extension LocalRuntimeAPI {
    /// A free port of loopback: of 127.0.0.1, else of ::1, which is all that a host without IPv4 has.
    static func listening() throws -> HTTPServer.Configuration {
        let candidates: [any SocketAddress] = [
            try .inet(ip4: "127.0.0.1", port: 0) as sockaddr_in, try .inet6(ip6: "::1", port: 0) as sockaddr_in6,
        ]
        var reasons: [String] = []
        for address in candidates {
            do {
                try self.checkConnecting(to: address)
                return self.configuration(address: address)
            } catch {
                reasons.append(self.reason(error))
            }
        }
        throw ToolError.failed(
            "the Runtime API cannot listen on loopback, neither on 127.0.0.1 (\(reasons[0])) nor on ::1 (\(reasons[1])): "
                + "ip link set lo up"
        )
    }

    /// Of a server of this tool at that address.
    static func configuration(address: any SocketAddress) -> HTTPServer.Configuration {
        HTTPServer.Configuration(
            address: address,
            // A waiting `next` is no fault, so there is no limit to how long a request may take.
            timeout: 86_400,
            pool: UndelayedSocketPool(base: HTTPServer.defaultPool()),
            logger: .disabled
        )
    }

    /// Runs a server until its task is cancelled.
    static func run(_ server: HTTPServer) async throws {
        do {
            try await server.run()
        } catch let error as SocketError {
            throw ToolError.failed("the Runtime API cannot listen on loopback: \(self.reason(error))")
        }
    }

    /// An address of an interface that is down can be bound, but not connected to.
    private static func checkConnecting(to address: any SocketAddress) throws {
        let family = Int32(type(of: address).family)
        let listener = try Socket(domain: family)
        defer { try? listener.close() }
        try listener.bind(to: address)
        try listener.listen()
        let client = try Socket(domain: family)
        defer { try? client.close() }
        switch try listener.sockname() {
        case .ip4(let host, let port): try client.connect(to: .inet(ip4: host, port: port) as sockaddr_in)
        case .ip6(let host, let port): try client.connect(to: .inet6(ip6: host, port: port) as sockaddr_in6)
        case .unix: throw SocketError.unsupportedAddress
        }
    }

    private static func reason(_ error: any Error) -> String {
        if case SocketError.failed(_, _, let message) = error { return message }
        return error.localizedDescription
    }
}

/// Sockets that send at once what is written to them.
///
/// The server writes the head of an answer and its body apart, and has no option to send the body before the head is
/// acknowledged, which a client's system delays by 40 ms. Every socket waits in the pool before its first write: accepted
/// ones inherit the option from the one that listens.
private struct UndelayedSocketPool: AsyncSocketPool {
    let base: any AsyncSocketPool

    func prepare() async throws { try await self.base.prepare() }

    func run() async throws { try await self.base.run() }

    func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
        try socket.setValue(true, for: BoolSocketOption(level: Int32(IPPROTO_TCP), name: TCP_NODELAY))
        try await self.base.suspendSocket(socket, untilReadyFor: events)
    }
}
