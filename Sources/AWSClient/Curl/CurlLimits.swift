/// Bounds on what a transport does.
package struct CurlLimits: Sendable {
    /// Connections at one time; requests beyond that wait for one.
    package var connections: Int
    /// For resolving, connecting and the TLS handshake together.
    package var connectTimeout: Duration
    /// Bytes of an answer's body.
    package var responseBody: Int

    package init(
        connections: Int = 16,
        connectTimeout: Duration = .seconds(3),
        responseBody: Int = 16 * 1024 * 1024
    ) {
        self.connections = connections
        self.connectTimeout = connectTimeout
        self.responseBody = responseBody
    }
}
