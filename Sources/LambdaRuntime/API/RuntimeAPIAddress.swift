package import Platform

/// Where the Runtime API listens: `AWS_LAMBDA_RUNTIME_API`, which is `host:port`.
package struct RuntimeAPIAddress: Sendable, Equatable, CustomStringConvertible {
    /// A name, an IPv4 address, or an IPv6 address without its brackets.
    package let host: String
    /// The TCP port.
    package let port: UInt16

    /// The address of a server that speaks the Runtime API.
    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// nil: not `host:port`.
    ///
    /// A missing port is 80, as in any `http:` URL.
    package init?(_ text: String) {
        let bytes = text.utf8
        var host = text[...]
        var port: UInt16 = 80
        let isBracketed = bytes.first == UInt8(ascii: "[")
        let colon = bytes.lastIndex(of: UInt8(ascii: ":"))
        let bracket = bytes.lastIndex(of: UInt8(ascii: "]"))
        if let colon, !isBracketed || (bracket.map { $0 < colon } ?? false) {
            guard let number = UInt16(text[bytes.index(after: colon)...]), number > 0 else { return nil }
            port = number
            host = text[..<colon]
        }
        if isBracketed {
            guard host.utf8.last == UInt8(ascii: "]") else { return nil }
            host = host.dropFirst().dropLast()
        }
        // The host stands in a header, so nothing in it may end a line.
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }) else {
            return nil
        }
        self.init(host: String(host), port: port)
    }

    /// The address that the environment names.
    package init(environment: Environment) throws {
        guard let text = environment["AWS_LAMBDA_RUNTIME_API"] else { throw RuntimeAPIAddressError.missing }
        guard let address = RuntimeAPIAddress(text) else { throw RuntimeAPIAddressError.malformed }
        self = address
    }

    /// As it stands in a `Host` header.
    package var description: String {
        self.host.utf8.contains(UInt8(ascii: ":")) ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }
}

/// Why there is no Runtime API to talk to.
///
/// Mostly somebody has started a bootstrap by hand.
package enum RuntimeAPIAddressError: LambdaError, Sendable, Equatable {
    case missing
    case malformed

    /// The type by which Lambda's log names the failure.
    package var errorType: String { "Runtime.ConfigurationError" }

    /// What is wrong with `AWS_LAMBDA_RUNTIME_API`, and what it has to be.
    package var errorMessage: String {
        switch self {
        case .missing:
            """
            AWS_LAMBDA_RUNTIME_API is not set: a bootstrap is started by Lambda. To run one here, use \
            scripts/invoke FUNCTION EVENT.json
            """
        case .malformed:
            """
            AWS_LAMBDA_RUNTIME_API must be host:port, such as 127.0.0.1:9001. To run a bootstrap here, use \
            scripts/invoke FUNCTION EVENT.json
            """
        }
    }
}
