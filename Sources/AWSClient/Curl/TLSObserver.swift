/// Is told of a transport's connections while their handshakes go on; functions have none.
///
/// A connection is OpenSSL's `SSL *`, which is valid during the call only.
package struct TLSObserver: Sendable {
    /// The handshake of a connection is done.
    let connected: @Sendable (_ connection: OpaquePointer) -> Void
    /// A message of the handshake protocol came from the server.
    let received: @Sendable (_ message: UnsafeRawBufferPointer, _ connection: OpaquePointer) -> Void

    /// An observer that does this.
    package init(
        connected: @escaping @Sendable (_ connection: OpaquePointer) -> Void,
        received: @escaping @Sendable (_ message: UnsafeRawBufferPointer, _ connection: OpaquePointer) -> Void
    ) {
        self.connected = connected
        self.received = received
    }
}
