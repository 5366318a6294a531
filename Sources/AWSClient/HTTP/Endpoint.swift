/// Where a service is reached: the part of a URL up to its path.
package struct Endpoint: Hashable, Sendable {
    /// `http` or `https`.
    package var scheme: String
    /// Without brackets, where it is an IPv6 address.
    package var host: String
    /// nil for the scheme's own.
    package var port: UInt16?
    /// What comes before each request's path: empty, or `/prefix` without a slash at the end.
    package var basePath: String

    /// An endpoint; by default of TLS on its usual port.
    package init(scheme: String = "https", host: String, port: UInt16? = nil, basePath: String = "") {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.basePath = basePath
    }

    /// Parses `http://127.0.0.1:4566`; nil unless it is an absolute http(s) URL without user, query and fragment.
    package init?(url: String) {
        let (scheme, rest): (String, Substring)
        if let stripped = Self.strip("https://", from: url) {
            (scheme, rest) = ("https", stripped)
        } else if let stripped = Self.strip("http://", from: url) {
            (scheme, rest) = ("http", stripped)
        } else {
            return nil
        }
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !rest.contains(where: { "@?#\\".contains($0) }) else {
            return nil
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let (host, port) = Self.splitAuthority(rest[..<slash]) else { return nil }
        var path = rest[slash...]
        while path.hasSuffix("/") { path.removeLast() }
        self.init(scheme: scheme, host: host, port: port, basePath: String(path))
    }

    private static func strip(_ prefix: String, from url: String) -> Substring? {
        url.lowercased().hasPrefix(prefix) ? url.dropFirst(prefix.count) : nil
    }

    private static func splitAuthority(_ authority: Substring) -> (host: String, port: UInt16?)? {
        var host = authority
        var rest: Substring = ""
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<bracket]
            rest = authority[authority.index(after: bracket)...]
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            rest = authority[colon...]
        }
        guard !host.isEmpty else { return nil }
        if rest.isEmpty { return (String(host), nil) }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
        return (String(host), port)
    }

    /// `host:port` as the Host header has it: the port only where it is not the scheme's own.
    package var authority: String {
        let host = self.host.utf8.contains(UInt8(ascii: ":")) ? "[\(self.host)]" : self.host
        let standard: UInt16 = self.scheme == "https" ? 443 : 80
        guard let port = self.port, port != standard else { return host }
        return "\(host):\(port)"
    }

    /// `https://host:port`.
    package var origin: String { "\(self.scheme)://\(self.authority)" }
}
