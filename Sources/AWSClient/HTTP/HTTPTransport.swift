package import Platform

/// Sends one request and waits for its whole answer: no retries, no redirects, no signing.
///
/// `CurlTransport` is the real one; tests of what lies above it use `ScriptedTransport` of `TestSupport`.
package protocol HTTPTransport: Sendable {
    /// The answer, whatever its status.
    ///
    /// After `deadline` the request is given up.
    func send(_ request: HTTPRequest, deadline: UTCInstant?) async throws(HTTPTransportError) -> HTTPResponse
}

/// Why there is no answer.
///
/// It never contains anything of the request but the host.
package struct HTTPTransportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What happened to the request.
    package enum Code: String, Sendable {
        /// The host's name has no address.
        case hostNotFound
        /// Refused, unreachable, not established in time, or ended by the server before TLS was agreed on.
        case connectionFailed
        /// The server's certificate is expired, of another host, of an unknown issuer or too weak.
        case untrustedServer
        /// The connection ended before the whole answer was there.
        case connectionLost
        /// The deadline came first.
        case timedOut
        /// The answer's body is over the limit.
        case responseTooLarge
        /// What came is not HTTP.
        case malformedResponse
        /// The task was cancelled.
        case cancelled
        /// The request or the client's set-up is unusable, for example an unreadable file of trust roots.
        case misconfigured
    }

    /// What happened to the request.
    package let code: Code
    /// What to look at, with the host's name.
    package let message: String
    /// Whether any of the request left this machine.
    ///
    /// If so, the service may have acted on it, and a failure is ambiguous; if not, nothing happened.
    package let wasSent: Bool

    /// A failure; `wasSent` says whether any of the request left this machine.
    package init(_ code: Code, _ message: String, wasSent: Bool) {
        self.code = code
        self.message = message
        self.wasSent = wasSent
    }

    /// The message.
    package var description: String { self.message }
}
