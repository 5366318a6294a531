internal import FlyingFox
internal import FlyingSocks
internal import Foundation

/// Tells requests of this user's programs from those of other users and of web pages.
///
/// Loopback keeps other machines out, not other users of this one; and a page in a browser can send requests to it, and
/// read the answers once its own name is made to resolve to 127.0.0.1 (DNS rebinding).
enum LoopbackGuard {
    /// Why the request is not served; nil if it may be.
    static func refusal(of request: HTTPRequest, at address: Socket.Address?) -> String? {
        guard self.isLoopback(request.headers[.host] ?? "") else {
            return "the Host header names another machine"
        }
        // No page comes from here, so a request that any page makes is a foreign one.
        let names = request.headers.keys.map { $0.rawValue.lowercased() }
        guard !names.contains(where: { $0 == "origin" || $0.hasPrefix("sec-fetch-") }) else {
            return "requests of web pages are not served"
        }
        guard let own = self.socket(address), let peer = self.socket(request.remoteAddress),
            ConnectionOwner.user(at: peer, connectedTo: own) == geteuid()
        else { return "programs of another user are not served" }
        return nil
    }

    private static func socket(_ address: Socket.Address?) -> LoopbackSocket? {
        switch address {
        case .ip4(let host, let port), .ip6(let host, let port): LoopbackSocket(address: host, port: port)
        case .unix, nil: nil
        }
    }

    /// Where a request comes from.
    static func socket(_ address: HTTPRequest.Address?) -> LoopbackSocket? {
        switch address {
        case .ip4(let host, let port), .ip6(let host, let port): LoopbackSocket(address: host, port: port)
        case .unix, nil: nil
        }
    }

    /// Whatever the port: a proxy in front has another.
    private static func isLoopback(_ host: String) -> Bool {
        if host.hasPrefix("[::1]") { return !host.utf8.contains(UInt8(ascii: ",")) }
        let name = host.lowercased().split(separator: ":", omittingEmptySubsequences: false).first ?? ""
        return (name == "127.0.0.1" || name == "localhost") && !host.utf8.contains(UInt8(ascii: ","))
    }
}
