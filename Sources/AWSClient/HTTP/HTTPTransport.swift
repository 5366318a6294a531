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
