/// Bounds on what a transport does.
package struct CurlLimits: Sendable {
    /// Connections at one time; requests beyond that wait for one.
    package var connections: Int
    /// For resolving, connecting and the TLS handshake together.
    package var connectTimeout: Duration
    /// How long a connection that was kept alive may be silent before it counts as dead, beyond the time that the service
    /// needs by its contract (`HTTPRequest.answerDelay`).
    ///
    /// It is well above what a service takes for an answer, since the request is then sent a second time, and leaves most
    /// of a function's 10 seconds for that.
    package var silence: Duration
    /// Bytes of an answer's body.
    package var responseBody: Int

    package init(
        connections: Int = 16,
        connectTimeout: Duration = .seconds(3),
        silence: Duration = .seconds(2),
        responseBody: Int = 16 * 1024 * 1024
    ) {
        self.connections = connections
        self.connectTimeout = connectTimeout
        self.silence = silence
        self.responseBody = responseBody
    }
}
